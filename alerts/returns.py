"""Many points whose first good reading shows nothing raised, journalled as an event of each would be: a start is no storm of statements.

Where an alarm of the point is open the event itself is taken; of all others only the mark stays, in one statement.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from alerts.journal import SWITCH_OVER, Journal
from alerts.subject import check_event
from alerts.transitions import MOST_RETURNS, Reason
from contracts.errors import BadPayload
from contracts.payload import Event, Returns
from contracts.points import Registry
from store.records import alarms as table
from store.records.alarms import TransitionRow


def take_returns(
    journal: Journal, db: Connection, mine: str, gateway: str, told: Returns, received: int, registry: Registry | None
) -> list[TransitionRow]:
    """The same returns again change nothing. BadPayload where no rule can have made them."""
    events = {event.point: event for event in _events(told)}
    for event in events.values():
        check_event(event, None)  # as of an event: a point the registry of the last birth does not have is no fault of theirs
    concerned = {row.subject for row in table.alarms(db, mine=mine, open_only=True)} & set(events)
    out: list[TransitionRow] = []
    for point in sorted(concerned):
        placed = registry if registry is not None and point in registry.number else None
        out += journal.event(db, mine, gateway, events[point], received, placed)
    marks = table.marks(db, mine, told.rule)
    rest = [
        point
        for point, event in events.items()
        if point not in concerned and journal.marks(event, registry) and _orders(marks.get(point), told.time, received)
    ]
    table.set_marks(db, mine, rest, told.rule, told.time)
    return out


def _orders(mark: int | None, time: int, received: int) -> bool:
    """Whether a return of this time takes the place of the mark; one in the future came from a wrong clock."""
    return mark is None or mark < time or mark > received + SWITCH_OVER


def _events(told: Returns) -> Iterator[Event]:
    if told.change not in ("return", "restore") or told.reason != Reason.FIRST_READING:
        raise BadPayload("event", f"change {told.change[:60]!r}, reason {told.reason[:60]!r} of many points: not of a first reading")
    if not 0 < len(told.points) == len(told.values) <= MOST_RETURNS:
        raise BadPayload("event", f"{len(told.points)} points, {len(told.values)} values; as many, at most {MOST_RETURNS}")
    for point, value in zip(told.points, told.values, strict=True):
        yield Event(
            point,
            told.rule,
            told.change,
            told.time,
            value,
            told.limit,
            told.quality,
            told.clause,
            told.reason,
            told.decided,
            told.pack,
        )
