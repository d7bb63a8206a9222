"""Step 3: what the models found, and what people said of it. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, Float, Index, Integer, MetaData, String, Table, Text

_step = MetaData()
Table(
    "findings",
    _step,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("gateway", String(81), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("subject", String(120), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "seen", "ended")),
    Column("sure", Float, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("points", "parts", "models")),
    Column("received", BigInteger, nullable=False),
    Index("findings_once", "gateway", "kind", "subject", "since", unique=True),
    Index("findings_of", "mine", "id"),
    Index("findings_open", "mine", "ended"),
)
Table(
    "finding_marks",
    _step,
    Column("id", Integer, primary_key=True),
    Column("finding", Integer, nullable=False),
    Column("mark", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("finding_marks_of", "finding"),
)


def apply(db: Connection) -> None:
    """Create the tables where they are not there."""
    _step.create_all(db)
