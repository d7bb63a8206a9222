"""The log of the fleet for Grafana, as line protocol for the bucket `events` (docs/dashboards.md). No person's name or words are copied.

Every line stands at the UTC midnight of its day's ISO date; a correction overwrites it. How far the log is copied stands in the bucket
itself, written behind what was copied: a bucket that is put back or lost is filled again.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice

from contracts.clock import DAY, SECOND
from contracts.errors import BadPayload
from contracts.facts import FACTS, Fact, FactSet
from fleet.bodies import KINDS, Count, Reported, Status, Suspicion, VerdictSet, read
from ingest.grafana_lines import Field, line
from store.records import fleet_log
from store.records.engine import Records
from store.records.fleet_log import Entry

AT_ONCE, A_TURN = 200, 2_000
"""Entries of a write, and of a turn: a province that was made in one go is copied over many turns."""
OLDEST = 780 * DAY
"""Older days are left out: the bucket keeps 800 days."""
CODES = {Status.MET: 1, Status.NOT_MET: 0, Status.NO_EVIDENCE: -1, Status.OPEN: -2}
WORDS = {
    Status.MET: ("达标", "met"),
    Status.NOT_MET: ("未达标", "not met"),
    Status.NO_EVIDENCE: ("无证据", "no evidence"),
    Status.OPEN: ("无官方数值", "no official number"),
}
COPIED = "fleet_copied"


def fact_line(mine: str, fact: Fact, time: int) -> str:
    """`fleet_facts`: one fact of a mine's day. `known` 0: no evidence, and then `value` says nothing."""
    meaning, known = FACTS.get(fact.name), fact.value is not None
    names = (meaning.zh, meaning.en) if meaning else (fact.name, fact.name)
    values: dict[str, Field] = {
        "value": float(fact.value or 0.0),
        "known": int(known),
        "completeness": float(fact.completeness),
        "text_zh": names[0],
        "text_en": names[1],
        "unit": meaning.unit if meaning else "",
        "link": next((ref.removeprefix("link:") for ref in fact.evidence if ref.startswith("link:")), ""),
    }
    return line("fleet_facts", {"mine": mine, "fact": fact.name, "subject": fact.subject, "way": fact.way}, values, time)


def verdict_lines(verdicts: VerdictSet, time: int) -> Iterator[str]:
    """`fleet_outcomes`: a mine's day by a pack; `fleet_verdicts`: each criterion of it. `code`: as in CODES."""
    every = [verdict.status for verdict in verdicts.verdicts]
    zh, en = WORDS[verdicts.outcome]
    counts: dict[str, Field] = {status.value: every.count(status) for status in Status}
    tags = {"mine": verdicts.mine, "pack": verdicts.pack}
    yield line("fleet_outcomes", tags, {"code": CODES[verdicts.outcome], "state_zh": zh, "state_en": en, **counts}, time)
    for one in verdicts.verdicts:
        values: dict[str, Field] = {"code": CODES[one.status], "value": one.value, "threshold": one.threshold}
        yield line("fleet_verdicts", {**tags, "criterion": one.criterion, "subject": one.subject}, values, time)


def count_lines(count: Count, time: int) -> Iterator[str]:
    """`fleet_counts`: by evidence; `fleet_official`: officially assessed, -1: no notice was loaded. Two measurements: never one sum."""
    for kind, numbers in count.by_evidence.items():
        values: dict[str, Field] = {status.value: int(numbers.get(status.value, 0)) for status in Status if status is not Status.OPEN}
        yield line("fleet_counts", {"pack": count.pack, "object": kind}, {**values, "suspects": len(count.suspects)}, time)
    for kind in count.by_evidence:
        total = -1 if count.officially is None else sum(count.officially.get(kind, {}).values())
        yield line("fleet_official", {"pack": count.pack, "object": kind}, {"n": total}, time)


def reported_line(reported: Reported, time: int) -> str:
    """`fleet_reported`: a total told by the press."""
    tags = {"id": reported.id, "what": reported.what}
    told: dict[str, Field] = {"total": reported.total, "date": reported.date, "source": reported.where, "confidence": reported.confidence}
    return line("fleet_reported", tags, told, time)


def suspicion_line(found: Suspicion, time: int) -> str:
    """`fleet_suspicions`: what does not fit in a mine's day."""
    values: dict[str, Field] = {"score": found.score, "threshold": found.threshold, "reason_zh": found.why_zh, "reason_en": found.why_en}
    return line("fleet_suspicions", {"mine": found.mine, "kind": found.kind}, values, time)


def lines_of(entry: Entry, now: int) -> Iterator[str]:
    """The lines of an entry of the log; none for kinds that no board shows, for what is too old, and for a day that cannot be read."""
    try:
        body = read(entry.body, KINDS[entry.kind]) if entry.kind in KINDS else None
    except BadPayload:
        return  # whoever verifies the log finds it; a board does without
    time = midnight(body.date if isinstance(body, Reported) else entry.day)
    if body is None or time is None or not now - OLDEST <= time <= now + DAY:
        return
    match body:
        case FactSet():
            yield from (fact_line(body.mine, fact, time) for fact in body.facts)
        case VerdictSet():
            yield from verdict_lines(body, time)
        case Count():
            yield from count_lines(body, time)
        case Reported():
            yield reported_line(body, time)
        case Suspicion():
            yield suspicion_line(body, time)


def midnight(day: str) -> int | None:
    """UTC midnight (µs) of an ISO date; of the last day of a month or year where no more is said. None where it is no date."""
    parts = day.split("-")
    try:
        year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else 12
        found = date(year, month, int(parts[2]) if len(parts) > 2 else monthrange(year, month)[1])
    except ValueError:
        return None
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()) * SECOND


@dataclass(slots=True)
class FleetCopy:
    """`turn` copies what the log holds behind `copied()`, the number told by the bucket. `send` raises where nothing arrived."""

    records: Records
    send: Callable[[Iterable[str]], None]
    copied: Callable[[], int]
    _at: int | None = field(default=None, init=False)

    def turn(self, now: int) -> None:
        """Up to A_TURN entries; the rest in the next turns."""
        if self._at is None:
            self._at = self.copied()
        for _ in range(A_TURN // AT_ONCE):
            with self.records.read() as db:
                some = list(islice(fleet_log.entries(db, self._at + 1), AT_ONCE))
                if not some and (head := fleet_log.head(db)) is not None and head.n < self._at:
                    self._at = 0  # another log than the one that was copied: it is copied from its start
                    continue
            if not some:
                return
            self.send(text for entry in some for text in lines_of(entry, now))
            self.send([line(COPIED, {}, {"n": some[-1].n}, now)])
            self._at = some[-1].n
