"""First states of many points come in one item: it is received, and what a gateway left open before its restart ends."""

from pathlib import Path

import pytest

from contracts.clock import MINUTE, SECOND
from contracts.payload import EVENT_STREAM, Event, Returns
from contracts.topics import Lane
from tests.ingest.desk import GATEWAY, NOW, Desk, item, registry_item

EVENTS, AGAIN = "00000000000000e1", "00000000000000e2"
RAISED = Event("T01", "limit.alarm", "raise", NOW, 1.2, 1.0, 0, "Art.536", "limit_reached", NOW)
FIRST = Returns("*", "return", NOW + SECOND, "first_reading", NOW + SECOND, ["T01", "W01"], [0.2, 1.5])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.take(registry_item(), lane=Lane.REPLAY)
    desk.take(item(RAISED, 0, EVENTS), lane=Lane.EVENT)
    return desk


def active(desk: Desk) -> list[bool]:
    with desk.records.read() as db:
        return [row.active for row in desk.journal.active(db)]


def test_an_alarm_left_open_before_a_restart_ends_and_the_item_is_held(desk: Desk) -> None:
    assert active(desk) == [True]

    outcome = desk.take(item(FIRST, 0, AGAIN), lane=Lane.EVENT, now=NOW + MINUTE)

    assert active(desk) == [False]
    assert outcome.alarmed == {"mine"}
    assert desk.holdings.of(str(GATEWAY)).has(AGAIN, EVENT_STREAM, 0)


def test_one_that_no_rule_can_have_made_is_a_dead_letter_and_changes_nothing(desk: Desk) -> None:
    wrong = Returns("*", "return", NOW + SECOND, "because", NOW + SECOND, ["T01", "W01"], [0.2, 1.5])

    outcome = desk.take(item(wrong, 0, AGAIN), lane=Lane.EVENT, now=NOW + MINUTE)

    assert outcome.reasons == {"event": 1}
    assert active(desk) == [True]
