"""Step 12: times of an epoch after its gateway's clock was set back. Frozen."""

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, Text

_step = MetaData()
Table(
    "setbacks",
    _step,
    Column("gateway", String(81), primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
)


def apply(db: Connection) -> None:
    """Create the table where it is not there."""
    _step.create_all(db)
