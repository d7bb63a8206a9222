"""What is sent next: events before live before backlog, within the credit, and nothing twice without a reason."""

from pathlib import Path

import pytest

from contracts.clock import SECOND
from contracts.digest import MASK, item_digest
from contracts.payload import Batch, Event, Receipt, RegistryPart, Told
from contracts.ranges import Ranges
from contracts.topics import Lane
from edge_agent.lanes import FIRST_CREDIT, LIVE_BEHIND, Lanes, Pick
from edge_agent.outbox import Outbox

EVENT = Event("T01", "limit.alarm", "raise", 1, 1.0, 1.0, 0, "Art.536", "limit_reached", 1)


@pytest.fixture
def data(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "data", "data")


@pytest.fixture
def event(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "event", "event")


def make(box: Outbox, n: int) -> None:
    for _ in range(n):
        box.append(Batch("0" * 16, 1, [0, 1], [0, 1], bytes(8)), 1) if box.stream == "data" else box.append(EVENT, 1)
    box.commit()


def send(lanes: Lanes, most: int = 1000) -> list[Pick]:
    out: list[Pick] = []
    while len(out) < most and (pick := lanes.next(backlog=True)):
        lanes.sent(pick, SECOND)
        out.append(pick)
    return out


def receipt(box: Outbox, first: int, last: int, credit: int = 1 << 20) -> Receipt:
    digest = sum(item_digest(box.read(box.epoch, seq) or b"") for seq in range(first, last + 1)) & MASK
    return Receipt(1, "g", 1, 1, credit, [Told(box.epoch, box.stream, last, [(first, last, digest)])])


def test_events_go_first_then_live_data_then_the_backlog(data: Outbox, event: Outbox) -> None:
    make(data, 2)
    lanes = Lanes(data, event)
    make(data, 1)
    make(event, 1)

    assert [(pick.lane, pick.seq) for pick in send(lanes)] == [(Lane.EVENT, 0), (Lane.LIVE, 2), (Lane.REPLAY, 0), (Lane.REPLAY, 1)]


def test_nothing_is_sent_twice_on_one_connection(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 5)

    assert len(send(lanes)) == 5
    assert send(lanes) == []


def test_a_new_connection_sends_what_was_not_received_as_backlog(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 5)
    send(lanes)
    lanes.told(receipt(data, 0, 2), 2 * SECOND)
    lanes.restart()

    assert [(pick.lane, pick.seq) for pick in send(lanes)] == [(Lane.REPLAY, 3), (Lane.REPLAY, 4)]


def test_bytes_in_flight_stay_within_the_credit_but_one_item_may_always_go(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 10)
    lanes.credit = 1
    assert len(send(lanes)) == 1

    lanes.told(receipt(data, 0, 0, credit=3 * len(data.read(data.epoch, 0) or b"")), SECOND)
    assert len(send(lanes)) == 3
    assert lanes.in_flight <= lanes.credit


def test_a_new_connection_begins_with_the_first_credit(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 1)
    lanes.told(receipt(data, 0, 0, credit=1 << 24), SECOND)
    assert lanes.credit == 1 << 24

    lanes.restart()

    assert lanes.credit == FIRST_CREDIT


@pytest.mark.parametrize("of_an_older_epoch", [False, True])
def test_a_registry_larger_than_the_credit_goes_whole_and_only_the_registry(tmp_path: Path, event: Outbox, of_an_older_epoch: bool) -> None:
    box = Outbox(tmp_path / "data", "data")
    for at in range(5):
        box.append(RegistryPart("0" * 16, at, 5, b"x" * 1000), 1)
    make(box, 3)
    if of_an_older_epoch:
        box.close()
        box = Outbox(tmp_path / "data", "data")
    lanes = Lanes(box, event)
    lanes.credit, lanes.registry_items = 2000, 0 if of_an_older_epoch else 5

    assert [pick.seq for pick in send(lanes)] == [0, 1, 2, 3, 4]


def test_the_backlog_leaves_a_quarter_of_the_credit_to_live_data(data: Outbox, event: Outbox) -> None:
    make(data, 100)
    lanes = Lanes(data, event)
    size = len(data.read(data.epoch, 0) or b"")
    lanes.credit = 20 * size
    replayed = send(lanes)
    make(data, 1)

    assert 14 <= len(replayed) <= 15
    assert [pick.lane for pick in send(lanes)] == [Lane.LIVE]


def test_live_data_that_fell_behind_become_backlog_so_that_live_means_now(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, LIVE_BEHIND + 11)

    first = send(lanes, 1)[0]

    assert (first.lane, first.seq) == (Lane.LIVE, LIVE_BEHIND + 10)
    assert [pick.seq for pick in send(lanes)] == list(range(LIVE_BEHIND + 10))


def test_items_in_flight_are_overdue_after_three_usual_waits(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 1)
    send(lanes)

    assert not lanes.overdue(SECOND + 3 * SECOND)
    assert lanes.overdue(SECOND + 3 * SECOND + 1)


def test_only_what_was_sent_before_the_question_counts_as_unsent_after_the_answer(data: Outbox, event: Outbox) -> None:
    lanes = Lanes(data, event)
    make(data, 1)
    send(lanes)
    make(data, 1)
    pick = lanes.next(backlog=True)
    assert pick is not None
    lanes.sent(pick, 5 * SECOND)

    lanes.resend(before=3 * SECOND)

    assert [pick.seq for pick in send(lanes)] == [0]


def test_the_registry_of_the_epoch_goes_before_its_live_data_however_long_the_backlog(tmp_path: Path, event: Outbox) -> None:
    old = Outbox(tmp_path / "data", "data")
    make(old, 50)
    old.close()
    data = Outbox(tmp_path / "data", "data")
    make(data, 2)
    lanes = Lanes(data, event)
    lanes.registry_items = 2
    make(data, 1)

    picks = [(pick.lane, pick.epoch == data.epoch, pick.seq) for pick in send(lanes, 4)]

    assert picks == [(Lane.REPLAY, True, 0), (Lane.REPLAY, True, 1), (Lane.LIVE, True, 2), (Lane.REPLAY, False, 0)]


@pytest.mark.parametrize("known", [False, True])
def test_an_event_waits_for_a_registry_that_the_centre_never_had_and_goes_ahead_of_one_it_had(
    data: Outbox, event: Outbox, *, known: bool
) -> None:
    make(data, 3)
    make(event, 1)
    lanes = Lanes(data, event)
    lanes.registry_items, lanes.registry_known = 2, known

    picks = [(pick.stream, pick.seq) for pick in send(lanes, 3)]

    registry = [("data", 0), ("data", 1)]
    assert picks == ([("event", 0), *registry] if known else [*registry, ("event", 0)])


def test_a_registry_is_held_when_every_piece_of_it_was_received(data: Outbox, event: Outbox) -> None:
    make(data, 3)
    lanes = Lanes(data, event)
    lanes.registry_items = 2
    told = []
    for received in ([], [1], [0, 1]):
        data.current.received = Ranges((seq, seq, 0) for seq in received)
        told.append(lanes.registry_held)
    lanes.registry_items = 0

    assert [*told, lanes.registry_held] == [False, False, True, False]
