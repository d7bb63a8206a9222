"""What the models found, and what people said of it. A finding annotates: no alarm, count or reading depends on it."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from contracts.payload import Finding
from store.records.engine import metadata

FINDINGS = Table(
    "findings",
    metadata,
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

REMARKS = Table(
    "finding_marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("finding", Integer, nullable=False),
    Column("mark", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("finding_marks_of", "finding"),
)

MARKS = ("true", "test_gas", "maintenance", "nonsense")
"""What a person can say a finding was; the last mark holds. It becomes a label for training, and never touches an official alarm."""
FORWARDED = "forwarded"
"""An engineer let a finding leave the mine: from then on the centre's people see it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A mark, or FORWARDED: who said so, in which words, when (µs UTC)."""

    mark: str
    name: str
    words: str
    at: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding. Times µs UTC; `ended` 0: it goes on. `remarks` oldest first."""

    id: int
    mine: str
    gateway: str
    kind: str
    subject: str
    since: int
    seen: int
    ended: int
    sure: float
    points: tuple[str, ...]
    parts: dict[str, float]
    models: str
    received: int
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def mark(self) -> str:
        """The last mark; empty while nobody said anything."""
        return next((remark.mark for remark in reversed(self.remarks) if remark.mark in MARKS), "")

    @property
    def forwarded(self) -> Remark | None:
        return next((remark for remark in self.remarks if remark.mark == FORWARDED), None)


_COLUMNS = [FINDINGS.c[name] for name in FindingRow.__slots__ if name != "remarks"]


def take(db: Connection, mine: str, gateway: str, finding: Finding, received: int) -> int:
    """Keep what an item says of a finding; its id. The same item again, or an older word after a newer one, changes nothing."""
    key = {"gateway": gateway, "kind": finding.what, "subject": finding.subject, "since": finding.since}
    where = [FINDINGS.c[name] == value for name, value in key.items()]
    state = {"seen": finding.time, "ended": finding.ended, "sure": finding.sure, "models": finding.models}
    state |= {"points": json.dumps(finding.points), "parts": json.dumps(finding.parts)}
    known = db.execute(select(FINDINGS.c.id, FINDINGS.c.seen, FINDINGS.c.ended).where(*where)).first()
    if known is None:
        made = db.execute(insert(FINDINGS).values(**key, **state, mine=mine, received=received)).inserted_primary_key
        assert made is not None
        return int(made[0])
    if (finding.ended, finding.time) > (known.ended, known.seen):
        db.execute(update(FINDINGS).where(FINDINGS.c.id == known.id).values(**state))
    return int(known.id)


def listing(
    db: Connection,
    mine: str | None,
    *,
    mines: Collection[str] | None = None,
    forwarded: bool = False,
    standing: bool = False,
    after: int = 0,
    limit: int = 100,
) -> list[FindingRow]:
    """Newest first, below the id `after` (0: from the newest); `mines`: only of these; `forwarded`: only those that may leave the mine;
    `standing`: those that have not ended."""
    query = select(*_COLUMNS).order_by(FINDINGS.c.id.desc()).limit(limit)
    if mines is not None:
        query = query.where(FINDINGS.c.mine.in_(sorted(mines)))
    if forwarded:
        query = query.where(FINDINGS.c.id.in_(select(REMARKS.c.finding).where(REMARKS.c.mark == FORWARDED)))
    if mine is not None:
        query = query.where(FINDINGS.c.mine == mine)
    if standing:
        query = query.where(FINDINGS.c.ended == 0)
    if after:
        query = query.where(FINDINGS.c.id < after)
    return _with_remarks(db, [_row(found) for found in db.execute(query)])


def of(db: Connection, number: int) -> FindingRow | None:
    """One finding."""
    found = db.execute(select(*_COLUMNS).where(FINDINGS.c.id == number)).first()
    return None if found is None else _with_remarks(db, [_row(found)])[0]


def remark(db: Connection, number: int, said: Remark) -> None:
    """Add a mark or a forwarding; none is ever taken away."""
    db.execute(insert(REMARKS).values(finding=number, mark=said.mark, name=said.name, words=said.words, at=said.at))


def labels(db: Connection, mine: str | None = None) -> list[FindingRow]:
    """Findings somebody marked, oldest first: the labels of the next training."""
    marked = select(REMARKS.c.finding).where(REMARKS.c.mark.in_(MARKS))
    query = select(*_COLUMNS).where(FINDINGS.c.id.in_(marked)).order_by(FINDINGS.c.id)
    if mine is not None:
        query = query.where(FINDINGS.c.mine == mine)
    return _with_remarks(db, [_row(found) for found in db.execute(query)])


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings of one kind, and how many of them carry each mark as their last one."""

    kind: str
    count: int
    marked: dict[str, int]

    @property
    def unmarked(self) -> int:
        return self.count - sum(self.marked.values())

    @property
    def precision(self) -> float | None:
        """Of those somebody marked, the share that was a real hazard; None while nobody marked any."""
        told = sum(self.marked.values())
        return self.marked["true"] / told if told else None


def tally(db: Connection, mine: str | None = None) -> list[Tally]:
    """A tally of each kind that was found, in order of kind. It counts findings; alarms are counted elsewhere and know no mark."""
    of_mine = [] if mine is None else [FINDINGS.c.mine == mine]
    last = select(func.max(REMARKS.c.id)).where(REMARKS.c.mark.in_(MARKS)).group_by(REMARKS.c.finding)
    found = db.execute(select(FINDINGS.c.kind, func.count()).where(*of_mine).group_by(FINDINGS.c.kind))
    counts: dict[str, int] = {kind: int(number) for kind, number in found}
    query = select(FINDINGS.c.kind, REMARKS.c.mark, func.count()).join(REMARKS, REMARKS.c.finding == FINDINGS.c.id)
    query = query.where(REMARKS.c.id.in_(last), *of_mine).group_by(FINDINGS.c.kind, REMARKS.c.mark)
    marked = {(kind, mark): number for kind, mark, number in db.execute(query)}
    return [Tally(kind, counts[kind], {mark: marked.get((kind, mark), 0) for mark in MARKS}) for kind in sorted(counts)]


def _row(found: Row[Any]) -> FindingRow:
    facts = dict(found._mapping)
    return FindingRow(**facts | {"points": tuple(json.loads(facts["points"])), "parts": json.loads(facts["parts"])})


def _with_remarks(db: Connection, rows: list[FindingRow]) -> list[FindingRow]:
    query = select(REMARKS).where(REMARKS.c.finding.in_([row.id for row in rows])).order_by(REMARKS.c.id)
    said: dict[int, list[Remark]] = {}
    for found in db.execute(query):
        said.setdefault(found.finding, []).append(Remark(found.mark, found.name, found.words, found.at))
    return [replace(row, remarks=tuple(said.get(row.id, ()))) for row in rows]
