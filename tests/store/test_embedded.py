"""What the embedded store does beyond the interface: its partitions, sealing, and its files after a crash."""

import math
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest

from contracts.clock import DAY
from contracts.errors import GiveUp
from store.embedded import EmbeddedStore, schema, shelf
from store.interface import Delivery

pytestmark = pytest.mark.slow

EVER = (0, 1 << 60)
Make = Callable[..., Delivery]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path)
    yield opened
    opened.close()


def values(store: EmbeddedStore, point: str = "T00") -> list[float]:
    return store.series("north", point, *EVER).value.tolist()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("0*.duckdb*") if not path.name.endswith(".wal"))


def fill(store: EmbeddedStore, delivery: Make, noon: int, days: int) -> None:
    for day in range(days):
        store.append([delivery(day, [(0, day, float(day), 0), (1, day, 0.5, 0)], received=noon + day * DAY)])


# partitions


def test_each_day_of_arrival_is_a_file(store: EmbeddedStore, delivery: Make, noon: int, tmp_path: Path) -> None:
    fill(store, delivery, noon, 3)
    store.append([delivery(9, [(0, -9_000_000, 1.0, 0)], received=noon + 2 * DAY)])
    days = [name.split(".")[0] for name in files(tmp_path)]
    assert days == ["000001-2026-11-19", "000002-2026-11-20", "000003-2026-11-21"]


def test_what_it_keeps_of_its_files_in_memory_is_told(store: EmbeddedStore, delivery: Make, noon: int) -> None:
    before = store.cached_bytes()
    rows = [(at % 4, at, float(at), 0) for at in range(40_000)]
    store.append([delivery(0, rows, received=noon)])
    assert len(values(store)) == 10_000
    assert 0 <= before < store.cached_bytes() <= 512_000_000


def test_more_partitions_than_are_kept_attached_are_all_read(
    store: EmbeddedStore, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "ATTACHED", 3)
    fill(store, delivery, noon, 8)
    assert values(store) == [float(day) for day in range(8)]
    assert store.count("north", *EVER) == {"T00": 8, "T01": 8}
    attached = store._shelf.connection.execute("select count(*) from duckdb_databases() where database_name like 'p%'").fetchone()
    assert attached == (3,)


def test_a_read_opens_only_the_partitions_that_matter(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, delivery, noon, 3)
    with closing(EmbeddedStore(tmp_path)) as store:
        for part in store._shelf.partitions[1:]:
            store._shelf.put_away(part)
            part.path.rename(part.path.with_suffix(".away"))
        assert store.series("north", "T00", noon, noon + 1).value.tolist() == [0.0]
        for part in store._shelf.partitions[1:]:
            part.path.with_suffix(".away").rename(part.path)


# sealing


