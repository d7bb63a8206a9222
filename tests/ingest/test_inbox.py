"""What is committed together: at most a group, live data and events ahead of a backlog, nothing ahead of a birth."""

from contracts.clock import SECOND
from contracts.payload import Birth
from contracts.topics import Lane
from ingest.inbox import MOST_BYTES_IN_GROUP, MOST_IN_GROUP, Entry, Inbox
from ingest.pipeline import Arrival
from tests.ingest.desk import GATEWAY, NOW, REGISTRY

BORN: Entry = (GATEWAY, Birth(1, "test", 1, NOW, "trusted", REGISTRY.name, "", SECOND, "", []), NOW)


def arrived(lane: Lane, name: str, size: int = 1) -> Arrival:
    return Arrival(GATEWAY, lane, name.encode().ljust(size), NOW)


def filled(*entries: Entry) -> Inbox:
    inbox = Inbox()
    for entry in entries:
        inbox.put(entry)
    return inbox


def names(group: list[Entry]) -> list[str]:
    return [entry.payload.decode().strip() if isinstance(entry, Arrival) else "birth" for entry in group]


def test_what_fits_into_a_group_is_taken_in_the_order_it_came() -> None:
    inbox = filled(arrived(Lane.REPLAY, "a"), arrived(Lane.LIVE, "b"), BORN, arrived(Lane.EVENT, "c"))

    assert not inbox.full
    assert names(inbox.take()) == ["a", "b", "birth", "c"]
    assert len(inbox) == 0


def test_live_data_and_events_go_ahead_of_a_backlog_that_is_more_than_a_group() -> None:
    backlog = [arrived(Lane.REPLAY, f"r{at}") for at in range(2 * MOST_IN_GROUP)]
    inbox = filled(*backlog, arrived(Lane.LIVE, "live"), arrived(Lane.EVENT, "event"))

    assert inbox.full
    first, second, third = (names(inbox.take()) for _ in range(3))
    assert first[:3] == ["live", "event", "r0"]
    assert [*first[2:], *second, *third] == [f"r{at}" for at in range(2 * MOST_IN_GROUP)]
    assert max(len(first), len(second), len(third)) == MOST_IN_GROUP


def test_nothing_goes_ahead_of_a_birth() -> None:
    backlog = [arrived(Lane.REPLAY, f"r{at}") for at in range(MOST_IN_GROUP)]
    inbox = filled(*backlog, BORN, arrived(Lane.LIVE, "after"))

    assert names(inbox.take()) == [f"r{at}" for at in range(MOST_IN_GROUP)]
    assert names(inbox.take()) == ["birth", "after"]


def test_a_group_has_so_many_bytes_and_one_item_at_least() -> None:
    large = MOST_BYTES_IN_GROUP // 3 + 1
    inbox = filled(*(arrived(Lane.REPLAY, name, large) for name in "abc"), arrived(Lane.REPLAY, "d", 2 * MOST_BYTES_IN_GROUP))

    assert inbox.full
    assert [names(inbox.take()) for _ in range(3)] == [["a", "b"], ["c"], ["d"]]


def test_what_is_more_than_a_group_is_told_apart_and_nothing_of_it_is_lost_or_twice() -> None:
    inbox, came, went = Inbox(), [f"l{at}" for at in range(3 * MOST_IN_GROUP)], list[str]()
    for at, name in enumerate(came):
        inbox.put(arrived(Lane.LIVE, name))
        if at % 700 == 699:
            went += names(inbox.take())
    while len(inbox):
        went += names(inbox.take())
    inbox.put(BORN)

    assert went == came
    assert names(inbox.take()) == ["birth"]
    assert not inbox.full


def test_a_gateway_has_its_room_whether_others_wait_or_not() -> None:
    inbox = Inbox(room=100)

    assert inbox.put(arrived(Lane.LIVE, "a", 60))
    assert not inbox.put(arrived(Lane.LIVE, "b", 60))
    assert inbox.put(arrived(Lane.LIVE, "c", 40))
    assert names(inbox.take()) == ["a", "c"]
    assert inbox.put(arrived(Lane.LIVE, "d", 90))
