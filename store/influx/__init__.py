"""InfluxDB 2.7+: the product's database. `store.interface.Store` over its HTTP API (docs/influx.md, docs/decisions/0006)."""

from store.influx.authorizations import read_token
from store.influx.buckets import buckets_of, init_buckets
from store.influx.server import InfluxAddress, Server, token_of
from store.influx.store import InfluxStore
from store.lease import Lease

__all__ = ["InfluxAddress", "InfluxStore", "Server", "buckets_of", "init_buckets", "open_influx", "read_token", "token_of"]


def open_influx(address: str, wait_s: float = 0.0, lease: Lease | None = None) -> InfluxStore:
    """The store at `influx+http[s]://HOST:PORT/ORG[/PREFIX]`, with the token of the environment; written only while `lease` is ours."""
    server = Server(InfluxAddress.parse(address), token_of())
    if lease is None:
        return InfluxStore(server, wait_s)
    server.guard = lease.check
    return InfluxStore(server, wait_s, lease.owner.token)
