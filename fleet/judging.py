"""From the log to verdicts and back: fact sets of mines and days are judged by a pack, and what is new goes into the log.

A verdict set is written again only where it came out otherwise: then as a correction. The pack's own text stands in the log before the
first verdict by it, so that nobody needs us to judge again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection, select

from fleet.bodies import Assessment, Count, PackBody, Profile, Suspicion, VerdictSet, Workplace, read, write
from fleet.criteria import Judged, judge
from fleet.packs.pack import Pack
from fleet.series.evidence import by_evidence, count_body
from fleet.table import BriefSet, FactTable, read_brief
from store.records import fleet_log
from store.records.fleet_log import FLEET_LOG, New

AT_ONCE = 100
"""Mines judged together: large arrays, and a province still fits in memory."""
Kept = TypeVar("Kept", VerdictSet, Count)
Held = dict[tuple[str, str], VerdictSet]
"""By mine and day."""


@dataclass(frozen=True, slots=True)
class Register:
    """What the log says of mines and workplaces now."""

    profiles: dict[str, Profile]
    places: dict[str, list[Workplace]]

    @classmethod
    def read(cls, db: Connection, mines: Sequence[str] | None = None) -> "Register":
        """The newest entry of each, of these mines or of all."""
        profiles = {entry.mine: read(entry.body, Profile) for entry in fleet_log.current(db, "profile", mines=mines)}
        places: dict[str, list[Workplace]] = {}
        for entry in fleet_log.current(db, "workplace", mines=mines):
            places.setdefault(entry.mine, []).append(read(entry.body, Workplace))
        return cls(profiles, places)


@dataclass(frozen=True, slots=True)
class Part:
    """Some mines, judged. `hashes`: by mine and day, of the log entry with its facts."""

    judged: Judged
    hashes: dict[str, dict[str, str]]

    def verdicts(self, mine: str, day: date) -> VerdictSet:
        """A mine's day as the log holds it, with the hashes of the fact sets of its window."""
        return self.days(mine, day, day)[0]

    def days(self, mine: str, first: date, last: date) -> list[VerdictSet]:
        """The same of each day from `first` to `last`."""
        held, judged = self.hashes.get(mine, {}), self.judged
        start, end, window = judged.column(first), judged.column(last) + 1, judged.pack.window
        columns = range(max(0, start - window + 1), end)
        hashes = [held.get((judged.first + timedelta(days=column)).isoformat()) for column in columns]
        facts = [
            tuple(one for one in hashes[max(0, column - window + 1) - columns.start : column + 1 - columns.start] if one)
            for column in range(start, end)
        ]
        return judged.trace(mine, start, end, facts)


@dataclass(slots=True)
class Recorded:
    """How many entries were written."""

    verdicts: int = 0
    counts: int = 0
    packs: int = 0
    corrections: int = 0


def parts(db: Connection, pack: Pack, first: date, last: date, mines: Sequence[str] | None = None) -> Iterator[Part]:
    """These days of these mines (default: all that are registered or have facts), judged from the log; each part some mines.

    The arrays begin with the days of the window before `first`, so that every day asked for has its whole window.
    """
    register = Register.read(db, mines)
    known = known_mines(db) if mines is None else sorted(set(mines))
    start = first - timedelta(days=pack.window - 1)
    for at in range(0, len(known), AT_ONCE):
        some = known[at : at + AT_ONCE]
        yield _part(db, pack, some, (start, last), register)


def known_mines(db: Connection) -> list[str]:
    """All that are registered or have facts, ascending."""
    asked = select(FLEET_LOG.c.mine).where(FLEET_LOG.c.kind.in_(("facts", "profile"))).distinct()
    return sorted(str(mine) for mine in db.scalars(asked))


def _part(db: Connection, pack: Pack, mines: list[str], span: tuple[date, date], register: Register) -> Part:
    hashes: dict[str, dict[str, str]] = {}

    def sets() -> Iterator[BriefSet]:
        for mine, day, hash_, body in fleet_log.bodies(db, "facts", mines, (span[0].isoformat(), span[1].isoformat())):
            hashes.setdefault(mine, {})[day] = hash_
            yield read_brief(body)

    table = FactTable.of(sets(), names=pack.facts, mines=mines, span=span)
    profiles = {mine: register.profiles[mine] for mine in mines if mine in register.profiles}
    places = [place for mine in mines for place in register.places.get(mine, ())]
    return Part(judge(pack, table, profiles, places), hashes)


