"""Step 10: drills and their measured steps; alarms found by when they last changed, for alarm health. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, String, Table, Text, text

_step = MetaData()
Table(
    "drills",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("gateway", String(81), nullable=False),
    Column("way", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("clock_offset", BigInteger, nullable=False),
    *(Column(name, BigInteger) for name in ("decided", "sent", "receipted")),
    Column("journaled", BigInteger),
    Column("transition_id", Integer),
    Index("drills_of", "mine", "id"),
)


def apply(db: Connection) -> None:
    """Create the table and the index where they are not there."""
    _step.create_all(db)
    db.execute(text("CREATE INDEX IF NOT EXISTS alarms_changed ON alarms (last_change, mine)"))
