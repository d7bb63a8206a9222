"""Step 8: what the mine answered, what became the inspector's, what they said of it, and evidence. Frozen."""

from sqlalchemy import JSON, BigInteger, Column, Connection, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

_step = MetaData()
Table(
    "handling_answers",
    _step,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    *(Column(name, JSON, nullable=False) for name in ("form", "facts", "contradictions")),
    Column("pack", String(120), nullable=False),
    Index("handling_answers_once", "alarm_id", "version", unique=True),
)
Table(
    "handling_verdicts",
    _step,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("at", BigInteger, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("by", "words")),
    Index("handling_verdicts_of", "alarm_id"),
)
Table(
    "referrals",
    _step,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("detail", Text, nullable=False),
    Index("referrals_once", "alarm_id", "reason", "round", unique=True),
    Index("referrals_of_mine", "mine", "id"),
)
Table(
    "evidence_files",
    _step,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", Integer, nullable=False),
    Column("mine", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("key", String(12), nullable=False),
    Column("file", LargeBinary, nullable=False),
    Index("evidence_files_of", "alarm_id"),
)
_FROM_HERE = """
INSERT INTO marks (key, value)
SELECT 'referral.due', CAST(max(id) AS VARCHAR) FROM alarm_transitions HAVING max(id) IS NOT NULL
"""
"""What happened before there were answers is not called unanswered."""


def apply(db: Connection) -> None:
    """Create the tables where they are not there."""
    _step.create_all(db)
    if not db.execute(text("SELECT key FROM marks WHERE key = 'referral.due'")).first():
        db.execute(text(_FROM_HERE))
