"""InfluxDB 2.7+: the product's database. `store.interface.Store` over its HTTP API (docs/influx.md, docs/decisions/0006).

What speaks with InfluxDB is loaded when it is first asked for: its client takes a third of a second, and whoever only puts readings into
lines (`store.influx.lines`), or has no InfluxDB, needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from store.lease import Lease

if TYPE_CHECKING:
    from store.influx.authorizations import read_token
    from store.influx.buckets import buckets_of, init_buckets
    from store.influx.server import InfluxAddress, Server, token_of
    from store.influx.store import InfluxStore

__all__ = ["InfluxAddress", "InfluxStore", "Server", "buckets_of", "init_buckets", "open_influx", "read_token", "token_of"]

_HOME = {"read_token": "authorizations", "buckets_of": "buckets", "init_buckets": "buckets", "InfluxStore": "store"}
_HOME |= dict.fromkeys(("InfluxAddress", "Server", "token_of"), "server")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def open_influx(address: str, wait_s: float = 0.0, lease: Lease | None = None) -> "InfluxStore":
    """The store at `influx+http[s]://HOST:PORT/ORG[/PREFIX]`, with the token of the environment; written only while `lease` is ours."""
    from store.influx.server import InfluxAddress, Server, token_of  # noqa: PLC0415
    from store.influx.store import InfluxStore  # noqa: PLC0415

    server = Server(InfluxAddress.parse(address), token_of())
    if lease is None:
        return InfluxStore(server, wait_s)
    server.guard = lease.check
    return InfluxStore(server, wait_s, lease.owner.token)