def test_closed_days_are_sealed_and_read_the_same(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([delivery(seq, [(point, second, float(seq), 0) for second in (2, 0, 1) for point in (3, 1, 2)]) for seq in range(3)])
        store.append([delivery(5, [(1, 0, 7.0, 0), (1, 0, float("nan"), 512)], doubt=True), delivery(6, [])])
        store.append([delivery(7, [(1, 5, -0.0, 0)]), delivery(4, [(2, 5, math.inf, 0), (2, 6, 5e-324, 0)])])
        store.append([delivery(10, [(1, 6, -0.0, 0)], received=noon + DAY)])
        before = facts(store)
        assert (store.seal(), store.seal()) == (1, 0)
        assert facts(store) == before
        assert store.append([delivery(0), delivery(8, [(1, 0, 7.0, 0)], doubt=True, received=noon + DAY)]).stored == [False, True]
        assert store.append([delivery(9, [(1, 0, 6.0, 0)], doubt=True, received=noon + DAY)]).folds == 1
        before = facts(store)
    assert files(tmp_path) == ["000001-2026-11-19.sealed.duckdb", "000002-2026-11-20.open.duckdb"]
    with closing(EmbeddedStore(tmp_path)) as store:
        assert facts(store) == before
    with duckdb.connect(str(tmp_path / files(tmp_path)[0]), read_only=True) as sealed:
        rows = sealed.execute("select series, time, fold from reading").fetchall()
    assert rows == sorted(rows)


def facts(store: EmbeddedStore) -> list[object]:
    raw = [store.series("north", f"T{n:02d}", *EVER) for n in range(4)]
    columns = [(s.time.tolist(), s.value.view(np.int64).tolist(), s.quality.tolist(), s.fold.tolist()) for s in raw]
    gateway = "north/gw1"
    last = {point: (at.time, repr(at.value), at.quality) for point, at in store.last("north").items()}
    held = [
        store.held(gateway),
        store.items(gateway, *EVER),
        store.spans(gateway),
        store.newest(gateway),
        store.digest_of(gateway, "e1", 1),
    ]
    return [columns, last, held, store.count("north", *EVER)]


@pytest.mark.parametrize("change", ["abs(value)", "value + 1"])
def test_a_sealed_copy_that_differs_is_not_taken(
    store: EmbeddedStore, delivery: Make, noon: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    store.append([delivery(0, [(0, 0, -0.0, 0)])])
    store.append([delivery(1, received=noon + DAY)])
    altered = schema.SEAL[0].replace("select *", f"select * replace ({change} as value)")
    monkeypatch.setattr("store.embedded.seal.SEAL", (altered, *schema.SEAL[1:]))
    with pytest.raises(GiveUp, match="differs"):
        store.seal()
    assert str(values(store)) == "[-0.0, 1.0]"
    assert [name.split(".")[1] for name in files(tmp_path)] == ["open", "open"]


@pytest.mark.parametrize("crash", ["before the rename", "after the rename"])
def test_a_crash_while_sealing_loses_nothing(tmp_path: Path, delivery: Make, noon: int, crash: str) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, delivery, noon, 2)
    plain = tmp_path / files(tmp_path)[0]
    shutil.copy(plain, tmp_path / "copy")
    with closing(EmbeddedStore(tmp_path)) as store:
        store.seal()
    sealed = tmp_path / files(tmp_path)[0]
    if crash == "before the rename":
        sealed.rename(plain.with_suffix(".tmp"))
    (tmp_path / "copy").rename(plain)
    with closing(EmbeddedStore(tmp_path)) as store:
        assert values(store) == [0.0, 1.0]
    assert files(tmp_path)[0] == (plain if crash == "before the rename" else sealed).name
    assert not list(tmp_path.glob("*.tmp"))


def test_closing_interrupts_a_seal(tmp_path: Path, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "create table {seal}.endless as select sum(a.range + b.range) from range(10000000) a, range(10000000) b"
    monkeypatch.setattr("store.embedded.seal.SEAL", (endless,))
    store = EmbeddedStore(tmp_path)
    fill(store, delivery, noon, 2)
    sealed: list[int] = []
    thread = threading.Thread(target=lambda: sealed.append(store.seal()))
    thread.start()
    while store._sealing is None:
        assert thread.is_alive()
    assert store.append([delivery(7, received=noon + DAY)]).stored == [True]
    store.close()
    thread.join(10)
    assert sealed == [0]
    with closing(EmbeddedStore(tmp_path)) as store:
        assert values(store) == [0.0, 1.0, 7.0]


# forgetting


def test_dropping_unlinks_files_sealed_or_not(store: EmbeddedStore, delivery: Make, noon: int, tmp_path: Path) -> None:
    fill(store, delivery, noon, 2)
    store.seal()
    fill_more = delivery(5, [(0, 90_000 * 3, 5.0, 0)], received=noon + 3 * DAY)
    store.append([fill_more])
    assert store.drop_before(noon + DAY) == 4
    assert files(tmp_path) == ["000003-2026-11-22.open.duckdb"]


def test_a_crash_between_keeping_and_unlinking_is_finished_at_the_next_start(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, delivery, noon, 2)
    for name in files(tmp_path):
        shutil.copy(tmp_path / name, tmp_path / f"{name}.copy")
    with closing(EmbeddedStore(tmp_path)) as store:
        store.drop_before(noon + DAY)
    for copy in tmp_path.glob("*.copy"):
        copy.rename(copy.with_suffix(""))
    with closing(EmbeddedStore(tmp_path)) as store:
        assert values(store) == []
        assert [item.seq for item in store.items("north/gw1", *EVER)] == [0, 1]
        store.append([delivery(9)])
    assert files(tmp_path) == ["000003-2026-11-19.open.duckdb"]


def test_names_may_hold_any_character(store: EmbeddedStore, delivery: Make, tmp_path: Path) -> None:
    names = ["e'1", 'e"2', "纪元", "a\x00b", "a", "{part}", ""]
    store.append([delivery(0, [], epoch=name) for name in names])
    store.close()
    with closing(EmbeddedStore(tmp_path)) as again:
        assert set(again.held("north/gw1")) == set(names)
