"""A telemetry store by its address."""

from importlib import import_module
from pathlib import Path

from contracts.errors import BadConfig
from store.embedded import EmbeddedStore
from store.interface import Store
from store.lease import Lease
from store.memory import MemoryStore

INFLUX_WAIT_S = 600.0
"""A centre that starts before its database waits for it."""


def open_store(address: str, lease: Lease | None = None) -> Store:
    """`memory:`, a folder for the embedded store (created where missing), or InfluxDB; else BadConfig. `lease`: an embedded store has
    a lock of its own, InfluxDB is written only while the lease is ours."""
    if address == "memory:":
        return MemoryStore()
    if address.startswith(("influx+http://", "influx+https://")):
        opened: Store = import_module("store.influx").open_influx(address, INFLUX_WAIT_S, lease)  # loaded only where it is asked for
        return opened
    if not address or "://" in address:
        raise BadConfig("store", address, "memory:, the path of a folder, influx+http://HOST:PORT/ORG or influx+https://...")
    return EmbeddedStore(Path(address))
