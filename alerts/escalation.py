"""Nobody acknowledged: the next step hears, then the same is said again. What time alone does to who is told."""

from dataclasses import replace

from sqlalchemy import Connection

from alerts.journal import Journal
from alerts.routing import ESCALATE, REMIND
from alerts.telling import Routed
from contracts.clock import MINUTE
from store.records import calls
from store.records.alarms import AlarmRow, TransitionRow
from store.records.calls import CallRow

AT_A_TIME = 100
"""Alarms looked at in one transaction; the oldest first, the others a second later."""
REASON = "nobody_acknowledged"


class Escalation:
    """Looks at what is due."""

    def __init__(self, journal: Journal, routed: Routed) -> None:
        self._journal, self._routed = journal, routed

    def tick(self, db: Connection, now: int) -> list[TransitionRow]:
        """What is due by `now` (µs UTC). Call it every second or so, in the transaction it hands in."""
        told = [self._look(db, call, alarm, now) for call, alarm in calls.due_calls(db, now, AT_A_TIME)]
        return [row for row in told if row is not None]

    def _look(self, db: Connection, call: CallRow, alarm: AlarmRow, now: int) -> TransitionRow | None:
        if alarm.acknowledged or not alarm.open or _aside(alarm):
            calls.end_call(db, call.alarm_id)
            return None
        step = None if alarm.suppressed else self._routed.next_step(alarm.mine, alarm.area, call.level)
        level = call.level if step is None else step
        due = self._routed.due(alarm.mine, alarm.area, level, now)
        if due:
            again = call.repeats + (step is None and not alarm.suppressed)
            calls.set_call(db, replace(call, level=level, repeats=again, due=due))
        else:
            calls.end_call(db, call.alarm_id)
        if alarm.suppressed or (step is None and not due):
            return None
        waited = f"{(now - call.since) // MINUTE} min"
        return self._journal.note(db, alarm.id, REMIND if step is None else ESCALATE, REASON, now, detail=waited, tell=True)


def _aside(alarm: AlarmRow) -> bool:
    """Nobody is to be called for it now; what ends this calls anew."""
    return alarm.shelved_until is not None or alarm.out_of_service or alarm.planned
