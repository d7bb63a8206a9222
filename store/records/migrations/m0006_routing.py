"""Step 6: who is told when nobody acknowledges, what alarms have one cause, and what went out together. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, String, Table, inspect, text

_step = MetaData()
Table(
    "alarm_causes",
    _step,
    Column("id", Integer, primary_key=True),
    *(Column(name, String(size), nullable=False) for name, size in (("mine", 40), ("area", 40), ("gateway", 81), ("rule", 40))),
    Column("lead_alarm", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("opened", "last")),
    *(Column(name, Integer, nullable=False) for name in ("members", "rank")),
    Column("cleared", BigInteger),
    Index("alarm_causes_open", "mine", "cleared", "last"),
)
Table(
    "alarm_calls",
    _step,
    Column("alarm_id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Integer, nullable=False) for name in ("level", "repeats")),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "due")),
    Index("alarm_calls_due", "due"),
)
Table(
    "alarm_messages",
    _step,
    Column("id", Integer, primary_key=True),
    Column("recipient", String(80), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("parts", Integer, nullable=False),
    Index("alarm_messages_of", "recipient", "made"),
)
_COLUMNS = (
    ("alarms", "area", "VARCHAR(40) NOT NULL DEFAULT ''"),
    ("alarms", "cause_id", "INTEGER"),
    ("deliveries", "cause_id", "INTEGER"),
    ("deliveries", "lead", "BOOLEAN NOT NULL DEFAULT true"),
    ("deliveries", "message_id", "INTEGER"),
)
_INDEXES = (
    "alarms_of_cause ON alarms (cause_id)",
    "alarms_by_state ON alarms (state, id)",
    "deliveries_of_cause ON deliveries (cause_id, recipient)",
    "deliveries_of_message ON deliveries (message_id)",
    "deliveries_due ON deliveries (state, recipient, lead, next_try)",
)


def apply(db: Connection) -> None:
    """Create the tables where they are not there; what was to be told before had no cause known and went out alone."""
    _step.create_all(db)
    for table, column, kind in _COLUMNS:
        if column not in {known["name"] for known in inspect(db).get_columns(table)}:
            db.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))
    for index in _INDEXES:
        db.execute(text(f"CREATE INDEX IF NOT EXISTS {index}"))
