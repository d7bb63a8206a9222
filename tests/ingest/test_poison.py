"""An item that always ends in an error holds up nobody, and becomes a dead letter with that error; trouble of a database is nobody's."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from contracts.clock import DAY, SECOND
from contracts.digest import item_digest
from contracts.errors import Retry
from contracts.payload import EVENT_STREAM, Event
from contracts.topics import Lane
from ingest import worker
from ingest.pipeline import Opened
from ingest.suspects import DEATHS
from store.records import counters, deadletters
from tests.ingest.desk import EPOCH, GATEWAY, NOW, Desk, data_item, item, registry_item

NAME = str(GATEWAY)
OTHER = "00000000000000bb"
POISON = item(Event("T01", "limit.alarm", "raise", NOW, 66.6, 1.0, 0, "c", "r", NOW), 0, OTHER)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    real = desk.journal.event

    def event(db: object, mine: str, gateway: str, told: Event, *rest: object) -> object:
        if told.value == 66.6:
            raise ZeroDivisionError("66.6 cannot be journalled")
        return real(db, mine, gateway, told, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.journal, "event", event)
    desk.take(registry_item())
    return desk


def dead(desk: Desk) -> list[tuple[str, str]]:
    with desk.records.read() as db:
        return [(letter.reason, letter.detail) for letter in deadletters.listing(db)]


def good(n: int) -> bytes:
    return data_item(n, at=NOW + n * SECOND)


def test_the_others_of_its_group_are_stored_and_receipted_at_once(desk: Desk) -> None:
    desk.take(good(1), lane=Lane.LIVE)

    outcome = desk.take(POISON, item(Event("T01", "nobody's", "raise", NOW, 1.0, 1.0, 0, "", "r", NOW), 1, OTHER), lane=Lane.EVENT)

    assert GATEWAY in outcome.touched
    assert desk.holdings.of(NAME).has(OTHER, EVENT_STREAM, 1)
    assert not desk.holdings.of(NAME).has(OTHER, EVENT_STREAM, 0)


def test_after_three_failures_it_is_a_dead_letter_with_the_error_as_its_reason_also_over_restarts(desk: Desk) -> None:
    for n in range(1, DEATHS + 1):
        assert dead(desk) == []
        desk.take(good(n))
        with pytest.raises(ZeroDivisionError):
            desk.take(POISON, lane=Lane.EVENT)
        desk.restart()

    outcome = desk.take(POISON, lane=Lane.EVENT)

    assert dead(desk) == [("poison", f"failed {DEATHS} times, at last with ZeroDivisionError: 66.6 cannot be journalled")]
    assert outcome.reasons == {"poison": 1}
    assert desk.holdings.of(NAME).has(OTHER, EVENT_STREAM, 0)
    assert desk.worker.suspects.deaths == {}


def test_what_was_stored_before_the_group_failed_is_seen_and_is_no_duplicate(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = data_item(2, at=NOW + 2 * SECOND)
    real = desk.recorder.record

    def record(group: object, now: int, outcome: object) -> None:
        if any(placed.opened.identity.digest == item_digest(bad) for placed in group.placed):  # type: ignore[attr-defined]
            raise KeyError("after the store")
        real(group, now, outcome)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.recorder, "record", record)

    outcome = desk.take(good(1), bad, good(3))

    assert sum(len(block) for _, _, block, _ in outcome.blocks) == 6
    assert [(first, last) for first, last, _ in desk.holdings.of(NAME).held[EPOCH, "data"]] == [(0, 3)]
    with desk.records.read() as db:
        assert counters.of(db, NAME, NOW - NOW % DAY) == {}


@pytest.mark.parametrize("trouble", [Retry("away"), OSError(28, "full"), OperationalError("s", {}, Exception("locked"))], ids=str)
def test_trouble_of_a_database_never_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    def refuse(*_: object) -> None:
        raise trouble

    for n in range(1, DEATHS + 3):
        desk.take(good(n))
        with monkeypatch.context() as down:
            down.setattr(desk.store, "append", refuse)
            with pytest.raises(type(trouble)):
                desk.take(good(90), good(91))
        desk.restart()

    assert desk.worker.suspects.deaths == {}
    desk.take(good(90), good(91))
    assert dead(desk) == []


def test_where_nothing_can_be_committed_no_item_is_blamed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("a defect of ours")

    with monkeypatch.context() as defect:
        defect.setattr(desk.store, "append", broken)
        for _ in range(DEATHS + 3):
            with pytest.raises(TypeError):
                desk.take(good(1), good(2))

    desk.take(good(1), good(2))

    assert dead(desk) == []
    assert len(desk.values()) == 2


class Death(BaseException):
    """The process is gone."""


def test_a_death_over_an_item_that_waited_for_its_registry_is_its_own_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, real = Desk(tmp_path), worker.place
    poison, registry = data_item(1, 6.66), registry_item()

    def deadly(opened: Opened, *rest: object) -> object:
        if opened.identity.digest == item_digest(poison):
            raise Death
        return real(opened, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "place", deadly)
    desk.take(poison)
    with pytest.raises(Death):
        desk.take(registry)
    desk.restart()

    assert desk.worker.suspects.deaths == {item_digest(poison): 1}