def touched(pack: Pack, days: Sequence[str], until: str) -> tuple[date, date]:
    """First and last day whose verdicts rest on facts of these days (ISO), up to `until`."""
    last = date.fromisoformat(max(days)) + timedelta(days=pack.window - 1)
    return date.fromisoformat(min(days)), min(last, max(date.fromisoformat(until), date.fromisoformat(max(days))))


def record(db: Connection, pack: Pack, first: date, last: date, actor: str, at: int, mines: Sequence[str] | None = None) -> Recorded:
    """Judge these days of these mines (default: all), write what is new, then the count of each day; in the caller's transaction."""
    done = record_verdicts(db, pack, first, last, actor, at, mines)
    counted = record_counts(db, pack, first, last, actor, at)
    return Recorded(done.verdicts, counted.counts, done.packs, done.corrections + counted.corrections)


def record_verdicts(
    db: Connection, pack: Pack, first: date, last: date, actor: str, at: int, mines: Sequence[str] | None = None
) -> Recorded:
    """Verdict sets only; the pack's text before the first one. `at` µs UTC."""
    done = Recorded()
    if not list(fleet_log.current(db, "pack", mine="", key=pack.hash)):
        body = PackBody(id=pack.id, hash=pack.hash, text=pack.text)
        fleet_log.append(db, [New("pack", "", "", pack.hash, write(body))], actor, at)
        done.packs = 1
    for part in parts(db, pack, first, last, mines):
        new = list[New]()
        stands = held(db, pack, part.judged.mines, (first, last))
        for mine in part.judged.mines:
            for said in part.days(mine, first, last):
                _add(new, "verdicts", mine, said.day, pack.id, said, stands.get((mine, said.day)), done)
        fleet_log.append(db, new, actor, at)
        done.verdicts += len(new)
    return done


def held(db: Connection, pack: Pack, mines: Sequence[str], span: tuple[date, date]) -> Held:
    """The verdict sets by this pack that stand in the log."""
    days = (span[0].isoformat(), span[1].isoformat())
    found = fleet_log.current(db, "verdicts", mines=mines, days=days, key=pack.id)
    return {(entry.mine, entry.day): read(entry.body, VerdictSet) for entry in found}


def record_counts(db: Connection, pack: Pack, first: date, last: date, actor: str, at: int) -> Recorded:
    """The count of each day from the verdicts in the log: by evidence, officially by the notices, suspected mines by name beside it."""
    register, done = Register.read(db), Recorded()
    places = [place for some in register.places.values() for place in some]
    notices = [read(entry.body, Assessment) for entry in fleet_log.current(db, "assessment")]
    span = (first.isoformat(), last.isoformat())
    suspects: dict[str, set[str]] = {}
    for entry in fleet_log.current(db, "suspicion", days=span):
        if not read(entry.body, Suspicion).withdrawn:
            suspects.setdefault(entry.day, set()).add(entry.mine)
    counted = {entry.day: read(entry.body, Count) for entry in fleet_log.current(db, "count", mine="", days=span, key=pack.id)}
    new = list[New]()
    for ahead in range((last - first).days + 1):
        day = (first + timedelta(days=ahead)).isoformat()
        sets = (read(entry.body, VerdictSet) for entry in fleet_log.current(db, "verdicts", days=(day, day), key=pack.id))
        told = by_evidence(day, sets, register.profiles.values(), places)
        count = count_body(told, pack.id, pack.hash, notices, suspects.get(day, ()))
        _add(new, "count", "", day, pack.id, count, counted.get(day), done)
    fleet_log.append(db, new, actor, at)
    done.counts = len(new)
    return done


def _add(new: list[New], kind: str, mine: str, day: str, key: str, body: Kept, stands: Kept | None, done: Recorded) -> None:
    """Add what is not in the log yet; where something else is, as a correction that says what changed (a code of words)."""
    if stands is not None:
        if replace(stands, correction="") == body:
            return
        body = replace(body, correction=_changed(body, stands))
        done.corrections += 1
    new.append(New(kind, mine, day, key, write(body)))


def _changed(body: VerdictSet | Count, stands: VerdictSet | Count) -> str:
    if body.pack_hash != stands.pack_hash:
        return "pack_changed"
    if isinstance(body, VerdictSet) and isinstance(stands, VerdictSet):
        return "facts_changed" if body.facts != stands.facts else "register_changed"
    return "verdicts_changed"
