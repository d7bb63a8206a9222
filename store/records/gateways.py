"""Every gateway that was ever heard, with its last birth. Times µs UTC."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Column, Connection, String, Table, Text, insert, select, update

from contracts.payload import DATA_STREAM, Birth
from store.records.engine import metadata

GATEWAYS = Table(
    "gateways",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("first_seen", BigInteger, nullable=False),
    Column("heard", BigInteger, nullable=False),
    Column("born", BigInteger, nullable=False, default=0),
    *(
        Column(name, Text, nullable=False, default="")
        for name in ("agent", "clock_state", "registry", "pack", "generation", "newest_epoch")
    ),
    Column("nonce", String(20), nullable=False, default="0"),
    Column("clock", BigInteger, nullable=False, default=0),
    Column("period", BigInteger, nullable=False, default=0),
    Column("blank_disk", Boolean, nullable=False, default=False),
)


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """`born` is when the last birth came (0: never), the fields after it are of that birth. `newest_epoch` is its open data epoch."""

    gateway: str
    first_seen: int
    heard: int
    born: int
    agent: str
    clock_state: str
    registry: str
    pack: str
    generation: str
    newest_epoch: str
    nonce: int
    clock: int
    period: int
    blank_disk: bool


def born(db: Connection, gateway: str, birth: Birth, at: int) -> None:
    """A birth came; it replaces the one before."""
    still_open = [extent.epoch for extent in birth.catalogue if extent.stream == DATA_STREAM and not extent.closed]
    told = {
        "born": at,
        "agent": birth.agent,
        "clock_state": birth.clock_state,
        "registry": birth.registry,
        "pack": birth.pack,
        "generation": birth.generation,
        "newest_epoch": still_open[-1] if still_open else "",
        "nonce": str(birth.nonce),  # any integer of the wire, more than the database's
        "clock": birth.clock,
        "period": birth.period,
        "blank_disk": birth.blank_disk,
    }
    heard(db, gateway, at)
    db.execute(update(GATEWAYS).where(GATEWAYS.c.gateway == gateway).values(told))


def heard(db: Connection, gateway: str, at: int) -> None:
    """Something came from a gateway; the newest such time is kept."""
    known = db.execute(select(GATEWAYS.c.heard).where(GATEWAYS.c.gateway == gateway).with_for_update()).scalar()
    if known is None:
        db.execute(insert(GATEWAYS).values(gateway=gateway, first_seen=at, heard=at))
    elif at > known:
        db.execute(update(GATEWAYS).where(GATEWAYS.c.gateway == gateway).values(heard=at))


def of(db: Connection, gateway: str) -> GatewayRow | None:
    """One gateway, None where it was never heard."""
    row = db.execute(select(*_COLUMNS).where(GATEWAYS.c.gateway == gateway)).mappings().first()
    return GatewayRow(**{**row, "nonce": int(row["nonce"])}) if row else None


def every(db: Connection) -> list[GatewayRow]:
    """All gateways, by name."""
    rows = db.execute(select(*_COLUMNS).order_by(GATEWAYS.c.gateway)).mappings()
    return [GatewayRow(**{**row, "nonce": int(row["nonce"])}) for row in rows]


_COLUMNS = tuple(GATEWAYS.c[name] for name in GatewayRow.__slots__)
