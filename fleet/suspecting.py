"""From the log to accusations and back: the facts of honesty of all mines are weighed, and who is accused anew goes into the log.

An accusation stands for its day. Where facts that came later no longer bear it, a newer entry withdraws it (score below threshold).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from contracts.facts import read_facts
from fleet.bodies import Suspicion, read, write
from fleet.suspect.accusing import Logged, accusation
from fleet.suspect.finding import Found, find
from fleet.suspect.kinds import FINDERS, WINDOW_DAYS, Cheat
from fleet.suspect.usual import BEFORE_DAYS
from fleet.table import BriefSet, FactTable, read_brief
from store.records import fleet_log
from store.records.fleet_log import New

FACTS = tuple(sorted({name for finder in FINDERS.values() for name in finder.facts}))


def facts(db: Connection, first: date, last: date) -> FactTable:
    """The facts that finders read, of every mine that has any, from long enough before `first`."""
    span = (first - timedelta(days=BEFORE_DAYS), last)

    def sets() -> Iterator[BriefSet]:
        for entry in fleet_log.current(db, "facts", days=(span[0].isoformat(), span[1].isoformat())):
            yield _few(read_brief(entry.body))

    return FactTable.of(sets(), names=FACTS, span=span)


def _few(one: BriefSet) -> BriefSet:
    """Only what finders read: a province over months is held at once."""
    return replace(one, facts=tuple(fact for fact in one.facts if fact.name in FACTS))


def accusations(db: Connection, first: date, last: date, mines: Collection[str] | None = None) -> Iterator[Suspicion]:
    """Every accusation of these days, by mine, day and kind; of all mines, or of some (weighed against all)."""
    table = facts(db, first, last)
    found = find(table)
    for at, mine in enumerate(table.mines):
        days = range(table.column(first), table.days)
        hits = [(day, kind) for day in days for kind, one in found.items() if one.accused[at, day]]
        if hits and (mines is None or mine in mines):
            yield from _of_mine(db, table, found, at, hits)


def _of_mine(
    db: Connection, table: FactTable, found: Mapping[Cheat, Found], at: int, hits: Sequence[tuple[int, Cheat]]
) -> Iterator[Suspicion]:
    needed = (table.day(max(hits[0][0] - WINDOW_DAYS + 1, 0)).isoformat(), table.day(hits[-1][0]).isoformat())
    entries = fleet_log.current(db, "facts", mine=table.mines[at], days=needed)
    held = {entry.day: Logged(entry.n, read_facts(entry.body)) for entry in entries}
    for day, kind in hits:
        yield accusation(found[kind], at, day, held)


def record(db: Connection, first: date, last: date, actor: str, at: int, mines: Collection[str] | None = None) -> int:
    """Weigh these days and write what is new, in the caller's transaction; how many entries. `at` µs UTC."""
    return len(fleet_log.append(db, weighed(db, first, last, mines), actor, at))


def weighed(db: Connection, first: date, last: date, mines: Collection[str] | None = None) -> list[New]:
    """What is new of these days, to be written. It reads the facts of the whole province: seconds, and no writer need wait for it."""
    stand = {
        (entry.mine, entry.day, entry.key): read(entry.body, Suspicion)
        for entry in fleet_log.current(db, "suspicion", days=(first.isoformat(), last.isoformat()))
        if mines is None or entry.mine in mines
    }
    new: list[New] = []
    for body in accusations(db, first, last, mines):
        held = stand.pop((body.mine, body.day, body.kind), None)
        if held is None or replace(held, correction="") != body:
            kept = body if held is None else replace(body, correction="facts_changed")
            new.append(New("suspicion", body.mine, body.day, body.kind, write(kept)))
    for (mine, day, kind), held in stand.items():
        if not held.withdrawn:
            new.append(New("suspicion", mine, day, kind, write(replace(held, score=0.0, correction="facts_changed"))))
    return new
