"""Step 2: which process owns the centre. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text

_step = MetaData()
Table(
    "owners",
    _step,
    Column("name", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("token", "pid", "begun")),
    *(Column(name, Text, nullable=False) for name in ("host", "place")),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "renewed", "lasts")),
)


def apply(db: Connection) -> None:
    """Create the table where it is not there."""
    _step.create_all(db)
