"""Step 7: permits, calibrations and manual readings. Frozen."""

from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

_step = MetaData()
Table("alarms", _step, Column("id", Integer, primary_key=True))
Table(
    "permit_plans",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "created")),
    *(Column(name, Text, nullable=False) for name in ("name", "words")),
)
Table(
    "permits",
    _step,
    Column("id", Integer, primary_key=True),
    Column("plan", ForeignKey("permit_plans.id"), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "opened", "ends", "extended", "overrun", "closed")),
    *(Column(name, Text, nullable=False) for name in ("dispatcher", "caller", "reason", "closer", "words")),
    Column("gas", Float),
    Column("lock_test", Integer),
    Column("version", Integer, nullable=False),
    Index(
        "one_busy_permit",
        "mine",
        "point",
        unique=True,
        sqlite_where=text("state IN ('open', 'overrun')"),
        postgresql_where=text("state IN ('open', 'overrun')"),
    ),
    Index("permits_of_mine", "mine", "state", "opened"),
)
Table(
    "permit_alarms",
    _step,
    Column("alarm", ForeignKey("alarms.id"), primary_key=True, autoincrement=False),
    Column("permit", ForeignKey("permits.id"), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("watched", Boolean, nullable=False),
    Column("level", Float),
    Column("risen", BigInteger, nullable=False),
    Index("permit_alarms_watched", "watched"),
    Index("permit_alarms_of", "permit"),
)
Table(
    "calibrations",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("permit", Integer, nullable=False),
    Column("alarm", Integer, nullable=False),
    *(Column(name, Float) for name in ("gas", "reading", "alarm_s")),
    *(Column(name, Text, nullable=False) for name in ("name", "words")),
    Index("calibrations_of", "mine", "point", "time"),
)
Table(
    "calibration_periods",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("every_days", Integer),
    *(Column(name, Text, nullable=False) for name in ("standard", "name")),
    Column("at", BigInteger, nullable=False),
    Index("calibration_periods_of", "mine", "point"),
)
Table(
    "comparisons",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("time", BigInteger, nullable=False),
    *(Column(name, Float, nullable=False) for name in ("sensor", "portable")),
    Column("allowed", Float),
    *(Column(name, Text, nullable=False) for name in ("instrument", "name", "words")),
    Column("mended", BigInteger, nullable=False),
    Index("comparisons_of", "mine", "point", "time"),
)
Table(
    "manual_tasks",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "opened", "mended", "closed")),
    *(Column(name, Text, nullable=False) for name in ("name", "closer", "words")),
    Index("one_open_task", "mine", "point", unique=True, sqlite_where=text("closed = 0"), postgresql_where=text("closed = 0")),
)
Table(
    "manual_readings",
    _step,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("manual_tasks.id"), nullable=False),
    Column("mine", String(40), nullable=False),
    Column("point", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("time", "entered")),
    Column("value", Float, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("instrument", "name", "words")),
    Index("manual_readings_of", "mine", "point", "time"),
)


def apply(db: Connection) -> None:
    """Create the tables where they are not there."""
    _step.create_all(db)
