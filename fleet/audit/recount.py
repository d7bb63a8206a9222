"""Every published number made anew from what an export holds: packs from their text, verdicts from fact sets, counts from verdicts. Pure.

A verdict is judged as things stood when it was made: by the fact sets, the register and the pack text that came before it in the log.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from contracts.errors import BadConfig
from contracts.facts import Fact, FactSet, Way
from fleet.audit.chain import fault_at
from fleet.audit.counted import Counted
from fleet.audit.link import Record, digest, permit_hash
from fleet.audit.report import MOST_FAULTS, Fault
from fleet.bodies import Declared, PackBody, Permit, Profile, Status, VerdictSet, Workplace, write
from fleet.criteria import judge
from fleet.packs.pack import Pack
from fleet.packs.reading import read_pack
from fleet.table import Brief, BriefSet, FactTable

AT_ONCE = 40
"""Mines judged together: so many make arrays of a good size, and not too large ones."""
Cell = tuple[int, float | None, float, str]
"""Facts of a day, as few bytes as a province needs: the number of the name, value, completeness, subject."""
_squeeze = msgspec.msgpack.Encoder().encode
_spread = msgspec.msgpack.Decoder(list[Cell]).decode
_read_pack = lru_cache(maxsize=32)(read_pack)
_CODE = {status: at for at, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class _Made:
    """A published verdict set that is to be judged anew: where it stands, and enough of it to tell whether and where it differs."""

    line: int
    record: Record
    pack: str
    outcome: Status
    statuses: bytes
    facts: tuple[str, ...]
    correction: str


@dataclass(slots=True)
class _Mine:
    """What is known of a mine up to here. `days`: the fact set that counts of each day, as its entry's hash and its cells."""

    days: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    profile: Profile | None = None
    places: dict[str, Workplace] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    waiting: list[_Made] = field(default_factory=list)
    newest: str = ""
    """The newest day that waits to be judged."""


