"""Reports as they were frozen for review, and who reviewed them. A correction is a further version. Times µs UTC."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, insert, select

from store.records.engine import metadata

REPORTS = Table(
    "report_versions",
    metadata,
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

REVIEWS = Table(
    "report_reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("report", Integer, nullable=False),
    Column("office", String(20), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("by", "words")),
    Column("at", BigInteger, nullable=False),
    Index("report_reviews_once", "report", "office", unique=True),
)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One frozen version. `day`: the mine's, ISO; `turn`: the shift of it (0 the first), -1 of a whole day. `content`: JSON, `hash` of it.
    `reason`: why it was corrected; empty for the first."""

    id: int
    mine: str
    kind: str
    day: str
    turn: int
    version: int
    start: int
    end: int
    made: int
    by: str
    reason: str
    content: str
    hash: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """Who reviewed a version, in which office."""

    id: int
    report: int
    office: str
    by: str
    words: str
    at: int


def freeze(db: Connection, values: dict[str, Any]) -> ReportRow:
    """A further version. IntegrityError where somebody else made the same one."""
    return ReportRow(**db.execute(insert(REPORTS).returning(REPORTS), values).mappings().one())


def versions(db: Connection, mine: str, kind: str, day: str, turn: int) -> list[ReportRow]:
    """The newest first."""
    own = (REPORTS.c.mine == mine, REPORTS.c.kind == kind, REPORTS.c.day == day, REPORTS.c.turn == turn)
    return [ReportRow(**row) for row in db.execute(select(REPORTS).where(*own).order_by(REPORTS.c.version.desc())).mappings()]


def review(db: Connection, report: int, office: str, by: str, words: str, at: int) -> ReviewRow:
    """Note a review. IntegrityError where the office reviewed this version already."""
    values = {"report": report, "office": office, "by": by, "words": words, "at": at}
    return ReviewRow(**db.execute(insert(REVIEWS).returning(REVIEWS), values).mappings().one())


def reviews(db: Connection, report: int) -> list[ReviewRow]:
    """Of one version, oldest first."""
    query = select(REVIEWS).where(REVIEWS.c.report == report).order_by(REVIEWS.c.id)
    return [ReviewRow(**row) for row in db.execute(query).mappings()]


def reviewed_days(db: Connection, mine: str, kind: str, since: str) -> dict[str, set[str]]:
    """Day to the offices that reviewed its newest version; days without a version are absent."""
    newest: dict[str, tuple[int, int]] = {}
    own = (REPORTS.c.mine == mine, REPORTS.c.kind == kind, REPORTS.c.turn == -1, REPORTS.c.day >= since)
    for number, day, version in db.execute(select(REPORTS.c.id, REPORTS.c.day, REPORTS.c.version).where(*own)):
        newest[day] = max(newest.get(day, (0, 0)), (version, number))
    of = {number: day for day, (_, number) in newest.items()}
    found: dict[str, set[str]] = {day: set() for day in newest}
    for report, office in db.execute(select(REVIEWS.c.report, REVIEWS.c.office).where(REVIEWS.c.report.in_(list(of)))):
        found[of[report]].add(office)
    return found
