"""What becomes of an item: stored, waiting, dead with a reason, duplicate or conflict; and what the receipt says of it."""

from pathlib import Path

import pytest

from contracts.clock import DAY, MINUTE, SECOND
from contracts.payload import CLOCK_SET_BACK, DATA_STREAM, EVENT_STREAM, Event, Extent, Lost, RegistryPart
from contracts.topics import Lane
from ingest.suspects import DEATHS, Suspects
from store.records import counters, deadletters, losses
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

NAME = str(GATEWAY)
OTHER = "00000000000000bb"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def dead(desk: Desk) -> list[str]:
    with desk.records.read() as db:
        return [letter.reason for letter in deadletters.listing(db)]


def held(desk: Desk, stream: str = DATA_STREAM) -> list[tuple[int, int]]:
    ranges = desk.holdings.of(NAME).held.get((EPOCH, stream), [])
    return [(first, last) for first, last, _ in ranges]


def test_readings_are_stored_and_held(desk: Desk) -> None:
    outcome = desk.take(registry_item(), data_item(1), data_item(2, at=NOW + SECOND))

    assert outcome.stored == 2
    assert held(desk) == [(0, 2)]
    assert desk.values() == [(NOW, 0.5, 0), (NOW + SECOND, 0.5, 0)]


def test_data_wait_for_their_registry_unreceipted_and_come_when_it_comes(desk: Desk) -> None:
    assert desk.take(data_item(1), data_item(1)).waiting >= 1
    assert held(desk) == []

    desk.take(registry_item())

    assert held(desk) == [(0, 1)]
    assert len(desk.values()) == 1


def test_a_registry_in_pieces_is_held_only_when_it_is_whole(desk: Desk) -> None:
    data = REGISTRY.data
    first, second = RegistryPart(REGISTRY.name, 0, 2, data[:100]), RegistryPart(REGISTRY.name, 1, 2, data[100:])
    desk.take(item(second, 1))
    assert held(desk) == []

    desk.take(item(first, 0), data_item(2))

    assert held(desk) == [(0, 2)]


def test_a_refused_registry_takes_its_data_along_to_the_dead_letters(desk: Desk) -> None:
    desk.take(data_item(1))
    desk.take(item(RegistryPart(REGISTRY.name, 0, 1, REGISTRY.data[:-1] + b" "), 0))
    desk.take(data_item(2))

    assert dead(desk) == ["registry-refused"] * 3
    assert held(desk) == [(0, 2)]


def test_the_same_item_again_is_a_duplicate_and_changes_nothing(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1), data_item(1))
    desk.restart()
    desk.take(data_item(1))

    assert len(desk.values()) == 1
    assert dead(desk) == []
    with desk.records.read() as db:
        assert counters.of(db, NAME, NOW - NOW % DAY) == {"duplicate": 2}


def test_the_same_number_with_other_content_is_kept_as_a_conflict_and_alarmed_once(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1, 0.5))
    for _ in range(3):
        desk.take(data_item(1, 0.9))

    assert dead(desk) == ["conflict"]
    assert desk.values() == [(NOW, 0.5, 0)]
    with desk.records.read() as db:
        assert [row.rule for row in desk.journal.active(db)] == ["gateway.conflict"]


@pytest.mark.parametrize(
    ("payload", "lane", "reason"),
    [
        (b"\xff\x00 junk", Lane.LIVE, "malformed"),
        (b"", Lane.LIVE, "empty"),
        (bytes(70_000), Lane.LIVE, "too-large"),
        (data_item(1, at=NOW + 6 * MINUTE), Lane.LIVE, "future"),
        (data_item(1, at=NOW - 91 * DAY), Lane.REPLAY, "too-old"),
        (data_item(1), Lane.EVENT, "wrong-lane"),
        (item(Event("T01", "nobody's rule", "raise", NOW, 1.0, 1.0, 0, "", "r", NOW), 1), Lane.EVENT, "event"),
        (item(Lost("data", EPOCH, 5, 4, "r"), 1), Lane.EVENT, "lost"),
    ],
)
def test_what_is_refused_is_kept_with_its_reason_and_good_items_beside_it_flow(desk: Desk, payload: bytes, lane: Lane, reason: str) -> None:
    desk.take(registry_item())
    desk.take(payload, lane=lane)
    desk.take(data_item(7))

    assert dead(desk) == [reason]
    assert len(desk.values()) == 1