class Recount:
    """Takes entry after entry of a chain that holds."""

    def __init__(self) -> None:
        self.packs: dict[str, Pack] = {}
        """By hash."""
        self.verdicts = 0
        self._mines: dict[str, _Mine] = {}
        self._names: dict[str, int] = {}
        """Names of facts to their numbers, in order."""
        self._counted = Counted(self.packs)

    @property
    def counts(self) -> int:
        """Published counts that were counted anew."""
        return self._counted.counts

    def take(self, line: int, record: Record, body: msgspec.Struct) -> list[Fault]:
        """The next entry; what does not fit so far."""
        mine = self._mines.setdefault(record.mine, _Mine())  # one without a name too: it counts as any other
        faults: list[Fault] = []
        if self._changes(mine, record, body):
            faults += self._judged({record.mine: mine})
        if isinstance(body, Permit) and permit_hash(body) != body.link_hash:
            faults.append(fault_at(line, record, "permit_link"))
        if isinstance(body, PackBody):
            faults += self._pack(line, record, body)
        else:
            faults += self._of_mine(line, record, body, mine)
        return faults + self._counted.take(line, record, body)

    def end(self, *, counts: bool) -> list[Fault]:
        """No entry is left. `counts`: whether all mines are there, so that counts can be made anew."""
        faults: list[Fault] = []
        names = [name for name, mine in self._mines.items() if mine.waiting]
        for first in range(0, len(names), AT_ONCE):
            faults += self._judged({name: self._mines[name] for name in names[first : first + AT_ONCE]})
            if len(faults) >= MOST_FAULTS:
                break
        return faults + (self._counted.faults if counts else [])

    def _changes(self, mine: _Mine, record: Record, body: msgspec.Struct) -> bool:
        """Whether the entry changes what a verdict that still waits was judged by."""
        if not mine.waiting:
            return False
        return isinstance(body, Profile | Workplace) or (isinstance(body, FactSet) and record.day <= mine.newest)

    def _pack(self, line: int, record: Record, body: PackBody) -> list[Fault]:
        try:
            pack = _read_pack(body.text.encode())
        except BadConfig as error:
            return [fault_at(line, record, "pack_unreadable", str(error)[:200])]
        held = self.packs.get(pack.hash, pack)
        if (pack.hash, pack.id, pack.text) != (body.hash, body.id, held.text):
            return [fault_at(line, record, "pack_hash", f"{pack.id} {pack.hash}")]
        self.packs[pack.hash] = pack
        return []

    def _of_mine(self, line: int, record: Record, body: msgspec.Struct, mine: _Mine) -> list[Fault]:
        match body:
            case FactSet():
                mine.days[record.day] = (record.hash, self._squeezed(body))
                told = (fact for fact in body.facts if fact.way is Way.DECLARED and fact.value is not None)
                return [fault for fact in told if (fault := _declared(line, record, fact, mine))]
            case Profile():
                mine.profile = body
            case Workplace():
                mine.places[body.id] = body
            case Declared():
                mine.declared[record.key] = body
            case VerdictSet():
                return self._verdicts(line, record, body, mine)
        return []

    def _squeezed(self, body: FactSet) -> bytes:
        names = self._names
        return _squeeze([(names.setdefault(fact.name, len(names)), fact.value, fact.completeness, fact.subject) for fact in body.facts])

    def _verdicts(self, line: int, record: Record, body: VerdictSet, mine: _Mine) -> list[Fault]:
        pack = self.packs.get(body.pack_hash)
        if pack is None or pack.id != body.pack:
            return [fault_at(line, record, "pack_unknown", body.pack_hash)]
        if body.facts != _rests_on(mine, record.day, pack.window):
            return [fault_at(line, record, "facts_not_those")]
        statuses = bytes(_CODE[one.status] for one in body.verdicts)
        mine.waiting.append(_Made(line, replaced(record), pack.hash, body.outcome, statuses, body.facts, body.correction))
        mine.newest = max(mine.newest, record.day)
        return []

    def _judged(self, mines: dict[str, _Mine]) -> list[Fault]:
        """Judge what waits of these mines, and hold it against what was published."""
        faults: list[Fault] = []
        for hash_ in dict.fromkeys(one.pack for mine in mines.values() for one in mine.waiting):
            faults += self._by(
                self.packs[hash_], {name: mine for name, mine in mines.items() if any(one.pack == hash_ for one in mine.waiting)}
            )
        for mine in mines.values():
            mine.waiting, mine.newest = [], ""
        return faults

    def _by(self, pack: Pack, mines: dict[str, _Mine]) -> list[Fault]:
        made = [(name, one) for name, mine in mines.items() for one in mine.waiting if one.pack == pack.hash]
        days = [date.fromisoformat(one.record.day) for _, one in made]
        span = (min(days) - timedelta(days=pack.window - 1), max(days))
        inside = (span[0].isoformat(), span[1].isoformat())
        asked = pack.facts
        names = {number: name for name, number in self._names.items() if name in asked}
        sets = (
            BriefSet(
                name,
                day,
                tuple(Brief(names[number], value, share, subject) for number, value, share, subject in _spread(cells) if number in names),
            )
            for name, mine in mines.items()
            for day, (_, cells) in mine.days.items()
            if inside[0] <= day <= inside[1]
        )
        table = FactTable.of(sets, mines=sorted(mines), span=span)
        profiles = {name: mine.profile for name, mine in mines.items() if mine.profile is not None}
        judged = judge(pack, table, profiles, [place for mine in mines.values() for place in mine.places.values()])
        self.verdicts += len(made)
        anew = ((one, replace(judged.verdicts(name, one.record.day, one.facts), correction=one.correction)) for name, one in made)
        return [
            fault_at(one.line, one.record, "verdict", _differs(one, said)) for one, said in anew if digest(write(said)) != one.record.hash
        ]


def replaced(record: Record) -> Record:
    """The record with its body let go, and the body's digest for a hash."""
    places = (record.n, record.m, record.at, record.kind, record.mine, record.day, record.key)
    return Record(*places, b"", record.actor, record.previous, record.mine_previous, digest(record.body))


def _rests_on(mine: _Mine, day: str, window: int) -> tuple[str, ...]:
    """Hashes of the fact sets that counted of the days of the window, oldest first."""
    return tuple(mine.days[one][0] for one in _window(day, window) if one in mine.days)


@lru_cache(maxsize=1024)
def _window(day: str, days: int) -> tuple[str, ...]:
    last = date.fromisoformat(day)
    return tuple((last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1))


def _declared(line: int, record: Record, fact: Fact, mine: _Mine) -> Fault | None:
    """A fact by a person's word needs that word in the log before it."""
    said = mine.declared.get(f"{fact.name}/{fact.subject}")
    same = said is not None and (said.value, said.document, said.by) == (fact.value, fact.document, fact.by)
    if said is not None and same and said.valid_from <= record.day <= said.valid_to:
        return None
    return fault_at(line, record, "not_declared", f"{fact.name} {fact.subject}".strip())


def _differs(one: _Made, said: VerdictSet) -> str:
    """The first criterion that is another when it is judged anew."""
    if one.outcome is not said.outcome:
        return f"outcome {one.outcome}: {said.outcome}"
    for status, verdict in zip(one.statuses, said.verdicts, strict=False):
        if status != _CODE[verdict.status]:
            return f"{verdict.criterion} {verdict.subject}: {list(Status)[status]}: {verdict.status}"
    return f"{len(one.statuses)}: {len(said.verdicts)}"
