"""The journal of alarms: transitions are written first, in the transaction of what caused them; people are told later (`alerts.deliver`).

All methods take an open transaction and `now` (µs UTC, the centre's clock). `gateway` is `mine/gateway`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from alerts.alarm import Action, Kind, Signal
from alerts.around import Surroundings
from alerts.audience import Audience, Everyone
from alerts.book import Book, Cause, alarm_of, subject_of
from alerts.config import Recipient
from alerts.cover import Cover, NoCover
from alerts.drill import NUMBER
from alerts.drill import RULE as DRILL_RULE
from alerts.lifecycle import step
from alerts.limits import CUT_RULE, compile_limits
from alerts.lockduty import Filed, Lock, locks
from alerts.locktests import FAN_RULE, TEST_RULE
from alerts.owner import may_end
from alerts.packs.pack import Pack
from alerts.subject import POINT_RULES, SOURCE_RULES, Subject, centre_subject, check_event, gateway_subject, point_subject, source_subject
from alerts.transitions import EVERY_RULE, Change
from contracts import quality
from contracts.clock import SECOND, SystemClock
from contracts.payload import Event
from contracts.points import Registry
from store.records import alarms as table
from store.records import audit, drills
from store.records.alarms import AlarmRow, TransitionRow
from store.records.audit import pseudonym
from store.records.deliveries import Delivered, DeliveryRow, change_delivery, deliveries

LINK_RULE, CONFLICT_RULE, BACKUP_RULE, FLAGS_RULE = "link.down", "gateway.conflict", "centre.backup", "flags.bulk"
_RAISES = (Kind.RAISE, Kind.CUT, Kind.PAST)
SWITCH_OVER = 60 * SECOND
"""A gap of 60 s or less may be the KJ system's host switch-over (CMSR 2025 Art.527; our reading): shown at once, told after."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operator's action; `reason` says why not."""

    accepted: bool
    reason: str
    transition: TransitionRow | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """An alarm with all that happened to it and who was told, oldest first."""

    alarm: AlarmRow
    transitions: list[TransitionRow]
    deliveries: list[DeliveryRow]


class Journal:
    """The one door to alarms at the centre."""

    def __init__(
        self,
        pack: Pack,
        recipients: Sequence[Recipient] = (),
        audience: Audience | None = None,
        cover: Cover | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """`audience`: who hears of what; none: each of `recipients` at once. `cover`: the permits that may speak for a raise.
        `surroundings`: what messages tell of feed, people and whom to call; none: unknown."""
        self._cover: Cover = cover or NoCover()
        self.stamp: Callable[[], int] = SystemClock().now
        """The clock that drills are measured by."""
        self._pack, self._book = pack, Book(pack.documents, audience or Everyone(recipients), surroundings)

    def event(self, db: Connection, mine: str, gateway: str, event: Event, received: int, registry: Registry | None) -> list[TransitionRow]:
        """Take one transition decided by the rules. The same event again changes nothing. BadPayload where no rule can have made it."""
        check_event(event, registry)
        numbers = {name: float(value) for name, value in event.numbers.items()}
        if event.change == Change.FILED:
            subject = point_subject(mine, gateway, event.point, event.rule, registry, self._pack)
            filed = self._book.file(db, subject, event, received, numbers)
            self._cover.filed(db, mine, event, filed, received)
            return filed
        cause = Cause(event.decided, event.value, event.limit, event.quality, event.clause, numbers)
        if event.rule == DRILL_RULE:
            return self._drill(db, point_subject(mine, gateway, event.point, event.rule, registry, self._pack), event, received, cause)
        out: list[TransitionRow] = []
        for rule, kind in self._targets(db, mine, event):
            subject = self._subject(mine, gateway, event.point, rule, registry)
            if kind not in _RAISES:
                signal = replace(_signal(event, kind), foreign=not may_end(event, rule, registry, self._pack))
                out += self._book.apply(db, subject, signal, received, cause).transitions
                continue
            weighed = self._cover.weigh(db, mine, event, received, registry)
            signal = replace(_signal(event, kind), planned=weighed.planned)
            rows = self._book.apply(db, subject, signal, received, cause).transitions
            self._cover.took(db, weighed, event, rows, received)
            out += rows
        if event.rule == EVERY_RULE and self.marks(event, registry):
            _mark_every(db, mine, event, received)
        return out

    def _drill(self, db: Connection, subject: Subject, event: Event, received: int, cause: Cause) -> list[TransitionRow]:
        """A marked test of the chain: of no quantity, with nothing to be done at the place. Its own clock is read: it measures."""
        bare = replace(subject, quantity="", unit="", action=("", ""), action_clause="", priority=0)
        rows = self._book.apply(db, bare, _signal(event, Kind.DRILL), received, cause).transitions
        for row in rows:
            drills.journaled(db, int(cause.numbers.get(NUMBER, 0)), subject.mine, row.id, self.stamp())
        return rows

    def marks(self, event: Event, registry: Registry | None) -> bool:
        """Whether a first reading shows that nothing of its point is raised by our limits either."""
        return may_end(event, event.rule, registry, self._pack)

    def link_down(self, db: Connection, gateway: str, since: int, now: int, registry: Registry | None = None) -> list[TransitionRow]:
        """Nothing came from a gateway since `since`: one alarm for all its points; what is open there is unknown, and nothing clears."""
        subject = gateway_subject(gateway, LINK_RULE, registry)
        known = table.open_alarm(db, subject.mine, subject.subject, LINK_RULE)
        if known is not None and known.active:
            return []
        cause = Cause(now, numbers={"since": float(since)}, hold=SWITCH_OVER)
        out = self._book.apply(db, subject, Signal(Kind.RAISE, now, "link_down"), now, cause).transitions
        return out + self._children(db, gateway, (Kind.SUPPRESS, Kind.UNKNOWN), "link_down", now)

    def link_up(self, db: Connection, gateway: str, now: int, registry: Registry | None = None) -> list[TransitionRow]:
        """Data flow again. Where nobody was told yet, nobody will be, and that is written down."""
        subject = gateway_subject(gateway, LINK_RULE, registry)
        known = table.open_alarm(db, subject.mine, subject.subject, LINK_RULE)
        out: list[TransitionRow] = []
        if known is not None and known.active:
            quiet = now < known.since + SWITCH_OVER
            signal = Signal(Kind.RETURN, now, "switch_over" if quiet else "link_up", quiet=quiet)
            out = self._book.apply(db, subject, signal, now, Cause(now)).transitions
            for held in deliveries(db, known.id) if quiet else ():
                if held.next_try > now:
                    change_delivery(db, held, {"state": Delivered.DROPPED, "last_error": "switch_over", "settled": now})
        return out + self._children(db, gateway, (Kind.UNSUPPRESS, Kind.KNOWN), "link_up", now)

    def down(self, db: Connection) -> set[str]:
        """Gateways whose link-down alarm is active: what a centre that starts must call `link_up` for when it hears of them."""
        return {row.gateway for row in table.alarms(db, rule=LINK_RULE, open_only=True) if row.active}

    def conflict(
        self, db: Connection, gateway: str, what: str, now: int, numbers: Mapping[str, float], registry: Registry | None = None
    ) -> list[TransitionRow]:
        """One identity with two contents, or two epochs alternating. Stays until somebody acknowledges; told once a minute at most."""
        subject = gateway_subject(gateway, CONFLICT_RULE, registry)
        known = table.open_alarm(db, subject.mine, subject.subject, CONFLICT_RULE)
        if known is not None and known.active and now - known.changed < SWITCH_OVER:
            return []
        signal, finite = Signal(Kind.RAISE, now, "conflict", momentary=True), {name: n for name, n in numbers.items() if math.isfinite(n)}
        return self._book.apply(db, subject, signal, now, Cause(now, numbers=finite, detail=what)).transitions

    def backup(self, db: Connection, reason: str, why: str, now: int) -> list[TransitionRow]:
        """The centre's backups need somebody, for `reason` (`failed`, `missing`, `overdue`; empty: they do not any more). Of no mine:
        told to those who hear of all."""
        subject = centre_subject(BACKUP_RULE, ("数据备份", "backups"))
        known = table.open_alarm(db, subject.mine, subject.subject, BACKUP_RULE)
        if bool(reason) == (known is not None and known.active):
            return []
        signal = Signal(Kind.RAISE, now, f"backup_{reason}") if reason else Signal(Kind.RETURN, now, "backup_well")
        return self._book.apply(db, subject, signal, now, Cause(now, detail=why)).transitions

    def act(self, db: Connection, alarm_id: int, action: Action, now: int) -> Outcome:
        """What a person does to an alarm; refused with a reason, never with an exception."""
        row = table.alarm(db, alarm_id)
        if row is None:
            return Outcome(False, "no_such_alarm")
        if not row.open:
            return Outcome(False, step(alarm_of(row), action, now)[1][0].reason)
        return self._do(db, subject_of(row), action, now)

    def service(
        self, db: Connection, mine: str, gateway: str, point: str, rule: str, action: Action, now: int, registry: Registry
    ) -> Outcome:
        """Take a point's alarm by a rule out of service (`Deed.REMOVE`) or bring it back, also where none is open."""
        placed = registry if point in registry.number else None
        known = table.open_alarm(db, mine, point, rule)
        subject = point_subject(mine, gateway, point, rule, placed, self._pack) if known is None else subject_of(known)
        return self._do(db, subject, action, now)

    def _do(self, db: Connection, subject: Subject, action: Action, now: int) -> Outcome:
        written = self._book.apply(db, subject, action, now, Cause(now, by=action.name))
        move, step = written.moves[0], written.transitions[0] if written.transitions else None
        if not move.refused and step is not None:
            facts = {"alarm": step.alarm_id, "deed": str(action.deed), "words": action.words, "until": action.until}
            audit.append(db, "alarm.action", f"alarm {step.alarm_id}", facts, pseudonym(action.name), now)
        return Outcome(not move.refused, move.reason, step)

    def note(
        self, db: Connection, alarm_id: int, kind: str, words: str, now: int, *, by: str = "", detail: str = "", tell: bool = False
    ) -> TransitionRow | None:
        """Write into an alarm's timeline what moves nothing in its life (an answer, a referral, a report to the leader on duty); None
        where there is no such alarm. `tell`: the audience hears of it."""
        row = table.alarm(db, alarm_id)
        if row is None:
            return None
        return self._book.note(db, row, kind, words, now, Cause(now, by=by, detail=detail), tell=tell)

    def unplan(self, db: Connection, alarm_id: int, reason: str, now: int, detail: str = "") -> list[TransitionRow]:
        """No permit speaks for a planned alarm any more; also where it is over by now. Nothing where it is not planned."""
        row = table.alarm(db, alarm_id)
        if row is None or not row.planned:
            return []
        cause = Cause(now, row.value, row.limit, clause=row.clause, detail=detail)
        signal = Signal(Kind.UNPLAN, now if row.open else row.changed, reason)
        return self._book.apply(db, subject_of(row), signal, now, cause).transitions

    def flags(self, db: Connection, gateway: str, points: Sequence[str], now: int, registry: Registry | None = None) -> list[TransitionRow]:
        """Points of a gateway that carry the calibration flag without a permit, too many at once; none: not any more."""
        subject = gateway_subject(gateway, FLAGS_RULE, registry)
        known = table.open_alarm(db, subject.mine, subject.subject, FLAGS_RULE)
        if bool(points) == (known is not None and known.active):
            return []
        signal = Signal(Kind.RAISE, now, "many_flags_without_permits") if points else Signal(Kind.RETURN, now, "flags_explained")
        cause = Cause(now, numbers={"points": float(len(points))} if points else {}, detail=" ".join(points))
        return self._book.apply(db, subject, signal, now, cause).transitions

    def tick(self, db: Connection, now: int) -> list[TransitionRow]:
        """What time alone does: shelved alarms come back. Call it every second or so."""
        out: list[TransitionRow] = []
        for row in table.alarms(db, shelved_before=now, open_only=True):
            out += self._book.apply(db, subject_of(row), Signal(Kind.EXPIRE, now), now, Cause(now)).transitions
        return out

    def active(self, db: Connection, mine: str | None = None) -> list[AlarmRow]:
        """Alarms that concern somebody, newest first: also returned, shelved and suppressed ones."""
        return table.alarms(db, mine=mine, open_only=True)

    def listing(
        self, db: Connection, *, mine: str | None = None, state: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AlarmRow]:
        """A page of all alarms, newest first; `after` is the last id of the page before."""
        return table.alarms(db, mine=mine, state=state, before_id=after, limit=limit)

    def of(self, db: Connection, alarm_id: int) -> Timeline | None:
        """One alarm with its timeline."""
        row = table.alarm(db, alarm_id)
        return None if row is None else Timeline(row, table.transitions(db, alarm_id), deliveries(db, alarm_id))

    def _children(self, db: Connection, gateway: str, kinds: Sequence[Kind], reason: str, now: int) -> list[TransitionRow]:
        out: list[TransitionRow] = []
        for row in table.alarms(db, gateway=gateway, open_only=True):
            for kind in kinds if row.point else ():
                out += self._book.apply(db, subject_of(row), Signal(kind, now, reason), now, Cause(now)).transitions
        return out

    def _subject(self, mine: str, gateway: str, about: str, rule: str, registry: Registry | None) -> Subject:
        if rule in SOURCE_RULES:
            return source_subject(gateway, about, rule, registry, self._pack)
        return point_subject(mine, gateway, about, rule, registry, self._pack)

    def lock_tests(self, db: Connection, registry: Registry, now: int) -> list[Lock]:
        """Every cut function of a registry's points with its last test, whatever gateway told it, and the next one's time (Art. 531)."""
        filed = [
            Filed(row.point, row.rule, row.changed, row.id, row.unverified, numbers)
            for row, numbers in table.newest_filed(db, registry.mine, (TEST_RULE, FAN_RULE))
        ]
        return locks(registry, self._pack, compile_limits(registry, self._pack), filed, now)

    def _targets(self, db: Connection, mine: str, event: Event) -> list[tuple[str, Kind]]:
        """The alarms an event concerns: its own, or every open one of the point that the rules own."""
        if event.rule != EVERY_RULE:
            return [(event.rule, Kind(event.change))]
        rows = table.alarms(db, mine=mine, subject=event.point, open_only=True)
        rules = [row.rule for row in rows if row.point and row.rule not in POINT_RULES]
        return [(rule, Kind.RESTORE if rule.startswith(CUT_RULE) else Kind.RETURN) for rule in rules]


def _signal(event: Event, kind: Kind) -> Signal:
    start = event.numbers.get("start") if kind is Kind.PAST else None
    known = (value for value in (event.value, event.numbers.get("peak")) if value is not None)
    return Signal(
        kind,
        event.time,
        event.reason,
        max(known, default=None),
        None if start is None else min(max(int(start), 0), event.time),
        event.unverified,
        bool(event.quality & quality.CLOCK_SUSPECT),
    )


def _mark_every(db: Connection, mine: str, event: Event, received: int) -> None:
    """All rules of a point returned at this time: a raise that comes later but is older is a past alarm."""
    mark = table.mark(db, mine, event.point, (EVERY_RULE,))
    if mark is None or mark < event.time or mark > received + SWITCH_OVER:
        table.set_mark(db, mine, event.point, EVERY_RULE, event.time)
