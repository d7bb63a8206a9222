"""Raw evidence is copied beside what rests on it: retention takes the readings, and the pin still shows them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console.fleet.pinning import pin_some
from contracts.clock import DAY, HOUR, SECOND
from contracts.columns import Block
from contracts.facts import Fact, FactSet, write_facts
from contracts.points import Point, Registry
from fleet.bodies import Pin, Status, Suspicion, Verdict, VerdictSet, read, write
from fleet.pins import MOST_POINTS, OF_CHANGE, OF_SUSPICION, WINDOW, Readings, digest_of, pinned, points_of, rows_of
from store.embedded import EmbeddedStore
from store.interface import Delivery, Store
from store.memory import MemoryStore
from store.records import fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import New
from tests.fleet.audit_log import FIRST, noon

START = noon(FIRST) - 12 * HOUR
REGISTRY = Registry("beta", "贝", "beta", tuple(Point(f"T{n:02d}", "methane", "face", "", "") for n in range(3)))


def readings(count: int, step: int = SECOND) -> Readings:
    time = START + np.arange(count, dtype=np.int64) * step
    value = np.round(0.3 + 0.01 * np.sin(np.arange(count)), 4)
    return Readings(time, value, np.zeros(count, np.uint16))


def test_points_are_those_that_are_named_each_once_and_not_too_many() -> None:
    named = [f"point:T{n}" for n in range(MOST_POINTS + 2)]

    assert points_of(["alarm:3", "point:T0", *named]) == ([one[6:] for one in named[:-2]], ["T40", "T41"])


def test_what_fits_is_kept_whole_what_does_not_as_statistics_and_the_rest_as_a_row() -> None:
    found = {"a": readings(900), "b": readings(7200), "c": readings(9000, 9 * SECOND), "none": readings(0)}

    kept = pinned(found, 1_000)

    assert {"a"} == kept.series.keys()
    assert {"b"} == kept.windows.keys()
    assert {"c"} == kept.days.keys()
    assert kept.series["a"] == rows_of(found["a"])
    assert kept.digests == {name: digest_of(found[name]) for name in "abc"}
    assert [row[0] for row in kept.windows["b"]] == [START + n * WINDOW for n in range(24)]
    first = found["b"].value[:300]
    assert kept.windows["b"][0] == (START, first.min(), pytest.approx(first.mean()), first.max(), 300)
    assert kept.days["c"][0] == 0
    assert kept.days["c"][3:] == (found["c"].value.max(), 9000)


def test_what_is_no_number_stays_none_and_counts_as_a_reading() -> None:
    one = readings(3)
    one.value[:] = [np.nan, np.inf, 0.5]

    assert [row[1] for row in rows_of(one)] == [None, None, 0.5]
    assert pinned({"a": one}, 0).days["a"] == (0, 0.5, 0.5, 0.5, 3)
    assert digest_of(one) != digest_of(readings(3))


@pytest.fixture
def records() -> Iterator[Records]:
    made = open_records("sqlite://")
    yield made
    made.close()


def filled(store: Store) -> Store:
    for seq, point in enumerate((0, 1)):
        found = readings(600, 60 * SECOND)
        block = Block.of([point] * 600, found.time, found.value, found.quality)
        store.append([Delivery("beta/gw1", "e1", seq, seq, START, START, False, REGISTRY, block)])
    return store


@pytest.fixture
def store() -> Store:
    return filled(MemoryStore())


def told(records: Records, kind: str, body: Suspicion | VerdictSet, key: str) -> fleet_log.Entry:
    with records.begin() as db:
        [entry] = fleet_log.append(db, [New(kind, "beta", body.day, key, write(body))], "centre", START)
    return entry


def facts(records: Records) -> None:
    span = (1.0, START, START + DAY, "test@1")
    said = FactSet(
        "beta",
        FIRST,
        (
            Fact("exceedances", 1.0, *span, evidence=("alarm:3", "point:T00")),
            Fact("points_frozen", 1.0, *span, evidence=("point:T01", "point:T99")),
        ),
    )
    with records.begin() as db:
        fleet_log.append(db, [New("facts", "beta", FIRST, "", write_facts(said))], "centre", START)


def frozen() -> Suspicion:
    return Suspicion(
        mine="beta",
        day=FIRST,
        kind="frozen",
        score=1,
        threshold=0.5,
        why_zh="x",
        why_en="x",
        evidence=("point:T01",),
        numbers={"points": 1.0},
    )


def judged(status: Status, day: str = FIRST) -> VerdictSet:
    return VerdictSet(mine="beta", day=day, pack="p", pack_hash="h", outcome=status, systems={}, verdicts=(Verdict("c", status),))


def pins(records: Records) -> list[Pin]:
    with records.read() as db:
        return [read(entry.body, Pin) for entry in fleet_log.entries(db) if entry.kind == "pin"]


def test_retention_takes_the_readings_and_the_pin_still_shows_them(records: Records, tmp_path: Path) -> None:
    store = filled(EmbeddedStore(tmp_path))
    facts(records)
    entry = told(records, "suspicion", frozen(), "frozen")
    before = store.series("beta", "T01", START, START + DAY)

    assert pin_some(records, store, START + DAY) is False
    assert store.drop_before(START + 30 * DAY) == 1200
    assert not len(store.series("beta", "T01", START, START + DAY).time)

    [pin] = pins(records)
    assert (pin.of, pin.span, pin.numbers) == (entry.hash, (START, START + DAY), {"points": 1.0})
    assert [row[0] for row in pin.series["T01"]] == before.time.tolist()
    assert [row[1] for row in pin.series["T01"]] == before.value.tolist()
    assert pin.digests["T01"] == digest_of(Readings(before.time, before.value, before.quality))
    assert len(pin.facts) == 1
    store.close()


def test_each_verdict_set_is_pinned_once_and_whole_only_where_it_says_something_new(records: Records, store: Store) -> None:
    facts(records)
    told(records, "verdicts", judged(Status.MET), "p")
    pin_some(records, store, START + DAY)
    pin_some(records, store, START + DAY)
    told(records, "verdicts", judged(Status.MET), "p")
    told(records, "verdicts", judged(Status.NOT_MET), "p")
    pin_some(records, store, START + DAY)

    first, same, other = pins(records)
    assert first.series.keys() == other.series.keys() == {"T00", "T01"}
    assert not same.series
    assert same.days.keys() == same.digests.keys() == {"T00", "T01"}
    assert same.digests == first.digests


def test_what_names_no_point_or_a_point_without_readings_is_not_pinned(records: Records, store: Store) -> None:
    told(records, "verdicts", judged(Status.MET), "p")
    facts(records)
    told(records, "verdicts", judged(Status.MET, "2026-11-05"), "p")

    assert pin_some(records, store, START + DAY) is False
    assert pins(records) == []


@pytest.mark.parametrize("bound", ["AT_ONCE", "MOST_READ"])
def test_what_does_not_fit_in_one_go_is_pinned_in_the_next(
    records: Records, store: Store, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(f"console.fleet.pinning.{bound}", 1)
    facts(records)
    for key in ("frozen", "peaks"):
        told(records, "suspicion", frozen(), key)

    assert pin_some(records, store, START) is True
    assert len(pins(records)) == 1
    while pin_some(records, store, START):
        pass
    assert len(pins(records)) == 2


def test_a_pin_is_no_larger_than_was_said() -> None:
    for room in (OF_SUSPICION, OF_CHANGE):
        kept = pinned({f"T{n}": readings(15_000) for n in range(3)}, room)
        rows = sum(map(len, kept.series.values())) + sum(map(len, kept.windows.values()))
        assert rows <= room
        size = len(write(Pin(mine="m", of="0" * 64, series=kept.series, windows=kept.windows, days=kept.days, digests=kept.digests)))
        assert size < 80 * room
