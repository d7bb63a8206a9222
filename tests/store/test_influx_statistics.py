"""Statistics in InfluxDB: their layout, marks that never get lost, and a database of the version before them. On a real influxd."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.clock import DAY, SECOND
from contracts.errors import Retry
from contracts.quality import CALIBRATION
from store.influx import InfluxStore, Server
from store.influx.reads import Stored, stored, text, within
from store.interface import WINDOW, Delivery
from tests.store.influx_server import open_on_influxd

pytestmark = pytest.mark.servers
EVER = (0, 1 << 60)
Make = Callable[..., Delivery]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[InfluxStore]:
    opened = open_on_influxd(tmp_path)
    yield opened
    opened.close()


def again(store: InfluxStore, folder: Path) -> InfluxStore:
    store.close()
    return open_on_influxd(folder)


def rows_of(store: InfluxStore, kind: str, chosen: str) -> list[dict[str, str]]:
    flux = f"from(bucket: {text(store.server.address.bucket(kind))}) |> {within(*EVER)} |> filter(fn: (r) => {chosen})"
    return list(store.server.rows(flux))


def test_the_layout_is_the_raw_one_and_a_tag_stat(store: InfluxStore, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 1, 4.0, CALIBRATION), (0, 2, math.nan, 0), (1, 0, -0.5, 0)])])
    store.recompute(store.dirty())
    rows = rows_of(store, "statistics", 'r._measurement == "methane" and r.mine == "north" and not exists r.area')
    found = {(row["_field"], row["stat"]): float(row["_value"]) for row in rows if row["stat"] != "special"}
    assert found == {
        **{("T00", stat): value for stat, value in (("min", 1.0), ("mean", 2.5), ("max", 4.0), ("last", 4.0))},
        **{("T00", stat): value for stat, value in (("count", 3.0), ("numbers", 2.0), ("good", 1.0))},
        **{("T01", stat): -0.5 for stat in ("min", "mean", "max", "last")},
        **{("T01", stat): 1.0 for stat in ("count", "numbers", "good")},
    }
    assert {row["_time"] for row in rows} == {rows_of(store, "raw", 'r._field == "T01"')[0]["_time"]}


@pytest.mark.parametrize("last", [math.nan, math.inf, -math.inf])
def test_no_value_of_an_earlier_computation_is_left_where_a_later_one_is_no_number(
    store: InfluxStore, delivery: Make, noon: int, last: float
) -> None:
    def shown() -> dict[str, float]:
        rows = rows_of(store, "statistics", 'r._field == "T00" and r.stat != "special"')
        return {row["stat"]: float(row["_value"]) for row in rows}

    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 1, 2.0, 0)])])
    store.recompute(store.dirty())
    assert shown() == {"min": 1.0, "mean": 1.5, "max": 2.0, "last": 2.0, "count": 2.0, "numbers": 2.0, "good": 2.0}
    store.append([delivery(1, [(0, 2, 6.0, CALIBRATION), (0, 3, last, 0)])])
    store.recompute(store.dirty())
    numbers = 3.0 + math.isinf(last)
    good = 2.0 + math.isinf(last)  # as on every store: infinity is a number, and only NaN is none
    assert shown() == {"min": 1.0, "mean": 3.0, "max": 6.0, "last": 6.0, "count": 4.0, "numbers": numbers, "good": good}
    true = store.buckets("north", "T00", noon, noon + WINDOW, WINDOW)
    assert repr(true.last.tolist()) == repr([last])
    assert (true.count.tolist(), true.good.tolist()) == ([4], [int(good)])


def test_marks_are_durable_before_any_reading(store: InfluxStore, tmp_path: Path, delivery: Make, noon: int) -> None:
    write = store.server.write_gzipped

    def no_raw(kind: str, packed: bytes, precision: str = "us") -> None:
        if kind == "raw":
            raise Retry("not just now")
        write(kind, packed, precision)

    store.server.write_gzipped = no_raw  # type: ignore[method-assign]
    with pytest.raises(Retry):
        store.append([delivery(0)])
    assert again(store, tmp_path).dirty() == [("north", noon)]


def test_a_mark_that_stands_is_not_written_again(store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append([delivery(0)])
    monkeypatch.setattr(store._statistics.marks, "_send", None)
    assert store.append([delivery(1)]).stored == [True]


def test_a_clearing_never_wins_over_a_later_mark(store: InfluxStore, tmp_path: Path, delivery: Make, noon: int) -> None:
    store.append([delivery(0)])
    marks = store._statistics.marks
    taken = marks.taken([("north", noon)])
    store.append([delivery(1)])
    marks.clear(taken)
    assert store.dirty() == [("north", noon)]
    opened = again(store, tmp_path)
    assert opened.dirty() == [("north", noon)]
    opened.recompute(opened.dirty())
    opened._statistics.marks._send(taken, "cleared")
    opened.append([delivery(2)])
    opened._statistics.marks._send(taken, "cleared")  # so late that a newer mark was there already
    assert again(opened, tmp_path).dirty() == [("north", noon)]


def test_a_clearing_that_failed_leaves_the_window_dirty(store: InfluxStore, tmp_path: Path, delivery: Make, noon: int) -> None:
    store.append([delivery(0)])
    write = store.server.write

    def no_ledger(kind: str, lines: bytes, precision: str = "us") -> None:
        if kind == "ledger":
            raise Retry("not just now")
        write(kind, lines, precision)

    store.server.write = no_ledger  # type: ignore[method-assign]
    with pytest.raises(Retry):
        store.recompute(store.dirty())
    store.server.write = write  # type: ignore[method-assign]
    assert store.dirty() == [("north", noon)]
    store.append([delivery(1)])
    assert len(store._statistics.marks.dirty["north", noon]) == 2  # marked anew: the first clearing may be under way
    store.recompute(store.dirty())
    assert again(store, tmp_path).dirty() == []


def test_marks_of_past_days_are_deleted_once_they_are_clean(store: InfluxStore, tmp_path: Path, delivery: Make, noon: int) -> None:
    store.append([delivery(0), delivery(1, [(0, 2 * DAY // SECOND, 1.0, 0)])])
    store.append([delivery(2, [(0, DAY // SECOND, 1.0, 0)], received=noon + DAY)])
    assert len({row["day"] for row in rows_of(store, "ledger", 'r._measurement == "dirty"')}) == 2
    store.recompute([window for window in store.dirty() if window[1] != noon + 2 * DAY])
    assert len({row["day"] for row in rows_of(store, "ledger", 'r._measurement == "dirty"')}) == 2
    store.recompute(store.dirty())
    assert {row["day"] for row in rows_of(store, "ledger", 'r._measurement == "dirty"')} == {str((noon + DAY) // DAY)}
    opened = again(store, tmp_path)
    assert opened.dirty() == []
    assert opened.held("north/gw1")["e1"].through() == 2
    opened.append([delivery(3, received=noon)])  # a clock set back marks no day that may be deleted
    assert again(opened, tmp_path).dirty() == [("north", noon)]


def test_a_database_of_the_version_before_is_dirty_all_over(store: InfluxStore, tmp_path: Path, delivery: Make, noon: int) -> None:
    store.append([delivery(0), delivery(1, [(1, 300, math.nan, 0), (0, 3000, 1.0, 0)]), delivery(0, gateway="south/gw")])
    store.recompute(store.dirty())
    store.server.delete("ledger", 2_000 * noon, '_measurement="dirty"')
    store.server.delete("ledger", 2_000 * noon, '_measurement="statistics"')
    opened = again(store, tmp_path)
    assert opened.dirty() == [("north", noon), ("north", noon + WINDOW), ("north", noon + 10 * WINDOW), ("south", noon)]
    opened.recompute(opened.dirty())
    assert again(opened, tmp_path).dirty() == []


def test_a_mine_of_many_flagged_points_is_computed(store: InfluxStore, delivery: Make, noon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.influx.reads.POINTS_AT_ONCE", 3)
    store.append([delivery(0, [(point, second, float(point), CALIBRATION * (second % 2)) for point in range(20) for second in range(4)])])
    store.recompute(store.dirty())
    store.server.delete("raw", 2_000 * noon)
    for point in range(20):
        found = store.buckets("north", f"T{point:02d}", *EVER, WINDOW)
        assert (found.count.tolist(), found.good.tolist(), found.maximum.tolist()) == ([4], [2], [float(point)])


def test_points_without_flags_are_computed_by_influxdb_itself(store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0), (0, 1, 2.0, 0), (1, 0, 1.0, CALIBRATION)])])
    asked: list[list[str]] = []

    def watch(server: Server, mine: str, start: int, end: int, points: list[str]) -> Stored:
        asked.append(points)
        return stored(server, mine, start, end, points)

    monkeypatch.setattr("store.influx.statistics.stored", watch)
    store.recompute(store.dirty())
    assert asked == [["T01"]]


def test_a_window_that_is_being_appended_to_stays_dirty_although_it_is_computed_beside_it(
    store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    write, computed = store._write, list[bool]()

    def computing_in_between(*arguments: object, **words: object) -> object:
        store.recompute(store.dirty())  # as another thread would, before the values are there
        computed.append(True)
        return write(*arguments, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_write", computing_in_between)
    store.append([delivery(1, [(0, 1, 9.0, 0)])])
    monkeypatch.undo()

    assert computed
    assert len(store.dirty()) == 1
    store.recompute(store.dirty())
    assert store.dirty() == []
    assert {float(row["_value"]) for row in rows_of(store, "statistics", 'r._field == "T00" and r.stat == "max"')} == {9.0}
