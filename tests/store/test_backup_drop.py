"""Raw readings are dropped only where a whole backup has every one of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.clock import DAY, ManualClock
from store.backup import Damaged, Made, back_up, drop_before
from store.backup.drop import NotBackedUp
from store.embedded import EmbeddedStore
from store.records.engine import Records, open_records
from tests.store.conftest import NOON, delivery_of

pytestmark = pytest.mark.slow

CLOCK = ManualClock(NOON)


@pytest.fixture
def records() -> Iterator[Records]:
    opened = open_records("sqlite://")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Three days, two readings each."""
    opened = EmbeddedStore(tmp_path / "store")
    for day in range(3):
        put(opened, day, 2 * day, 2 * day + 1)
    yield opened
    opened.close()


def put(store: EmbeddedStore, day: int, *seqs: int) -> None:
    for seq in seqs:
        store.append([delivery_of(seq, [(0, day * 86_400 + seq, seq + 0.5, 0)], received=NOON + day * DAY)])


def made(store: EmbeddedStore, records: Records, tmp_path: Path) -> Made:
    return back_up(store, records, tmp_path / "backups", CLOCK, "test")


def test_what_a_backup_has_is_dropped_and_what_proves_that_it_was_held_stays(
    store: EmbeddedStore, records: Records, tmp_path: Path
) -> None:
    place = made(store, records, tmp_path).place
    held = store.held("north/gw1")
    assert drop_before(store, NOON + 2 * DAY - DAY // 2, place) == 4
    assert store.count("north", 0, 1 << 60) == {"T00": 2}
    assert store.held("north/gw1") == held


def test_it_may_have_been_sealed_since(store: EmbeddedStore, records: Records, tmp_path: Path) -> None:
    place = made(store, records, tmp_path).place
    assert store.seal() == 2
    assert drop_before(store, NOON + DAY, place) == 2


def test_what_came_after_the_backup_is_not_dropped(store: EmbeddedStore, records: Records, tmp_path: Path) -> None:
    place = made(store, records, tmp_path).place
    put(store, 2, 6)
    with pytest.raises(NotBackedUp, match="partition 3"):
        drop_before(store, NOON + 9 * DAY, place)
    assert store.count("north", 0, 1 << 60) == {"T00": 7}
    assert drop_before(store, NOON + DAY, place) == 2


def test_the_backup_of_another_store_is_none(store: EmbeddedStore, records: Records, tmp_path: Path) -> None:
    other = EmbeddedStore(tmp_path / "other")
    for day in range(3):
        put(other, day, 2 * day + 10, 2 * day + 11)
    place = made(other, records, tmp_path).place
    other.close()
    with pytest.raises(NotBackedUp, match="partition 1"):
        drop_before(store, NOON + DAY, place)


def test_a_damaged_backup_is_none(store: EmbeddedStore, records: Records, tmp_path: Path) -> None:
    place = made(store, records, tmp_path).place
    (file,) = place.glob("store/000001-*")
    file.write_bytes(file.read_bytes()[:-1] + b"\0x")
    with pytest.raises(Damaged, match="000001"):
        drop_before(store, NOON + DAY, place)
    with pytest.raises(Damaged, match="cannot be read"):
        drop_before(store, NOON + DAY, tmp_path / "nowhere")
    assert store.count("north", 0, 1 << 60) == {"T00": 6}
