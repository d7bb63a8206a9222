"""Registries as they were sent: canonical bytes by content name, and which gateway used which, in the order of use."""

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, func, insert, select, update

from contracts.points import Registry, read_registry
from store.records.engine import metadata

REGISTRIES = Table(
    "registries",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

USES = Table(
    "registry_uses",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("first_received", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("turn", Integer, nullable=False),
)


def put(db: Connection, gateway: str, registry: Registry, received: int) -> None:
    """Keep a registry; it is the gateway's current one from now on, also when it was before and another came between."""
    if db.execute(select(REGISTRIES.c.name).where(REGISTRIES.c.name == registry.name)).first() is None:
        db.execute(insert(REGISTRIES).values(name=registry.name, mine=registry.mine, data=registry.data))
    turn = db.execute(select(func.coalesce(func.max(USES.c.turn), 0)).where(USES.c.gateway == gateway)).scalar_one() + 1
    mine = (USES.c.gateway == gateway) & (USES.c.name == registry.name)
    if db.execute(update(USES).where(mine).values(received=received, turn=turn)).rowcount == 0:
        values = {"gateway": gateway, "name": registry.name, "first_received": received, "received": received, "turn": turn}
        db.execute(insert(USES).values(values))


def get(db: Connection, name: str) -> Registry | None:
    """The registry of that content name."""
    data = db.execute(select(REGISTRIES.c.data).where(REGISTRIES.c.name == name)).scalar()
    return read_registry(data) if data is not None else None


def current(db: Connection, gateway: str) -> Registry | None:
    """The registry the gateway put last."""
    used = names(db, gateway)
    return get(db, used[-1]) if used else None


def at(db: Connection, gateway: str, time: int) -> Registry | None:
    """The registry a gateway used at `time` (µs UTC): of those that had come by then the one that was put last."""
    used = USES.c
    query = select(used.name, used.first_received, used.received).where(used.gateway == gateway, used.first_received <= time)
    rows = [(min(row.received, time), row.first_received, row.name) for row in db.execute(query)]
    return get(db, max(rows)[2]) if rows else None


def all_current(db: Connection) -> dict[str, Registry]:
    """Gateway to its current registry; gateways of one registry share the object."""
    newest = select(USES.c.gateway, func.max(USES.c.turn).label("turn")).group_by(USES.c.gateway).subquery()
    last = (USES.c.gateway == newest.c.gateway) & (USES.c.turn == newest.c.turn)
    rows = db.execute(select(USES.c.gateway, USES.c.name).join(newest, last).order_by(USES.c.gateway)).all()
    found = {name: get(db, name) for name in {row.name for row in rows}}
    return {row.gateway: registry for row in rows if (registry := found[row.name]) is not None}


def names(db: Connection, gateway: str) -> list[str]:
    """Content names of the gateway's registries, the current one last."""
    return list(db.execute(select(USES.c.name).where(USES.c.gateway == gateway).order_by(USES.c.turn)).scalars())
