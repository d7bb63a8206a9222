"""What the InfluxDB store does beyond the interface, on a real influxd: its layout, what is refused, and where InfluxDB breaks off."""

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, SECOND
from contracts.columns import Block
from contracts.errors import BadConfig, Conflict, GiveUp, Retry
from contracts.points import Point, Registry
from contracts.quality import CALIBRATION, NOT_A_NUMBER
from store.influx import InfluxAddress, InfluxStore, Server, init_buckets, token_of
from store.influx.reads import stored, text, within
from store.interface import WINDOW, Delivery, Store
from store.memory import MemoryStore
from store.records.owners import NotOwner
from tests.store.conftest import delivery_of
from tests.store.influx_server import ORG, TOKEN, open_on_influxd, shared
from tests.store.test_store_model import build, facts, runs, step

pytestmark = pytest.mark.servers
GATEWAY, EVER = "north/gw1", (0, 1 << 60)
Make = Callable[..., Delivery]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[InfluxStore]:
    opened = open_on_influxd(tmp_path)
    yield opened
    opened.close()


def lines_of(store: InfluxStore, kind: str, measurement: str) -> list[tuple[str, str]]:
    """(field key, value) of everything in a measurement."""
    server = store._server
    flux = f'from(bucket: {text(server.address.bucket(kind))}) |> {within(*EVER)} |> filter(fn: (r) => r._measurement == "{measurement}")'
    return sorted((row["_field"], row["_value"]) for row in server.rows(flux))


def in_place(delivery: Delivery, *points: Point) -> Delivery:
    """The delivery with other points in its registry."""
    registry = Registry("north", "北", "north", points)
    fields = {name: getattr(delivery, name) for name in Delivery.__slots__}
    return Delivery(**(fields | {"registry": registry}))


# layout


def test_quality_is_written_only_where_it_says_something(store: InfluxStore, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 0.5, 0), (1, 0, 0.75, CALIBRATION)])])
    assert lines_of(store, "raw", "methane") == [("T00", "0.5"), ("T01", "0.75")]
    assert lines_of(store, "raw", "quality") == [("T01", str(CALIBRATION))]


def test_quality_is_written_as_0_too_where_there_is_doubt(store: InfluxStore, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, 0.5, 0)], doubt=True)])
    assert lines_of(store, "raw", "quality") == [("T00", "0")]


def test_what_is_no_number_carries_the_bit_and_comes_back_as_it_was(store: InfluxStore, delivery: Make) -> None:
    store.append([delivery(0, [(0, 0, math.inf, 0), (1, 0, math.nan, NOT_A_NUMBER)])])
    assert lines_of(store, "raw", "methane") == []
    assert [int(mark) & NOT_A_NUMBER for _, mark in lines_of(store, "raw", "quality")] == [NOT_A_NUMBER] * 2
    found = store.series("north", "T00", *EVER)
    assert (found.value.tolist(), found.quality.tolist()) == ([math.inf], [0])


AREAS = ["", "回采 面", "a,b=c d", "50 %s", 'quo"te', "back\\", "new\nline T00=9", "\x01\x00", "x" * 70_000]


@pytest.mark.parametrize("area", AREAS)
def test_no_name_of_an_area_can_break_a_line_or_keep_a_reading_out(store: InfluxStore, delivery: Make, area: str) -> None:
    item = in_place(delivery(0, [(0, 0, 0.5, 4)]), Point("T00", "methane", area, "", ""))
    assert store.append([item]).refused == []
    assert [(store.series("north", "T00", *EVER).value.tolist()), store.count("north", *EVER)] == [[0.5], {"T00": 1}]


