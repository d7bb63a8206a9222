"""Step 11: the log of the fleet, chained per mine and over all. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, MetaData, String, Table, Text

_step = MetaData()
Table(
    "fleet_log",
    _step,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("m", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("key", String(120), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("mine_previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("fleet_log_of_mine", "mine", "m", unique=True),
    Index("fleet_log_of_kind", "kind", "mine", "day", "key", "n"),
    Index("fleet_log_of_day", "kind", "day", "mine", "key", "n"),
)


def apply(db: Connection) -> None:
    """Create the table where it is not there."""
    _step.create_all(db)
