"""Step 9: running log, shifts, handovers and reviewed reports. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, String, Table, Text, text

_step = MetaData()
Table(
    "duty_log",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("at", "time")),
    Column("kind", String(20), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("words", "by")),
    Column("alarm_id", Integer),
    Column("corrects", Integer),
    Index("duty_log_of", "mine", "at"),
)
Table(
    "shift_patterns",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("shifts", "by")),
    Column("at", BigInteger, nullable=False),
    Index("shift_patterns_of", "mine", "at"),
)
_TEXTS = ("shift_zh", "shift_en", "next_zh", "next_en", "given_by", "words", "frozen", "taken_by", "taken_words")
Table(
    "handovers",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "given_at", "taken_at")),
    *(Column(name, Text, nullable=False) for name in _TEXTS),
    Column("hash", String(64), nullable=False),
    Index("handovers_of", "mine", "id"),
)
Table(
    "report_versions",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("day", String(10), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("start", "end", "made")),
    *(Column(name, Text, nullable=False) for name in ("by", "reason", "content")),
    Column("hash", String(64), nullable=False),
    Index("report_versions_once", "mine", "kind", "day", "turn", "version", unique=True),
)
Table(
    "report_reviews",
    _step,
    Column("id", Integer, primary_key=True),
    Column("report", Integer, nullable=False),
    Column("office", String(20), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("by", "words")),
    Column("at", BigInteger, nullable=False),
    Index("report_reviews_once", "report", "office", unique=True),
)


def apply(db: Connection) -> None:
    """Create the tables where they are not there; find transitions by the time they were written."""
    _step.create_all(db)
    db.execute(text("CREATE INDEX IF NOT EXISTS transitions_by_time ON alarm_transitions (at)"))
