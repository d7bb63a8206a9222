"""Beside each new verdict set and each accusation, the raw readings it names go into the log, so that retention cannot take them.

Follows the log by number, so each is pinned once, also across restarts. A mine without readings in the store has nothing to pin.
"""

from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.chain import ACTOR
from contracts.clock import DAY
from contracts.facts import FactSet, read_facts
from fleet.bodies import Pin, Suspicion, VerdictSet, read, write
from fleet.facts.day import day_of
from fleet.pins import OF_CHANGE, OF_SAME, OF_SUSPICION, Readings, pinned, points_of
from store.interface import Store
from store.records import fleet_log, marks
from store.records.engine import Records
from store.records.fleet_log import Entry, New

MARK = "fleet.pins"
AT_ONCE = 20
MOST_READ = 40
"""Points read in one go: readings are stored in between."""
USUAL_ZONE = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pinned: of which entry, which points of which span [start, end), how many rows of them."""

    entry: Entry
    points: list[str]
    left_out: list[str]
    span: tuple[int, int]
    room: int
    facts: tuple[str, ...]
    numbers: dict[str, float]


def pin_some(records: Records, store: Store, now: int) -> bool:
    """Pin what is new, a few at a time; whether there may be more. In the store's thread."""
    with records.read() as db:
        last = int(marks.get(db, MARK) or 0)
        found = fleet_log.span(db, last + 1, 1 << 60, AT_ONCE, kinds=("verdicts", "suspicion"))
        wanted, points = list[Wanted](), 0
        for entry in found:
            if points >= MOST_READ:
                break
            last, one = entry.n, _wanted(db, entry)
            if one is not None:
                wanted.append(one)
                points += len(one.points)
    if not found:
        return False
    made = [new for one in wanted if (new := _pin(store, one)) is not None]
    with records.begin() as db:
        fleet_log.append(db, made, ACTOR, now)
        marks.set(db, MARK, str(last))
    return last < found[-1].n or len(found) == AT_ONCE


def _wanted(db: Connection, entry: Entry) -> Wanted | None:
    """None where it names no point."""
    profile = registers.profile(db, entry.mine)
    day = day_of(entry.mine, entry.day, profile.body.zone_hours if profile else USUAL_ZONE, 1 << 60)
    held = fleet_log.before(db, entry.n, "facts", entry.mine, day=entry.day)
    facts = read_facts(held.body) if held is not None else FactSet(entry.mine, entry.day, ())
    rests_on = (held.hash,) if held is not None else ()
    if entry.kind == "suspicion":
        body = read(entry.body, Suspicion)
        evidence, room, numbers = [*body.evidence], OF_SUSPICION, dict(body.numbers)
    else:
        evidence = [one for fact in facts.facts for one in fact.evidence]
        room, numbers = _room(db, entry), {}
    points, left_out = points_of(evidence)
    if not points:
        return None
    return Wanted(entry, points, left_out, (day.start, day.start + DAY), room, rests_on, numbers)


def _room(db: Connection, entry: Entry) -> int:
    """A verdict set that says the same as the newest one before it needs no readings beside it again."""
    said = read(entry.body, VerdictSet)
    before = fleet_log.before(db, entry.n, "verdicts", entry.mine, key=entry.key)
    if before is None:
        return OF_CHANGE
    was = read(before.body, VerdictSet)
    same = (was.outcome, _statuses(was)) == (said.outcome, _statuses(said))
    return OF_SAME if same else OF_CHANGE


def _statuses(one: VerdictSet) -> dict[tuple[str, str], str]:
    return {(verdict.criterion, verdict.subject): str(verdict.status) for verdict in one.verdicts}


def _pin(store: Store, one: Wanted) -> New | None:
    """None where the store has no reading of any of them."""
    found: dict[str, Readings] = {}
    for point in one.points:
        series = store.series(one.entry.mine, point, *one.span)
        found[point] = Readings(series.time, series.value, series.quality)
    kept = pinned(found, one.room)
    if not kept.digests:
        return None
    body = Pin(mine=one.entry.mine, of=one.entry.hash, facts=one.facts, numbers=one.numbers, span=one.span, left_out=tuple(one.left_out))
    body = replace(body, series=kept.series, windows=kept.windows, days=kept.days, digests=kept.digests)
    return New("pin", one.entry.mine, one.entry.day, f"{one.entry.kind}/{one.entry.key}"[:120], write(body))
