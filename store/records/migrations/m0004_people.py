"""Step 4: who may sign in, their PINs, and their sessions. Frozen."""

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text

_step = MetaData()
Table(
    "people",
    _step,
    Column("id", Integer, primary_key=True),
    Column("login", String(60), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("mines", Text, nullable=False),
    Column("district", String(80), nullable=False),
    Column("lang", String(2), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("password", "claim", "phone", "duty")),
    Column("active", Boolean, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("made", "changed")),
    Index("people_by_login", "login", unique=True),
)
Table(
    "pins",
    _step,
    Column("mine", String(40), primary_key=True),
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Index("pins_once", "mine", "hash", unique=True),
)
Table("pin_salts", _step, Column("mine", String(40), primary_key=True), Column("salt", String(32), nullable=False))
Table(
    "sessions",
    _step,
    Column("token", String(64), primary_key=True),
    Column("person", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("made", "seen", "ends")),
    Column("board", Boolean, nullable=False),
    Column("way", String(10), nullable=False),
    Column("address", String(80), nullable=False),
    Index("sessions_of", "person"),
)
Table(
    "sign_in_failures",
    _step,
    Column("key", String(120), primary_key=True),
    Column("failures", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("last", "until")),
)


def apply(db: Connection) -> None:
    """Create the tables where they are not there."""
    _step.create_all(db)
