"""A reading that the database refuses: its item is a dead letter with the database's reason, the line goes on, and it can be replayed."""

from collections.abc import Sequence
from pathlib import Path

from contracts.payload import DATA_STREAM
from ingest.revival import Revival
from store.interface import Appended, Delivery, RefusedReading
from store.memory import MemoryStore
from store.records import deadletters
from tests.ingest.desk import EPOCH, GATEWAY, NOW, Desk, data_item, registry_item

NAME = str(GATEWAY)
REASON = "field type conflict"


class PickyStore(MemoryStore):
    """Will not have the items whose numbers are in `refuses`."""

    refuses: frozenset[int] = frozenset()

    def append(self, deliveries: Sequence[Delivery]) -> Appended:
        bad = [at for at, delivery in enumerate(deliveries) if delivery.seq in self.refuses]
        good = iter(super().append([delivery for at, delivery in enumerate(deliveries) if at not in bad]).stored)
        stored = [at not in bad and next(good) for at in range(len(deliveries))]
        return Appended(stored, 0, [RefusedReading(at, "T01", NOW, REASON) for at in bad])


def desk_of(folder: Path) -> Desk:
    desk = Desk(folder, store=PickyStore())
    desk.store.refuses = frozenset({2})
    desk.take(registry_item(), data_item(1), data_item(2), data_item(3))
    return desk


def test_it_is_dead_with_the_reason_and_receipted_and_the_others_are_stored(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    with desk.records.read() as db:
        (letter,) = deadletters.listing(db)
    assert (letter.reason, letter.seq) == ("store-refused", 2)
    assert "T01 at" in letter.detail
    assert REASON in letter.detail
    holding = desk.holdings.of(NAME)
    assert [row[:2] for row in holding.held[EPOCH, DATA_STREAM]] == [(0, 3)]
    assert [row[:2] for row in holding.dead[EPOCH, DATA_STREAM]] == [(2, 2)]
    assert desk.store.digest_of(NAME, EPOCH, 2) is None


def test_the_same_after_a_restart(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    desk.restart()
    assert [row[:2] for row in desk.holdings.of(NAME).dead[EPOCH, DATA_STREAM]] == [(2, 2)]
    assert desk.take(data_item(2)).duplicates == 1


def test_a_replay_stores_it_when_the_database_will_have_it(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    revival = Revival(desk.holdings, desk.recorder, 1 << 60)
    again = revival.replay(1, NOW)
    assert (again.outcome, REASON in again.reason) == ("refused", True)
    desk.store.refuses = frozenset()
    assert revival.replay(1, NOW).outcome == "stored"
    assert desk.store.digest_of(NAME, EPOCH, 2) is not None
