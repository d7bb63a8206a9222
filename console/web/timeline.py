"""The timeline of an alarm as people see it: every step with who decided it when, by whose clock, and who was told."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from alerts.journal import Timeline
from console.web.alarms import alarm_view, step_view
from console.web.board import in_words
from console.web.plant import Plant
from console.web.shapes_alarms import AlarmStory, NoticeView, StepView
from contracts.clock import SECOND, iso
from store.records.alarms import AlarmRow, TransitionRow
from store.records.deliveries import DeliveryRow
from store.records.items import made_of
from store.records.messages import sizes_of

FROM_THE_EDGE = ("raise", "cut", "return", "restore", "past", "filed")


def story_of(plant: Plant, db: Connection, found: Timeline) -> AlarmStory:
    """An alarm with its steps, their messages and the clock of its gateway."""
    told: dict[int, list[DeliveryRow]] = {}
    for row in found.deliveries:
        told.setdefault(row.transition_id, []).append(row)
    sizes = sizes_of(db, (row.message_id for row in found.deliveries))
    steps = [_step(db, found.alarm, row, told.get(row.id, []), sizes) for row in found.transitions]
    gateway = plant.live.gateways.get(found.alarm.gateway)
    offset = gateway.clock_offset / SECOND if gateway is not None and gateway.born else None
    return AlarmStory(alarm_view(found.alarm, plant.limits), steps, offset)


def _step(db: Connection, alarm: AlarmRow, row: TransitionRow, told: list[DeliveryRow], sizes: Mapping[int, int]) -> StepView:
    edge = row.change in FROM_THE_EDGE and row.decided != row.received
    sent = made_of(db, alarm.gateway, row.decided, row.received) if edge else None
    notices = [notice_view(one, row.received, sizes.get(one.message_id or 0, 1)) for one in told]
    return replace(step_view(row), detail=row.detail, sent=None if sent is None else iso(sent), sent_us=sent, notices=notices)


def notice_view(row: DeliveryRow, received: int, parts: int = 1) -> NoticeView:
    """One message; `received`: of the step it tells, at the centre; `parts`: how many steps are in the message."""
    after = None if row.settled is None else round((row.settled - received) / SECOND, 3)
    moment = None if row.settled is None else iso(row.settled)
    words = in_words(f"notice.{row.state}")
    return NoticeView(row.recipient, row.channel, row.state, words, row.attempts, moment, row.settled, after, row.last_error, parts - 1)
