"""The embedded store's statistics through kill -9, refused writes, and a store of the version before them."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest

from contracts.clock import DAY, SECOND
from store.embedded import EmbeddedStore
from store.embedded.partition import Partition
from store.embedded.shelf import Shelf
from store.interface import WINDOW, Delivery, Store

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
EVER = (0, 1 << 60)
Make = Callable[..., Delivery]

CHILD = f"""
import random, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("deliveries", {str(Path(__file__).with_name("conftest.py"))!r})
deliveries = module_from_spec(spec)
spec.loader.exec_module(deliveries)
from store.embedded import EmbeddedStore

folder, day = sys.argv[1], 86_400_000_000
store = EmbeddedStore(folder)
print("open", flush=True)
held = store.held("north/gw1").get("e1")
seq = held.through() + 1 if held else 0
while True:
    at = random.randint(0, 18) * 300
    rows = [(point, at + random.randint(0, 599), random.random(), point) for point in range(3) for _ in range(20)]
    store.append([deliveries.delivery_of(seq, rows, received=deliveries.NOON + seq // 40 * day, doubt=True)])
    seq += 1
    print(seq, flush=True)
    dirty = store.dirty()
    store.recompute(random.sample(dirty, len(dirty) // 2))
    if random.random() < 0.05:
        store.seal()
"""


def run_and_kill(folder: Path, after: float) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "open\n"
        assert child.stdout.readline() != ""
        time.sleep(after)  # any moment is the point
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def assert_true(store: Store, mine: str = "north", points: tuple[str, ...] = ("T00", "T01", "T02")) -> None:
    """What statistics say (widths of whole windows) is what raw readings say (a width that is none)."""
    for point in points:
        raw, found = store.series(mine, point, *EVER), store.buckets(mine, point, *EVER, WINDOW)
        starts, counts = np.unique(raw.time // WINDOW * WINDOW, return_counts=True)
        assert (found.start.tolist(), found.count.tolist()) == (starts.tolist(), counts.tolist())
        for at, low, mean, high, last in zip(found.start, found.minimum, found.mean, found.maximum, found.last, strict=True):
            values = raw.value[(raw.time >= at) & (raw.time < at + WINDOW)]
            assert (low, high, last) == (values.min(), values.max(), values[-1])
            assert mean == pytest.approx(values.mean(), rel=1e-12)


@pytest.mark.servers
@pytest.mark.parametrize("rounds", [3, pytest.param(15, marks=pytest.mark.long)])
def test_no_window_with_new_readings_is_clean_after_kill_9(tmp_path: Path, rounds: int) -> None:
    chance, dirty, clean = random.Random(), 0, 0
    for _ in range(rounds):
        run_and_kill(tmp_path, chance.uniform(0.3, 0.8))
        with closing(EmbeddedStore(tmp_path)) as store:
            assert_true(store)
            every = {at for point in ("T00", "T01", "T02") for at in store.buckets("north", point, *EVER, WINDOW).start.tolist()}
            dirty, clean = dirty + len(store.dirty()), clean + len(every - {at for _, at in store.dirty()})
    assert dirty > 0 < clean


def as_format_1(folder: Path) -> None:
    """What the version before statistics left behind."""
    (folder / "statistics.duckdb").unlink()
    for path in folder.glob("0*.duckdb"):
        with duckdb.connect(str(path)) as file:
            file.execute("drop table mark")
    with duckdb.connect(str(folder / "catalogue.duckdb")) as file:
        file.execute("update fact set value = '1' where key = 'format'")


def test_a_store_of_the_version_before_is_taken_over_whole(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([delivery(0), delivery(1, [(1, -1, 2.0, 0)]), delivery(0, gateway="south/gw")])
        store.append([delivery(2, [(0, 1000, 3.0, 0)], received=noon + DAY)])
        assert store.seal() == 1
        held = store.held("north/gw1")
    as_format_1(tmp_path)
    with closing(EmbeddedStore(tmp_path)) as store:
        assert store.dirty() == [("north", noon - WINDOW), ("north", noon), ("north", noon + 3 * WINDOW), ("south", noon)]
        assert store.held("north/gw1") == held
        store.recompute(store.dirty()[:3])
        store.append([delivery(3, [(0, 1001, 5.0, 0)], received=noon + DAY)])
    with closing(EmbeddedStore(tmp_path)) as store:
        assert store.dirty() == [("north", noon + 3 * WINDOW), ("south", noon)]
        assert_true(store)
    with duckdb.connect(str(tmp_path / "catalogue.duckdb"), read_only=True) as file:
        assert file.execute("select value from fact where key = 'format'").fetchall() == [("2",)]


def test_a_lost_file_of_statistics_is_computed_again(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([delivery(0), delivery(1, received=noon + DAY)])
        store.recompute(store.dirty())
        store.seal()
    (tmp_path / "statistics.duckdb").unlink()
    with closing(EmbeddedStore(tmp_path)) as store:
        assert store.dirty() == [("north", noon)]
        store.recompute(store.dirty())
    with closing(EmbeddedStore(tmp_path)) as store:
        assert store.dirty() == []
        assert_true(store, points=("T00",))


def test_what_is_known_of_cleared_marks_stays_small(tmp_path: Path, delivery: Make) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        for seq in range(30):
            store.append([delivery(seq, [(0, seq * 300 + second, 1.0, 0) for second in range(3)])])
            store.recompute(store.dirty())
    with duckdb.connect(str(tmp_path / "statistics.duckdb"), read_only=True) as file:
        assert file.execute("select count(*) from cleared").fetchall()[0][0] == 0
        assert file.execute("select count(*) from stat").fetchall()[0][0] == 30


def test_whole_clean_windows_are_not_read_again(tmp_path: Path, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([delivery(seq, [(0, seq * 300, 1.0, 0)]) for seq in range(10)])
        store.recompute(store.dirty()[:9])
        asked: list[tuple[int, int]] = []

        def with_readings(shelf: Shelf, number: int | None, start: int, end: int) -> list[Partition]:
            asked.append((start, end))
            return [part for part in shelf.partitions if number is not None and part.time.meets(start, end)]

        monkeypatch.setattr("store.embedded.reads._with_readings", with_readings)
        found = store.buckets("north", "T00", noon, noon + 10 * WINDOW - SECOND, 2 * WINDOW)
        assert found.count.tolist() == [2, 2, 2, 2, 2]
        assert asked == [(noon + 9 * WINDOW, noon + 10 * WINDOW - SECOND)]


def test_a_backup_has_the_statistics_too(tmp_path: Path, delivery: Make, noon: int) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with closing(EmbeddedStore(tmp_path / "store")) as store:
        store.append([delivery(0)])
        store.drop_before(noon + DAY)
        store.append([delivery(1, [(1, 0, 1.0, 0)])])
        store.copy_to(lambda path: [shutil.copy(path, copy)].clear())
        assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [1]
    with closing(EmbeddedStore(copy)) as store:
        assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [1]
        assert store.dirty() == [("north", noon)]
