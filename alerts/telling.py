"""Writes who is told of a transition, when, and with what: in the transaction of the transition itself."""

from sqlalchemy import Connection

from alerts.alarm import Kind, State
from alerts.audience import Told
from alerts.causes import WINDOW, Raised, cause_for, rank_of
from alerts.config import AlertsSection, Recipient
from alerts.routing import AT_ONCE, CLOSE, ENTERING, LEAVING, REFER, Heard, Routing
from contracts.clock import MINUTE, SECOND
from store.records import alarms as table
from store.records import calls, causes, messages
from store.records.calls import CallRow
from store.records.causes import CauseRow
from store.records.deliveries import add_delivery, told_before, told_of_cause

HELD_FROM = 3
"""Project setting: of a cause with so many alarms a return waits for the others, and one message says that all is over."""
_STILL_CALLED = (State.UNACKNOWLEDGED, State.RETURNED)


class Routed:
    """The audience of a configuration: roles, areas, districts, steps, rotas; and what has one cause goes out together."""

    def __init__(self, section: AlertsSection) -> None:
        self._section, self.routing = section, Routing(section)

    def tell(self, db: Connection, told: Told) -> None:
        change, new = told.row.change, _is_new(told)
        call = None if new else calls.call_of(db, told.row.alarm_id)
        called = call is not None and (change not in ENTERING or told.row.before in _STILL_CALLED)
        heard = Heard(
            told.subject.mine,
            told.subject.area,
            change,
            told.now,
            referred=not new and self._referred(db, told),
            level=call.level if call and called else 0,
            before=frozenset() if change in ENTERING else told_before(db, told.row.alarm_id),
        )
        listening = self.routing.listening(heard)
        if change in ENTERING and not told.alarm.acknowledged and not called:
            self._call(db, told, listening.level, new=new)
        cause, quiet, opened = self._cause(db, told, new=new) if told.subject.mine else (None, False, True)
        for recipient in listening.who:
            self._write(db, told, recipient, cause, quiet=quiet, first=opened)

    def _referred(self, db: Connection, told: Told) -> bool:
        if not self.routing.inspectors:
            return False
        return told.row.change == REFER or table.newest_change(db, told.row.alarm_id, (REFER, CLOSE), told.row.id) == REFER

    def _call(self, db: Connection, told: Told, level: int, *, new: bool) -> None:
        due = self.due(told.subject.mine, told.subject.area, level, told.now + told.hold)
        if due:
            calls.set_call(db, CallRow(told.row.alarm_id, level, 0, told.now, due), new=new)
        elif not new:
            calls.end_call(db, told.row.alarm_id)

    def due(self, mine: str, area: str, level: int, now: int) -> int:
        """When an alarm nobody acknowledges is looked at next (µs UTC): for the next step, else to say it again; 0: never."""
        higher = self.next_step(mine, area, level) is not None
        wait = self._section.escalate_after_min if higher else self._section.repeat_after_min
        return now + wait * MINUTE if wait else 0

    def next_step(self, mine: str, area: str, level: int) -> int | None:
        """The step after this one on which somebody stands who hears of the place."""
        higher = (step for step in self.routing.steps(mine, area) if step > level)
        return next(higher, None) if self._section.escalate_after_min else None

    def _cause(self, db: Connection, told: Told, *, new: bool) -> tuple[CauseRow | None, bool, bool]:
        """What the alarm belongs to, whether it may wait for others of it, and whether nobody was told of it yet."""
        known = None if new else causes.cause_of(db, told.row.alarm_id)
        if told.row.change not in ENTERING:
            return self._left(db, told, known), False, False
        if known is not None and known.cleared is None:
            return known, False, False
        subject, now = told.subject, told.now
        raised = Raised(subject.mine, subject.area, subject.gateway, subject.rule, subject.priority)
        rank = rank_of(raised)
        joined = cause_for(raised, causes.open_causes(db, subject.mine, now - WINDOW), now)
        if joined is not None:
            causes.join_cause(db, joined.cause.id, told.row.alarm_id, now, min(rank, joined.cause.rank))
            return joined.cause, joined.quiet, False
        place = {"mine": subject.mine, "area": subject.area, "gateway": subject.gateway, "rule": subject.rule}
        return causes.new_cause(db, place, told.row.alarm_id, now, rank), False, True

    def _left(self, db: Connection, told: Told, known: CauseRow | None) -> CauseRow | None:
        """A cause of which nothing is active any more is over."""
        if known is not None and told.row.change in LEAVING and known.cleared is None and not causes.still_active(db, known.id):
            causes.clear_cause(db, known.id, told.now)
        return known

    def _write(self, db: Connection, told: Told, recipient: Recipient, cause: CauseRow | None, *, quiet: bool, first: bool) -> None:
        """One delivery. The first of a cause for this recipient, and what somebody must act on, goes at once."""
        row, next_try = told.row, told.now + told.hold
        if cause is None:
            add_delivery(db, row, recipient.name, recipient.channel, next_try)
            return
        graver = row.change in ENTERING and not quiet and self._graver(cause, told)
        lead = first or row.change in AT_ONCE or graver or not told_of_cause(db, cause.id, recipient.name)
        if lead and not first:
            messages.hurry(db, row.alarm_id, recipient.name, told.now)
        elif quiet:
            next_try += self._section.follow_up_s * SECOND
        elif row.change in LEAVING and cause.members >= HELD_FROM and causes.still_active(db, cause.id):
            next_try += self._section.all_clear_s * SECOND
        add_delivery(db, row, recipient.name, recipient.channel, next_try, cause.id, lead=lead)

    @staticmethod
    def _graver(cause: CauseRow, told: Told) -> bool:
        """Whether this is graver than all that was told of its cause."""
        subject = told.subject
        return rank_of(Raised(subject.mine, subject.area, subject.gateway, subject.rule, subject.priority)) < cause.rank


def _is_new(told: Told) -> bool:
    """Whether this transition made the alarm: nothing can be known of it from before."""
    return told.row.before == State.NORMAL and told.row.change in ENTERING and told.row.change != Kind.UNPLAN