def test_a_fold_is_claimed_and_a_resend_after_a_break_uses_it_again(
    store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.append([delivery(0, [(0, 0, 1.0, 0)])])
    with monkeypatch.context() as patch:
        patch.setattr(store, "_write", broken)
        with pytest.raises(Retry):
            store.append([delivery(1, [(0, 0, 2.0, 0)], doubt=True)])
    assert len(lines_of(store, "ledger", "claim")) == 1
    again = open_on_influxd(tmp_path)
    again.append([delivery(2, [(0, 0, 3.0, 0)], doubt=True), delivery(1, [(0, 0, 2.0, 0)], doubt=True)])
    found = again.series("north", "T00", *EVER)
    assert list(zip(found.value.tolist(), found.fold.tolist(), strict=True)) == [(1.0, 0), (2.0, 1), (3.0, 2)]
    again.close()


def broken(*_: object, **__: object) -> None:
    raise Retry("cut")


@pytest.mark.parametrize("step_that_breaks", ["write_rows", "record"])
def test_what_broke_off_is_not_held_and_comes_again_without_a_trace(
    store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch, step_that_breaks: str, tmp_path: Path
) -> None:
    items = [delivery(seq, [(0, seq, 1.0, 0), (1, seq, math.nan, 512)]) for seq in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(store._held, step_that_breaks, broken)
        with pytest.raises(Retry):
            store.append(items)
    again = open_on_influxd(tmp_path)
    for opened in (store, again):
        assert opened.held(GATEWAY) == {}
        assert opened.items(GATEWAY, *EVER) == []
    assert again.append(items).stored == [True] * 3
    assert again.count("north", *EVER) == {"T00": 3, "T01": 3}
    again.close()


EDGES = [5e-324, 2.2250738585072014e-308, -0.0, 0.1, 1e16, 1e22, 2.0**53 + 2, -(2.0**63), 1e308, -1.7976931348623157e308]
"""Subnormal, smallest normal, -0, no binary fraction, past 2^53, past 2^63, largest."""
NUMBERS = st.sampled_from(EDGES) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(NUMBERS, min_size=20, max_size=60))
@settings(max_examples=20, deadline=None)
def test_every_number_comes_back_from_influxdb_to_the_last_bit(values: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_on_influxd(Path(folder))) as store:
        store.append([delivery_of(0, [(0, at, value, 0) for at, value in enumerate(values)])])
        found = store.series("north", "T00", *EVER).value
    assert found.tobytes() == np.array(values).tobytes()


def test_a_request_holds_the_readings_of_a_mine_together(store: InfluxStore, delivery: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, write = [], store._server.write

    def watched(kind: str, lines: bytes, precision: str = "us") -> None:
        sent.extend([lines] if kind == "raw" else [])
        write(kind, lines, precision)

    monkeypatch.setattr(store._server, "write", watched)
    monkeypatch.setattr("store.influx.store.BATCH", 3)
    store.append([delivery(seq, gateway=f"{mine}/gw1") for seq in range(3) for mine in ("north", "south")])
    assert [(lines.count(b"mine=north"), lines.count(b"mine=south")) for lines in sorted(sent)] == [(3, 0), (0, 3)]


# refusals


def test_a_type_conflict_loses_only_the_field_that_has_it(store: InfluxStore, delivery: Make, noon: int) -> None:
    store._server.write("raw", f'methane,area=face,mine=north T03="text" {noon}\n'.encode())
    items = [delivery(seq, [(n, 0, float(seq), 0) for n in range(5)], gateway=f"north/g{seq}") for seq in range(3)]
    items.append(delivery(9, [(0, 1, 9.0, 0)]))
    done = store.append(items)
    assert done.stored == [False, False, False, True]
    assert {(one.delivery, one.point, one.time) for one in done.refused} == {(at, "T03", noon) for at in range(3)}
    assert all("conflict" in one.reason for one in done.refused)
    assert store.count("north", noon, noon + SECOND).keys() >= {"T00", "T01", "T02", "T04"}
    assert (store.held("north/g0"), store.digest_of(GATEWAY, "e1", 9)) == ({}, 1009)


def test_readings_older_than_the_bucket_keeps_are_refused_with_the_reason(tmp_path: Path, delivery: Make, noon: int) -> None:
    server = shared().server("old", init=False)
    init_buckets(server, raw_days=30)
    store = InfluxStore(server)
    done = store.append([delivery(0, [(0, 0, 1.0, 0), (0, -90 * 86_400, 2.0, 0), (1, -90 * 86_400, 2.0, 0)]), delivery(1)])
    assert done.stored == [False, True]
    assert [(one.point, one.time) for one in done.refused] == [("T00", noon - 90 * DAY), ("T01", noon - 90 * DAY)]
    assert "retention" in done.refused[0].reason
    store.close()


# where there is none, or not the right one


def test_an_influxdb_that_does_not_answer_is_worth_another_try(delivery: Make) -> None:
    server = Server(InfluxAddress.parse("influx+http://127.0.0.1:9/pit"), TOKEN)
    with pytest.raises(Retry, match="does not answer"):
        InfluxStore(server)


def test_without_its_buckets_it_says_what_to_run() -> None:
    with pytest.raises(GiveUp, match="davy store init"):
        InfluxStore(shared().server("nobody", init=False))


def test_a_wrong_token_is_no_reason_to_wait() -> None:
    with pytest.raises(GiveUp, match="401"):
        InfluxStore(Server(InfluxAddress.parse(shared().address()), "wrong"), wait_s=60)


def test_init_makes_what_is_missing_and_changes_nothing_else() -> None:
    server = shared().server("twice", init=False)
    assert set(init_buckets(server).values()) == {"made"}
    assert set(init_buckets(server, raw_days=1).values()) == {"there"}
    rules = server.buckets.find_bucket_by_name("twice_raw").retention_rules
    assert rules[0].every_seconds == 0


@pytest.mark.parametrize(
    "address",
    [
        "influx+http://",
        "influx+http://host",
        "influx+http://host/a/b/c",
        "influx+http://host:x/a",
        "influx+ftp://h/a",
        "influx+http://t@h/a",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadConfig, match="store"):
        InfluxAddress.parse(address)


def test_the_token_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n", encoding="utf-8")
    assert token_of({"DAVY_INFLUX_TOKEN_FILE": str(tmp_path / "token")}) == "secret"
    with pytest.raises(BadConfig, match="DAVY_INFLUX_TOKEN"):
        token_of({})


def test_an_address_names_organisation_and_buckets() -> None:
    assert InfluxAddress.parse("influx+https://db:8086/pit") == InfluxAddress("https://db:8086", ORG, "davy")
    assert InfluxAddress.parse("influx+http://db:8086/pit/coal").bucket("raw") == "coal_raw"


# against the reference


def outcome(store: Store, items: list[Delivery]) -> object:
    try:
        done = store.append(items)
    except Conflict:
        return "conflict"
    return done.stored, done.folds


@runs
@given(steps=st.lists(step, min_size=3, max_size=6))
def test_the_influx_store_is_the_reference(delivery: Make, noon: int, steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reference, store = MemoryStore(), open_on_influxd(Path(folder))
        for word, what in steps:
            if word == "reopen":
                store.close()
                store = open_on_influxd(Path(folder))
            elif word == "append":
                items = [build(delivery, entry | {"doubt": True}, noon) for entry in what]  # type: ignore[attr-defined]
                assert outcome(store, items) == outcome(reference, items)
        assert facts(store) == facts(reference)
        store.close()


# many points


def test_two_thousand_points_can_be_asked_for_by_name_and_nobody_else_comes_along(store: InfluxStore, noon: int) -> None:
    points = tuple(Point(f"T{n:04d}", "methane", "face", "", "") for n in range(2_001))
    block = Block.of(list(range(2_001)), noon, [n / 4 for n in range(2_001)], [n % 3 for n in range(2_001)])
    registry = Registry("north", "北", "north", points)
    item = Delivery(GATEWAY, "e1", 0, 1, noon, noon, replayed=False, registry=registry, block=block)
    assert store.append([item]).stored == [True]
    asked = [point.id for point in points[:2_000]]
    found = stored(store.server, "north", noon, noon + 1, asked).readings()
    assert found == {(name, noon, 0): (n / 4, n % 3) for n, name in enumerate(asked)}
    assert stored(store.server, "north", noon, noon + 1, []).readings() == {}


def test_two_thousand_points_in_doubt_settle_and_are_computed(store: InfluxStore, noon: int) -> None:
    points = tuple(Point(f"T{n:04d}", "methane", "face", "", "") for n in range(2_000))
    registry = Registry("north", "北", "north", points)

    def item(seq: int, value: float) -> Delivery:
        block = Block.of(list(range(2_000)), noon, [value] * 2_000, [CALIBRATION] * 2_000)
        return Delivery(GATEWAY, "e1", seq, seq + 1, noon, noon, replayed=False, registry=registry, block=block, doubt=seq > 0)

    store.append([item(0, 1.0)])
    assert store.append([item(1, 2.0)]).folds == 2_000
    store.recompute(store.dirty())
    assert store.dirty() == []
    for name in ("T0000", "T1999"):
        assert store.buckets("north", name, noon, noon + WINDOW, WINDOW).mean.tolist() == [1.5]


# one owner (docs/decisions/0010)


def test_ranges_that_a_former_owner_sends_too_late_are_passed_over(tmp_path: Path, delivery: Make) -> None:
    former = open_on_influxd(tmp_path)
    former.append([delivery(0)])
    now = open_on_influxd(tmp_path)
    now.append([delivery(seq) for seq in range(1, 5)])
    former.append([delivery(9)])
    former.close()
    now.close()
    with closing(open_on_influxd(tmp_path)) as again:
        assert [(low, high) for low, high, _ in again.held(GATEWAY)["e1"]] == [(0, 4)]
        assert again.append([delivery(9)]).stored == [True]
        assert [(low, high) for low, high, _ in again.held(GATEWAY)["e1"]] == [(0, 4), (9, 9)]


def test_a_token_of_records_begun_anew_still_stands_above_what_is_there(tmp_path: Path, delivery: Make) -> None:
    with closing(open_on_influxd(tmp_path)) as before:
        before._held._token = 1_800_000_000
        before.append([delivery(0)])
    server = Server(before.server.address, TOKEN)
    with closing(InfluxStore(server, token=7)) as now:
        now.append([delivery(1)])
    with closing(open_on_influxd(tmp_path)) as again:
        assert [(low, high) for low, high, _ in again.held(GATEWAY)["e1"]] == [(0, 1)]


def test_where_the_process_may_not_write_nothing_is_written_or_deleted(store: InfluxStore, delivery: Make) -> None:
    def refuse() -> None:
        raise NotOwner("not ours")

    store.server.guard = refuse
    with pytest.raises(NotOwner):
        store.append([delivery(0)])
    with pytest.raises(NotOwner):
        store.server.delete("raw", 1 << 60)
    store.server.guard = lambda: None
    assert lines_of(store, "ledger", "dirty") == lines_of(store, "raw", "methane") == []
    assert store.append([delivery(0)]).stored == [True]
