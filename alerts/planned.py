"""Permits at the centre: which raise one speaks for, and what is taken back. In the journal's transaction; it asks the records only.

Whatever does not fit, overlaps, has run over or carries the calibration flag without a permit is an alarm like any other, and the
inspector's at once. In doubt people are called.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alerts.alarm import State
from alerts.cover import Weighed
from alerts.journal import Journal
from alerts.lifecycle import LATE
from alerts.limits import ALARM_RULE, CUT_RULE, DEVICE_RULE
from alerts.permits import Permit, Standing, run_out
from alerts.referral import Why, refer_now
from alerts.transitions import Change, Reason
from alerts.words_permits import detail_words
from contracts import quality as q
from contracts.payload import Event
from contracts.points import Registry
from store.records import alarms as table
from store.records import audit, permits
from store.records.alarms import TransitionRow
from store.records.permits import PermitRow

EXCEEDANCES = (ALARM_RULE, DEVICE_RULE)
"""What is counted as one exceedance; its cut stages are not counted again."""
RAISES = ("raise", "cut", "past", "unplan")
NOTE = "permit"
ACTOR = "centre"


def permit_of(row: PermitRow) -> Permit:
    """A row as its life sees it."""
    return Permit(**{name: getattr(row, name) for name in Permit.__slots__ if name != "state"}, state=Standing(row.state))


def values_of(permit: Permit) -> dict[str, object]:
    """As columns."""
    return {name: getattr(permit, name) for name in Permit.__slots__} | {"state": permit.state.value}


def neighbours(registry: Registry, point: str) -> list[str]:
    """The other points that measure the same in the same area."""
    own = registry.points[registry.number[point]]
    return [one.id for one in registry.points if one.area == own.area and one.quantity == own.quantity and one.id != point]


class Planned:
    """Answers the journal (`alerts.cover.Cover`)."""

    def __init__(self) -> None:
        self._journal: Journal | None = None

    def asked_by(self, journal: Journal) -> Journal:
        """The journal that asks it, and writes what it says."""
        self._journal = journal
        return journal

    def weigh(self, db: Connection, mine: str, event: Event, received: int, registry: Registry | None) -> Weighed:
        """A limit's raise: is there a permit, in time, alone among its neighbours, and is the flag in order?"""
        if not concerns(event.rule):
            return Weighed()
        flagged = bool(event.quality & q.CALIBRATION) or event.unverified
        if event.change == Change.PAST:
            return _late(db, mine, event, flagged=flagged)
        row = next(iter(permits.busy(db, mine, [event.point])), None)
        if row is None:
            return Weighed(contradiction=Why.FLAG_WITHOUT_PERMIT) if flagged else Weighed()
        return self._under(db, row, event, received, registry)

    def _under(self, db: Connection, row: PermitRow, event: Event, received: int, registry: Registry | None) -> Weighed:
        """A permit stands at the point."""
        mine, who = row.mine, said_of(row)
        if not permit_of(row).speaks(received):
            return Weighed(permit=row.id, contradiction=Why.OVERRUN, detail=who)
        if received - event.time > LATE or event.quality & q.CLOCK_SUSPECT:
            return Weighed(permit=row.id)
        if event.reason == Reason.VERIFIED:
            return Weighed(permit=row.id, contradiction=Why.MISFIT, detail=detail_words("flag_gone", who))
        if registry is None or event.point not in registry.number:
            return Weighed(permit=row.id, contradiction=Why.MISFIT, detail=detail_words("points_unknown", who))
        near = permits.busy(db, mine, neighbours(registry, event.point))
        if near:
            return Weighed(permit=row.id, contradiction=Why.OVERLAP, detail="; ".join(map(said_of, (row, *near))))
        return Weighed(planned=True, permit=row.id, detail=who)

    def took(self, db: Connection, weighed: Weighed, event: Event, rows: Sequence[TransitionRow], now: int) -> None:
        """Link the alarm to its permit, or refer what contradicts."""
        raised = [row for row in rows if row.change in RAISES]
        journal = self._journal
        if not raised or journal is None:
            return
        alarm = raised[-1].alarm_id
        if weighed.planned and raised[-1].after == State.PLANNED:
            permits.speak(db, alarm, weighed.permit, event.time, now)
            journal.note(db, alarm, NOTE, "planned_under_permit", now, detail=weighed.detail)
        elif any(row.change == "unplan" for row in raised):
            permits.judge(db, alarm, {"verdict": "misfit", "reason": "raised_without_a_permit", "judged": now, "watched": False})
        if weighed.contradiction:
            refer_now(db, journal, alarm, weighed.contradiction, now, weighed.detail)

    def filed(self, db: Connection, mine: str, event: Event, rows: Sequence[TransitionRow], now: int) -> None:
        """A lock test belongs to the permit under which it was done."""
        start = int(event.numbers.get("start", event.time))
        row = permits.covering(db, mine, event.point, start, event.time)
        if row is None or not rows or self._journal is None:
            return
        permits.set_lock_test(db, row.id, rows[0].alarm_id)
        self._journal.note(db, rows[0].alarm_id, NOTE, "lock_test_under_permit", now, detail=said_of(row))


def _late(db: Connection, mine: str, event: Event, *, flagged: bool) -> Weighed:
    """What is told after it was over is never planned: nobody saw its curve in time."""
    row = permits.covering(db, mine, event.point, int(event.numbers.get("start", event.time)), event.time)
    if row is not None:
        return Weighed(permit=row.id)
    return Weighed(contradiction=Why.FLAG_WITHOUT_PERMIT) if flagged else Weighed()


def concerns(rule: str) -> bool:
    """Whether test gas can raise this."""
    return rule in EXCEEDANCES or rule.startswith(CUT_RULE)


def said_of(row: PermitRow) -> str:
    """A permit in a timeline: its number, point and people."""
    return f"#{row.id} {row.point}: {row.caller} / {row.dispatcher}"


def take_back(db: Connection, journal: Journal, alarm: int, why: Why, reason: str, now: int, detail: str = "") -> None:
    """No permit speaks for this alarm any more: people are called, and the inspector sees it. `reason`: of the verdict."""
    permits.judge(db, alarm, {"verdict": "misfit", "reason": reason, "judged": now, "watched": False})
    journal.unplan(db, alarm, str(why), now, detail or detail_words(reason))
    refer_now(db, journal, alarm, why, now, detail or detail_words(reason))


def overrun(db: Connection, now: int) -> list[PermitRow]:
    """Permits whose time is over stand as overrun from now on, and that is in the audit chain; which they are."""
    out = []
    for row in permits.busy(db):
        after = run_out(permit_of(row), now)
        if after.state != row.state and permits.change_permit(db, row, values_of(after)):
            audit.append(db, "permit.overrun", f"permit {row.id}", {"mine": row.mine, "point": row.point, "ends": row.ends}, ACTOR, now)
            out.append(row)
    return out


def fits(db: Connection, journal: Journal, alarm: int, level: float, now: int) -> None:
    """The curve was seen to be test gas."""
    permits.judge(db, alarm, {"verdict": "fits", "level": level, "judged": now})
    row = table.alarm(db, alarm)
    unit = "" if row is None else row.unit
    journal.note(db, alarm, NOTE, "fits_the_test_gas", now, detail=f"{level:.2f} {unit}".strip())
