"""A database of the version before, whose lines have a tag `area`: nothing of it is lost, and nothing counts twice. On a real influxd."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.clock import SECOND
from contracts.quality import CALIBRATION
from store.influx import InfluxStore
from store.influx.reads import text, within
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


def before(store: InfluxStore, *deliveries: Delivery, area: str = "face", compute: bool = False) -> None:
    """Written as the version before did."""
    write = store.server.write

    def tagged(kind: str, lines: bytes, precision: str = "us") -> None:
        old = lines.replace(b",mine=", f",area={area},mine=".encode()) if kind in ("raw", "statistics") else lines
        write(kind, old, precision)

    store.server.write = tagged  # type: ignore[method-assign]
    store.append(deliveries)
    if compute:
        store.recompute(store.dirty())
    store.server.write = write  # type: ignore[method-assign]


def readings(store: InfluxStore, point: str) -> list[tuple[int, float, int, int]]:
    """(time, value, quality, fold)."""
    found = store.series("north", point, *EVER)
    return list(zip(found.time.tolist(), found.value.tolist(), found.quality.tolist(), found.fold.tolist(), strict=True))


def test_readings_of_both_layouts_are_one_series(store: InfluxStore, delivery: Make, noon: int) -> None:
    before(store, delivery(0, [(0, 0, 1.0, CALIBRATION), (1, 0, 5.0, 0)]))
    store.append([delivery(1, [(0, 1, 2.0, 0)])])
    assert readings(store, "T00") == [(noon, 1.0, CALIBRATION, 0), (noon + SECOND, 2.0, 0, 0)]
    assert store.count("north", *EVER) == {"T00": 2, "T01": 1}
    found = store.last("north")
    assert [(found[point].time, found[point].value, found[point].quality) for point in ("T00", "T01")] == [
        (noon + SECOND, 2.0, 0),
        (noon, 5.0, 0),
    ]


def test_an_item_that_broke_off_before_the_upgrade_and_comes_again_counts_once(store: InfluxStore, delivery: Make, noon: int) -> None:
    item = delivery(0, [(0, at, float(at), CALIBRATION * (at == 2)) for at in range(3)])
    before(store, item)
    store._held.extents.clear()  # its range was not recorded any more
    store._held._digests.clear()
    assert store.append([item, delivery(1, [(0, 3, 3.0, 0)])]).stored == [True, True]
    assert readings(store, "T00") == [(noon + at * SECOND, float(at), CALIBRATION * (at == 2), 0) for at in range(4)]
    assert store.count("north", *EVER) == {"T00": 4}
    assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [4]
    store.recompute(store.dirty())
    assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [4]


def test_another_reading_of_an_instant_of_the_older_layout_gets_a_fold(store: InfluxStore, delivery: Make, noon: int) -> None:
    before(store, delivery(0, [(0, 0, 1.0, 0)]))
    assert store.append([delivery(1, [(0, 0, 2.0, 0)], doubt=True)]).folds == 1
    assert readings(store, "T00") == [(noon, 1.0, 0, 0), (noon, 2.0, 0, 1)]


def test_of_an_instant_in_both_the_newer_line_counts(store: InfluxStore, delivery: Make, noon: int) -> None:
    store.append([delivery(0, [(0, 0, 2.0, 0)], doubt=True)])
    before(store, delivery(1, [(0, 0, 1.0, CALIBRATION)]))
    assert readings(store, "T00") == [(noon, 2.0, 0, 0)]
    assert store.count("north", *EVER) == {"T00": 1}


def test_a_point_whose_area_changed_has_one_reading_an_instant(store: InfluxStore, delivery: Make, noon: int) -> None:
    before(store, delivery(0, [(0, 0, 1.0, 0)]), area="face")
    store._held.extents.clear()
    store._held._digests.clear()
    before(store, delivery(0, [(0, 0, 1.0, 0)]), area="return")
    assert store.count("north", *EVER) == {"T00": 1}
    assert readings(store, "T00") == [(noon, 1.0, 0, 0)]


def test_statistics_of_the_older_layout_answer_until_more_readings_come(store: InfluxStore, delivery: Make, noon: int) -> None:
    before(store, delivery(0, [(0, 0, 1.0, 0), (0, 1, 3.0, 0)]), compute=True)
    assert store.dirty() == []
    drop = store.server.delete
    drop("raw", (noon + WINDOW) * 1000)  # statistics outlive raw readings
    assert store.buckets("north", "T00", *EVER, WINDOW).mean.tolist() == [2.0]
    store.append([delivery(1, [(0, 2, 8.0, 0)])])
    store.recompute(store.dirty())
    assert store.buckets("north", "T00", *EVER, WINDOW).mean.tolist() == [2.0]  # of more readings
    store.append([delivery(2, [(0, at, 8.0, 0) for at in (3, 4)])])
    store.recompute(store.dirty())
    assert store.buckets("north", "T00", *EVER, WINDOW).count.tolist() == [3]
    bucket = text(store.server.address.bucket("statistics"))
    flux = f'from(bucket: {bucket}) |> {within(*EVER)} |> filter(fn: (r) => r.stat == "count" and not exists r.area)'
    assert [row["_value"] for row in store.server.rows(flux)] == ["3"]
