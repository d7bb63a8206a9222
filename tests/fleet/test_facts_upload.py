"""Gaps, delay and lateness of a mine's upload."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import HOUR, MINUTE, SECOND
from contracts.facts import Fact
from fleet.facts.grid import Hole, grid_of
from fleet.facts.upload import delays_of, length, upload
from store.interface import WINDOW
from tests.fleet.gridded import DUE, METHANE, THE_DAY, W, full, gateway, grid, windows

START = THE_DAY.start


def found(**changed: object) -> dict[str, Fact]:
    seen = changed.pop("seen", full())
    one = gateway((METHANE,), **changed)
    return {fact.name: fact for fact in upload(grid_of(THE_DAY, [one], [{"T01": seen}]), [one])}  # type: ignore[dict-item]


def hole(start: int, end: int, source: str = "kj", word: str = "not_sampled") -> Hole:
    return Hole(source, word, START + start, START + end, f"gap:mine/gate-1/{source}/{start}")


def test_a_day_without_gaps_has_none_and_a_gap_is_counted_once_whoever_tells_of_it() -> None:
    assert found(made=10, delays=np.full(10, 0.5))["upload_gap_minutes"].value == 0.0
    seen = np.full(W, DUE)
    seen[12:24] = 0
    fact = found(holes=(hole(HOUR, 2 * HOUR), hole(HOUR, 90 * MINUTE)), seen=windows(seen))["upload_gap_minutes"]
    assert (fact.value, fact.completeness, fact.numbers["windows_without_data"]) == (60.0, 1.0, 12.0)
    assert fact.evidence[0].startswith("gap:mine/gate-1/kj/")


def test_windows_without_data_are_a_gap_though_every_poll_was_answered() -> None:
    seen = np.full(W, DUE)
    seen[12:15] = 0
    assert found(seen=windows(seen))["upload_gap_minutes"].value == 15.0


def test_the_worst_source_speaks_and_a_switch_over_is_counted_and_told() -> None:
    holes = (hole(0, MINUTE), hole(HOUR, HOUR + 10 * MINUTE, "opc"))
    fact = found(holes=holes)["upload_gap_minutes"]
    assert (fact.value, fact.numbers["gaps_to_60_s"], fact.subject) == (10.0, 1.0, "gate-1")


def test_a_gateway_that_was_not_there_all_day_is_no_evidence() -> None:
    late = found(since=START + 12 * HOUR)["upload_gap_minutes"]
    assert (late.value, late.why, late.completeness) == (None, "too_little_data", 0.5)
    assert found(since=THE_DAY.end)["upload_gap_minutes"].why == "not_connected"
    half = found(since=START + 12 * HOUR, delays=np.full(10, 0.5), made=10)
    assert {half[name].why for name in ("upload_delay_s", "late_share")} == {"too_little_data"}
    assert [fact.why for fact in upload(grid({}), [])] == ["no_gateway"] * 3


def test_delay_and_lateness_count_what_did_not_come_as_latest() -> None:
    delays = delays_of([(START, START + SECOND)] * 90 + [(START, START + 2 * MINUTE)] * 10)
    facts = found(delays=delays, made=100)
    assert (facts["upload_delay_s"].value, facts["late_share"].value) == (120.0, 0.1)
    facts = found(delays=delays[:90], made=100, missing=10)
    assert (facts["upload_delay_s"].value, facts["upload_delay_s"].why) == (None, "items_missing")
    assert (facts["late_share"].value, facts["late_share"].numbers["not_come"]) == (0.1, 10.0)
    assert found(delays=delays, made=0)["late_share"].why == "no_items"


def test_a_clock_ahead_is_no_negative_delay() -> None:
    fact = found(delays=np.full(20, -5.0), made=20)["upload_delay_s"]
    assert (fact.value, fact.numbers["clock_ahead"]) == (0.0, 20.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 7200), min_size=1, max_size=120), st.data())
def test_taking_items_or_readings_away_never_improves_an_upload_fact(delays: list[float], data: st.DataObject) -> None:
    keep = data.draw(st.lists(st.booleans(), min_size=len(delays), max_size=len(delays)))
    gone = data.draw(st.sets(st.integers(0, W - 1)))
    seen = np.full(W, DUE)
    seen[list(gone)] = 0
    before = found(delays=np.array(delays), made=len(delays))
    after = found(delays=np.array(delays)[np.array(keep)], made=len(delays), seen=windows(seen))
    for name, old in before.items():
        new = after[name]
        assert new.completeness <= old.completeness
        if new.value is not None:
            assert old.value is not None
            assert new.value >= old.value - 1e-9, name


@given(st.lists(st.tuples(st.integers(-50, 150), st.integers(-50, 150))), st.integers(0, 100))
def test_length_is_that_of_the_union(spans: list[tuple[int, int]], end: int) -> None:
    truth = {at for low, high in spans for at in range(low, high) if 0 <= at < end}
    assert length(spans, 0, end) == len(truth)


def test_windows_are_of_five_minutes() -> None:
    assert WINDOW * W == 24 * HOUR
