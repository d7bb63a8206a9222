"""Findings of the models: kept as they were said, once, and nothing of an official alarm depends on them."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.clock import MINUTE, SECOND
from contracts.payload import EVENT_STREAM, Event, Finding
from contracts.topics import Lane
from store.records import findings
from tests.ingest.desk import GATEWAY, NOW, Desk, item, registry_item

EPOCH = "00000000000000e1"
FOUND = Finding("gas_accumulation", "face-1", ["T01"], NOW - MINUTE, NOW, 0, 0.8, NOW, "3@abc", {"T01": 1.4})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.take(registry_item(), lane=Lane.REPLAY)
    return desk


def kept(desk: Desk) -> list[findings.FindingRow]:
    with desk.records.read() as db:
        return findings.listing(db, "mine")


def test_a_finding_is_kept_held_and_ended_by_a_later_word(desk: Desk) -> None:
    desk.take(item(FOUND, 0, EPOCH), lane=Lane.EVENT)
    desk.take(item(replace(FOUND, time=NOW + SECOND, ended=NOW + SECOND, sure=0.9), 1, EPOCH), lane=Lane.EVENT, now=NOW + MINUTE)

    (row,) = kept(desk)
    assert (row.kind, row.points, row.parts, row.ended, row.sure) == ("gas_accumulation", ("T01",), {"T01": 1.4}, NOW + SECOND, 0.9)
    assert all(desk.holdings.of(str(GATEWAY)).has(EPOCH, EVENT_STREAM, seq) for seq in (0, 1))


def test_a_word_that_comes_late_or_twice_changes_nothing(desk: Desk) -> None:
    ended = replace(FOUND, time=NOW + SECOND, ended=NOW + SECOND)
    for seq, body in enumerate((ended, ended, FOUND)):
        desk.take(item(body, seq, EPOCH), lane=Lane.EVENT, now=NOW + MINUTE)

    assert [row.ended for row in kept(desk)] == [NOW + SECOND]


def test_no_alarm_is_raised_or_ended_by_a_finding(desk: Desk) -> None:
    desk.take(item(Event("T01", "limit.alarm", "raise", NOW, 1.2, 1.0, 0, "Art.536", "limit_reached", NOW), 0, EPOCH), lane=Lane.EVENT)

    outcome = desk.take(item(FOUND, 1, EPOCH), lane=Lane.EVENT)

    with desk.records.read() as db:
        assert [(row.point, row.active) for row in desk.journal.active(db)] == [("T01", True)]
    assert not outcome.alarmed


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""},
        {"subject": "x" * 121},
        {"sure": 1.5},
        {"sure": float("nan")},
        {"parts": {"T01": float("inf")}},
        {"since": NOW + SECOND},
        {"time": NOW + 60 * MINUTE},
        {"ended": NOW - 2 * MINUTE},
        {"points": ["T01"] * 201},
    ],
    ids=str,
)
def test_what_no_model_of_ours_can_have_said_is_a_dead_letter(desk: Desk, wrong: dict[str, object]) -> None:
    outcome = desk.take(item(replace(FOUND, **wrong), 0, EPOCH), lane=Lane.EVENT)

    assert kept(desk) == []
    assert sum(outcome.reasons.values()) == 1
