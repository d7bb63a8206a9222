"""Facts of delivery that are only counted, per gateway and UTC day: duplicates, conflicts."""

from sqlalchemy import BigInteger, Column, Connection, String, Table, insert, select, update

from store.records.engine import metadata

COUNTERS = Table(
    "counters",
    metadata,
    Column("gateway", String(81), primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("word", String(40), primary_key=True),
    Column("n", BigInteger, nullable=False),
)


def add(db: Connection, gateway: str, day: int, word: str, n: int = 1) -> None:
    """`n` more of `word` on the day that starts at `day` (µs UTC)."""
    key = (COUNTERS.c.gateway == gateway, COUNTERS.c.day == day, COUNTERS.c.word == word)
    if db.execute(update(COUNTERS).where(*key).values(n=COUNTERS.c.n + n)).rowcount == 0:
        db.execute(insert(COUNTERS).values(gateway=gateway, day=day, word=word, n=n))


def of(db: Connection, gateway: str, day: int) -> dict[str, int]:
    """Word to number on a day; words never counted are absent."""
    query = select(COUNTERS.c.word, COUNTERS.c.n).where(COUNTERS.c.gateway == gateway, COUNTERS.c.day == day)
    return {row.word: row.n for row in db.execute(query)}
