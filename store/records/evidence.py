"""Evidence files as they were made: readings and verdicts pinned, so that neither retention nor a later edit changes them."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, String, Table, Text, insert, select

from store.records.engine import metadata

EVIDENCE = Table(
    "evidence_files",
    metadata,
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
_FACTS = [column for column in EVIDENCE.c if column.name != "file"]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One file: of which alarm, made when (µs UTC) by whom; `digest`: BLAKE2b-256 of its bytes in hex; `key`: id of the signing key."""

    id: int
    alarm_id: int
    mine: str
    at: int
    by: str
    digest: str
    key: str


def add(db: Connection, values: dict[str, object]) -> EvidenceRow:
    """Keep a file (`file`: its bytes) with its facts."""
    return EvidenceRow(**db.execute(insert(EVIDENCE).returning(*_FACTS), values).mappings().one())


def listing(db: Connection, alarm_id: int) -> list[EvidenceRow]:
    """The files made of an alarm, newest first."""
    query = select(*_FACTS).where(EVIDENCE.c.alarm_id == alarm_id).order_by(EVIDENCE.c.id.desc())
    return [EvidenceRow(**row) for row in db.execute(query).mappings()]


def file_of(db: Connection, alarm_id: int, number: int) -> bytes | None:
    """The bytes of one file of an alarm."""
    found = db.execute(select(EVIDENCE.c.file).where(EVIDENCE.c.id == number, EVIDENCE.c.alarm_id == alarm_id)).scalar()
    return None if found is None else bytes(found)