def test_what_is_refused_of_the_event_stream_is_counted_by_its_reason_and_told_as_dead(desk: Desk) -> None:
    nobodys = item(Event("T01", "nobody's rule", "raise", NOW, 1.0, 1.0, 0, "", "r", NOW), 0, OTHER)

    outcome = desk.take(nobodys, item(Lost("data", EPOCH, 5, 4, "r"), 1, OTHER), lane=Lane.EVENT)

    assert (outcome.refused, outcome.reasons) == (2, {"event": 1, "lost": 1})
    desk.bear(Extent(OTHER, EVENT_STREAM, 2, 0, False))
    receipt = desk.holdings.receipt(GATEWAY, 1000)
    assert receipt is not None
    assert (receipt.epochs[0].through, receipt.epochs[0].dead) == (1, [(0, 1)])


def test_a_dead_letter_earns_its_receipt_once(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1, at=NOW + DAY), data_item(1, at=NOW + DAY))
    desk.take(data_item(1, at=NOW + DAY))
    desk.restart()

    assert dead(desk) == ["future"]
    assert held(desk) == [(0, 1)]
    desk.bear(Extent(EPOCH, DATA_STREAM, 2, 0, False))
    receipt = desk.holdings.receipt(GATEWAY, 1000)
    assert receipt is not None
    assert (receipt.epochs[0].through, receipt.epochs[0].dead) == (1, [(1, 1)])


def test_an_impossible_value_is_stored_as_it_came_with_a_quality_bit(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1, -266.0), data_item(2, float("nan"), at=NOW + SECOND))

    series = desk.store.series("mine", "T01", 0, 1 << 62)
    assert series.value[0] == -266.0
    assert series.quality.tolist() == [1024, 512]


def test_two_readings_of_one_time_are_both_kept_where_a_clock_was_set_back(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1, 0.5), data_item(2, 0.7, flags=CLOCK_SET_BACK), data_item(3, 0.5, flags=CLOCK_SET_BACK))

    assert desk.values() == [(NOW, 0.5, 0), (NOW, 0.7, 1)]


@pytest.mark.parametrize("between", ["one group", "two groups", "a restart"])
def test_what_a_set_back_clock_read_may_overtake_what_it_read_before(desk: Desk, between: str) -> None:
    """Live data go ahead of the backlog: the reading that was made first, and is marked by nothing, comes last."""
    again = [data_item(at, value, at=NOW + at * SECOND, flags=CLOCK_SET_BACK) for at, value in ((4, 0.7), (5, 0.5))]
    first = [data_item(at - 3, 0.5, at=NOW + at * SECOND) for at in (4, 5)]
    desk.take(registry_item(), *again, *(first if between == "one group" else ()))
    if between == "a restart":
        desk.restart()
    if between != "one group":
        desk.take(*first)

    assert desk.values() == [(NOW + 4 * SECOND, 0.7, 0), (NOW + 4 * SECOND, 0.5, 1), (NOW + 5 * SECOND, 0.5, 0)]


def test_only_times_that_came_again_are_in_doubt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    doubt = list[bool]()
    append = desk.store.append
    monkeypatch.setattr(desk.store, "append", lambda some: doubt.extend(one.doubt for one in some) or append(some))
    desk.take(registry_item(), data_item(5, 0.7, at=NOW + 5 * SECOND, flags=CLOCK_SET_BACK))
    desk.take(*(data_item(at, 0.5, at=NOW + at * SECOND) for at in (4, 6)))

    assert doubt == [True, False, False]


def test_another_epoch_in_the_same_span_is_in_doubt_by_itself(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1, 0.5), data_item(2, 0.5, at=NOW + SECOND))
    desk.take(data_item(1, 0.8, epoch=OTHER), data_item(2, 0.5, at=NOW + SECOND, epoch=OTHER))

    assert desk.values() == [(NOW, 0.5, 0), (NOW, 0.8, 1), (NOW + SECOND, 0.5, 0)]


