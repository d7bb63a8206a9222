"""Writes one step of one alarm: the row (compare-and-set), its transition, and who is to be told, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from alerts.alarm import NEVER, Action, Alarm, Kind, Move, Signal
from alerts.around import Surroundings, Unknown, around_words
from alerts.audience import Audience, Told
from alerts.lifecycle import LATE, step
from alerts.packs.pack import Documented
from alerts.sentence import BACK, URGES, Facts, sentence
from alerts.subject import POINT_RULES, Subject
from alerts.transitions import EVERY_RULE
from alerts.words import MARKS
from contracts.errors import Retry
from contracts.payload import Event
from store.records import alarms as table
from store.records.alarms import AlarmRow, TransitionRow

TRIES = 5
_STANDING = tuple(name for name in Alarm.__slots__ if name != "peak")
_ENTERING = (Kind.RAISE, Kind.CUT, Kind.PAST, Kind.UNPLAN, Kind.DRILL)
_LEAVING = (Kind.RETURN, Kind.RESTORE)
_IDLE = (
    "within_the_told_span",
    "older_than_the_last_raise",
    "only_a_restore_ends_a_cut",
    "restore_never_clears_an_alarm",
    "not_below_our_limits",
)
"""Reasons of steps that moved nothing."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a step rests on. `hold`: µs from now before anybody is told; `by`: the person who acted; `detail`: what was seen; `stood`: the
    alarm before, whose last value and limit the text tells where the step brings none."""

    decided: int
    value: float | None = None
    limit: float | None = None
    quality: int = 0
    clause: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    by: str = ""
    detail: str = ""
    hold: int = 0
    stood: AlarmRow | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a step did and what was written of it."""

    moves: list[Move]
    transitions: list[TransitionRow]


def alarm_of(row: AlarmRow | None, mark: int | None = None) -> Alarm:
    """The lifecycle's view of a row, and of the newest return known where no alarm is open."""
    if row is None:
        return Alarm(changed=NEVER if mark is None else mark)
    return Alarm(**{name: getattr(row, name) for name in _STANDING}, peak=row.peak)


def subject_of(row: AlarmRow) -> Subject:
    """What a row is about."""
    names = ((row.mine_zh, row.mine_en), (row.place_zh, row.place_en))
    action = (row.action_zh, row.action_en)
    return Subject(
        row.mine,
        row.gateway,
        row.subject,
        row.rule,
        row.point,
        *names,
        row.quantity,
        row.unit,
        action=action,
        action_clause=row.action_clause,
        priority=row.priority,
        area=row.area,
    )