def test_lost_is_weak_if_the_item_comes_after_all_the_ledger_is_corrected(desk: Desk) -> None:
    desk.take(registry_item())
    desk.take(item(Lost(DATA_STREAM, EPOCH, 1, 3, "torn tail"), 0, epoch=OTHER), lane=Lane.EVENT)
    desk.take(data_item(2))

    with desk.records.read() as db:
        assert [(loss.first, loss.last) for loss in losses.of(db, NAME)] == [(1, 1), (3, 3)]
    desk.bear(Extent(EPOCH, DATA_STREAM, 4, 0, True))
    receipt = desk.holdings.receipt(GATEWAY, 1000)
    assert receipt is not None
    assert (receipt.epochs[0].through, receipt.epochs[0].lost) == (3, [(1, 1), (3, 3)])
    assert [(first, last) for first, last, _ in receipt.epochs[0].held] == [(0, 0), (2, 2)]


def test_what_is_held_is_known_again_after_a_restart(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1), data_item(2, at=NOW + DAY))
    before = list(desk.holdings.of(NAME).held[EPOCH, DATA_STREAM])
    desk.restart()

    assert list(desk.holdings.of(NAME).held[EPOCH, DATA_STREAM]) == before


def test_a_gateway_that_was_told_more_than_is_held_means_the_centre_was_put_back(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1))
    generation = desk.store.generation

    assert not desk.bear(Extent(EPOCH, DATA_STREAM, 9, 0, False, "", 1), generation=generation)
    assert desk.bear(Extent(EPOCH, DATA_STREAM, 9, 0, False, "", 5), generation=generation, nonce=2)
    assert desk.store.generation != generation
    assert not desk.bear(Extent(EPOCH, DATA_STREAM, 9, 0, False, "", 5), generation=generation, nonce=3)


def test_store_and_records_of_different_generations_are_reconciled_before_the_first_receipt(desk: Desk) -> None:
    desk.take(registry_item(), data_item(1))
    desk.store.renew()
    generation = desk.store.generation
    desk.restart()

    assert desk.store.generation != generation


def test_two_epochs_alternating_are_a_cloned_gateway(desk: Desk) -> None:
    for nonce, epoch in enumerate((EPOCH, OTHER, EPOCH)):
        desk.bear(Extent(epoch, DATA_STREAM, 0, 0, False), nonce=nonce)

    with desk.records.read() as db:
        assert [row.rule for row in desk.journal.active(db)] == ["gateway.conflict"]


def test_an_item_present_at_three_deaths_is_dead_lettered_alone(desk: Desk) -> None:
    poison, bystander = data_item(1), data_item(2, at=NOW + SECOND)
    from contracts.digest import item_digest  # noqa: PLC0415

    desk.take(registry_item())
    suspects = Suspects(desk.folder)
    suspects.take([item_digest(poison), item_digest(bystander)])
    for _ in range(DEATHS - 1):
        suspects = Suspects(desk.folder)
        suspects.take([item_digest(poison)])
    desk.restart()

    desk.take(poison, bystander)

    assert dead(desk) == ["poison"]
    assert held(desk) == [(0, 2)]
    assert desk.values() == [(NOW + SECOND, 0.5, 0)]
    assert Suspects(desk.folder).deaths == {}


def test_an_exceedance_told_late_with_its_end_is_a_past_alarm_that_waits_for_acknowledgement(desk: Desk) -> None:
    desk.take(registry_item())
    desk.bear(Extent(EPOCH, DATA_STREAM, 1, 0, False))
    began, ended = NOW - 10 * MINUTE, NOW - 8 * MINUTE
    up = Event("T01", "limit.alarm", "raise", began, 1.2, 1.0, 0, "CMSR2025 Art.536, Table 19", "limit_reached", began)
    down = Event("T01", "limit.alarm", "return", ended, 0.4, 1.0, 0, "CMSR2025 Art.536, Table 19", "below_deadband", ended)

    desk.take(item(up, 0, OTHER), item(down, 1, OTHER), lane=Lane.EVENT)

    with desk.records.read() as db:
        [alarm] = desk.journal.active(db)
    assert (alarm.state, alarm.late, alarm.active) == ("returned_unacknowledged", True, False)
    assert desk.holdings.of(NAME).has(OTHER, EVENT_STREAM, 1)