class Book:
    """One writer of alarms; several may stand side by side (compare-and-set)."""

    def __init__(self, documents: Mapping[str, Documented], audience: Audience, surroundings: Surroundings | None = None) -> None:
        self._documents, self._audience, self._surroundings = documents, audience, surroundings or Unknown()

    def apply(self, db: Connection, subject: Subject, given: Signal | Action, now: int, cause: Cause) -> Written:
        """Step the alarm of this subject. Retry where others kept changing it."""
        for _ in range(TRIES):
            written = self._try(db, subject, given, now, cause)
            if written is not None:
                return written
        raise Retry(f"alarm {subject.mine}/{subject.subject}/{subject.rule} kept changing under us")

    def file(self, db: Connection, subject: Subject, event: Event, received: int, numbers: Mapping[str, float]) -> list[TransitionRow]:
        """Keep what was lawful as an alarm that is over: nobody is called. The same event again changes nothing."""
        start = int(numbers.get("start", event.time))
        known = table.told_alarm(db, subject.mine, subject.subject, subject.rule, start, event.time)
        if known is not None and table.has_transition(db, known.id, event.change, event.time):
            return []
        after = Alarm(unverified=event.unverified, raised_at=start, since=start, changed=event.time, peak=numbers.get("peak"))
        cause = Cause(event.decided, event.value, event.limit, event.quality, event.clause, numbers)
        move = Move(event.change, after.state, after.state, event.reason)
        texts = self._texts(subject, after, move, received, cause)
        blank = {"value": event.value, "limit": event.limit, "clause": event.clause, "created": received}
        alarm_id = table.new_alarm(db, blank | texts | subject.columns() | _columns(after, received))
        given = Signal(Kind.PAST, event.time)
        return self._note(db, alarm_id, subject, given, after, [move], received, cause)

    def note(self, db: Connection, row: AlarmRow, kind: str, reason: str, now: int, cause: Cause, *, tell: bool) -> TransitionRow:
        """Write something that moves nothing into an alarm's timeline (`refer`, `answer`, `close`, ...)."""
        alarm, subject = alarm_of(row), subject_of(row)
        move = Move(kind, alarm.state, alarm.state, reason, tell)
        return self._write(db, row.id, subject, alarm, move, now, now, cause)

    def _try(self, db: Connection, subject: Subject, given: Signal | Action, now: int, cause: Cause) -> Written | None:
        key = (subject.mine, subject.subject, subject.rule)
        row = table.open_alarm(db, *key)
        mark = None
        if row is None:
            every = () if subject.rule in POINT_RULES else (EVERY_RULE,)
            mark = table.mark(db, subject.mine, subject.subject, (subject.rule, *every))
            if isinstance(given, Signal):
                row = table.told_alarm(db, *key, given.time if given.start is None else given.start, given.time)
        before = alarm_of(row, mark)
        if row is not None and isinstance(given, Signal) and given.kind in _ENTERING and not row.active and given.time <= row.changed:
            given = replace(given, told=_stood(table.transitions(db, row.id), given))
        after, moves = step(before, given, now)
        if after == before and not moves:
            return Written([], [])
        cause = replace(cause, stood=row)
        reopens = isinstance(given, Signal) and given.kind is Kind.UNPLAN
        alarm_id = self._save(db, subject, row, after, now, cause, moves, reopens=reopens)
        if alarm_id is None:
            return None
        if not after.open and (mark is None or after.changed > mark or mark > now + LATE):
            table.set_mark(db, *key, after.changed)
        return Written(moves, self._note(db, alarm_id, subject, given, after, moves, now, cause) if alarm_id else [])

    def _save(
        self,
        db: Connection,
        subject: Subject,
        row: AlarmRow | None,
        after: Alarm,
        now: int,
        cause: Cause,
        moves: list[Move],
        *,
        reopens: bool,
    ) -> int | None:
        """The alarm's id, 0 where there is none to keep, None where somebody else was first. `reopens`: a closed one is opened again."""
        values = _columns(after, now) | self._told(subject, after, moves, now, cause)
        if row is not None and (row.open or reopens):
            return row.id if table.change_alarm(db, row.id, row.version, values) else None
        if not after.open:
            return row.id if row else 0
        blank = {"value": None, "limit": None, "clause": "", "text_zh": "", "text_en": "", "created": now}
        try:
            with db.begin_nested():
                return table.new_alarm(db, blank | subject.columns() | values)
        except IntegrityError:
            return None

    def _told(self, subject: Subject, after: Alarm, moves: list[Move], now: int, cause: Cause) -> dict[str, Any]:
        """Value, limit and text of the alarm itself, where this step brings them."""
        values: dict[str, Any] = {}
        if cause.value is not None:
            values["value"] = cause.value
        for move in moves:
            if move.kind in _ENTERING:
                values |= {"limit": cause.limit, "clause": cause.clause}
            if move.tell and move.kind in _ENTERING + _LEAVING:
                values |= self._texts(subject, after, move, now, cause)
        return values

    def _note(
        self,
        db: Connection,
        alarm_id: int,
        subject: Subject,
        given: Signal | Action,
        after: Alarm,
        moves: list[Move],
        now: int,
        cause: Cause,
    ) -> list[TransitionRow]:
        time = given.time if isinstance(given, Signal) else now
        out = []
        for move in moves:
            repeated = move.before is move.after and not move.tell and table.has_transition(db, alarm_id, move.kind, time)
            if not (move.refused or repeated):
                out.append(self._write(db, alarm_id, subject, after, move, time, now, cause))
        return out

    def _write(
        self, db: Connection, alarm_id: int, subject: Subject, after: Alarm, move: Move, time: int, now: int, cause: Cause
    ) -> TransitionRow:
        facts = {name: getattr(cause, name) for name in ("decided", "value", "limit", "quality", "clause", "by", "detail")}
        facts |= {"alarm_id": alarm_id, "at": now, "time": time, "received": now, "numbers": dict(cause.numbers)}
        facts |= {
            "change": move.kind,
            "before": move.before,
            "after": move.after,
            "reason": move.reason,
            "unverified": after.unverified,
        }
        row = table.add_transition(db, facts | self._texts(subject, after, move, now, cause))
        if move.tell:
            self._audience.tell(db, Told(subject, after, row, now, cause.hold))
        return row

    def _texts(self, subject: Subject, after: Alarm, move: Move, now: int, cause: Cause) -> dict[str, str]:
        urges = move.kind in URGES and after.active
        last = cause.stood if move.kind in BACK else None
        facts = Facts(
            change=move.kind,
            reason=move.reason,
            rule=subject.rule,
            mine=subject.mine_names,
            place=subject.place,
            point=subject.point,
            quantity=subject.quantity,
            unit=subject.unit,
            value=last.value if last and cause.value is None else cause.value,
            limit=last.limit if last and cause.limit is None else cause.limit,
            clause=last.clause if last and not cause.clause else cause.clause,
            action=subject.action,
            action_clause=subject.action_clause,
            since=int(cause.numbers.get("since", after.since if after.active else after.raised_at)),
            end=None if after.active or after.changed == NEVER else after.changed,  # NEVER: a wrong clock's mark, dropped
            peak=after.peak,
            rise_per_min=cause.numbers.get("rise_per_min"),
            numbers=cause.numbers,
            active=after.active,
            marks=tuple(name for name in MARKS if getattr(after, name)),
            by=cause.by,
            detail=cause.detail,
            first=after.raised_at if urges and NEVER < after.raised_at < after.since else None,
            priority=subject.priority if urges or (move.tell and move.kind in _ENTERING) else 0,
            around=self._around(subject, now) if urges and subject.mine else {},
        )
        return {f"text_{lang}": sentence(facts, self._documents, lang) for lang in ("zh", "en")}

    def _around(self, subject: Subject, now: int) -> dict[str, list[str]]:
        around = self._surroundings.around(subject)
        return {lang: around_words(around, now, lang, of_point=bool(subject.point)) for lang in ("zh", "en")}


def _stood(rows: Sequence[TransitionRow], given: Signal) -> bool:
    """Whether people held the point to be in alarm when this began, by what the alarm has been through. Its span alone does not say that:
    it holds also the times between two exceedances, and a return that overtook its raise moves its end."""
    began = given.time if given.start is None else given.start
    if any(row.change == Kind.PAST and row.numbers.get("start", row.time) <= began <= row.time for row in rows):
        return True
    steps = [row for row in rows if row.change in (Kind.RAISE, Kind.CUT, *_LEAVING) and row.reason not in _IDLE and row.time <= began]
    return bool(steps) and max(steps, key=lambda row: (row.time, row.id)).change in (Kind.RAISE, Kind.CUT)


def _columns(after: Alarm, now: int) -> dict[str, Any]:
    standing = {name: getattr(after, name) for name in _STANDING}
    return standing | {"peak": after.peak, "state": after.state.value, "open": after.open, "last_change": now}
