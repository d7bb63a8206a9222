"""What a person states beside what the data said: a contradiction is named, and what is not known contradicts nothing."""

from dataclasses import replace

import numpy as np
import pytest

from alerts.form import Facts, Form, check_form, contradictions
from alerts.packs.handling import load_handling, read_handling
from alerts.traces import FAN, FEED, NEIGHBOUR, OWN, Trace, facts_of, window
from contracts import quality as q
from contracts.clock import MINUTE, SECOND
from contracts.errors import BadConfig
from store.interface import Series
from store.records import alarms as table
from tests.alerts.centre import NOW, event

PACK = load_handling()
CALM = Facts(quantity="methane", unit="%CH4", peak=1.42, limit=1.0, start=NOW, duration_s=240.0, readings=240)


@pytest.mark.parametrize(
    ("form", "facts", "codes"),
    [
        ({"cause": "exhaust", "peak": 1.42, "duration_s": 240}, {}, []),
        ({"cause": "exhaust", "peak": 1.415}, {}, []),
        ({"cause": "exhaust", "peak": 1.41}, {}, ["peak_below_stored"]),
        ({"cause": "exhaust", "peak": 1.2}, {"peak": None}, []),
        ({"cause": "exhaust", "duration_s": 181}, {}, []),
        ({"cause": "exhaust", "duration_s": 179}, {}, ["shorter_than_stored"]),
        ({"cause": "exhaust", "duration_s": 3300}, {"duration_s": 3600.0}, []),
        ({"cause": "test_gas"}, {}, ["no_trace_of_test_gas"]),
        ({"cause": "test_gas"}, {"plateau": True}, []),
        ({"cause": "test_gas"}, {"flagged": 1}, []),
        ({"cause": "test_gas"}, {"permit": True}, []),
        ({"cause": "lock_test"}, {"permit": True, "lock_test": False}, ["no_lock_test_filed"]),
        ({"cause": "lock_test"}, {"permit": True, "lock_test": None}, []),
        ({"cause": "fault"}, {"neighbours_rise": 0.1}, ["neighbours_rose"]),
        ({"cause": "blasting"}, {"neighbours_rise": 0.5}, []),
        ({"cause": "fan_change"}, {"fans_stopped": False}, ["fans_ran_all_along"]),
        ({"cause": "fan_change"}, {"fans_stopped": None}, []),
        ({"cause": "exhaust", "cut": "not_due"}, {"cut_reached": True}, ["cut_value_was_reached"]),
        ({"cause": "exhaust", "cut": "yes"}, {"feed": "on"}, ["feed_was_never_off"]),
        ({"cause": "exhaust", "feed": "off"}, {"feed": ""}, []),
    ],
)
def test_a_statement_against_the_data_is_named(form, facts, codes):
    assert contradictions(Form(**form), replace(CALM, **facts), PACK.tolerance) == codes


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (Form("nonsense"), "body.cause"),
        (Form("other"), "body.words"),
        (Form("real", grade="1"), "body.grade"),
        (Form("real", withdrawn=3), "body.withdrawn"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_what_is_allowed(form, place):
    with pytest.raises(BadConfig) as refused:
        check_form(form, PACK)
    assert refused.value.key == place


def series(values: list[float], start: int = NOW, bits: int = 0) -> Series:
    time = start + np.arange(len(values), dtype=np.int64) * SECOND
    return Series(time, np.array(values), np.full(len(values), bits, np.uint16), np.zeros(len(values), np.uint8))


def trace(role: str, found: Series, point: str = "T01") -> Trace:
    quantity = {FEED: "feed_state", FAN: "run_state"}.get(role, "methane")
    return Trace(point, role, quantity, "%CH4", ("", ""), found)


@pytest.fixture
def row(centre):
    centre.take(event(), event("return", NOW + 60 * SECOND, 0.4, reason="below_deadband"), received=NOW + 60 * SECOND)
    with centre.records.read() as db:
        return table.alarm(db, 1)


FLAT, RAMP = [1.5] * 60, list(np.linspace(1.0, 2.9, 60))


def test_test_gas_stands_on_a_plateau_and_the_mines_own_gas_does_not(row):
    def shape(found: Series) -> bool | None:
        return facts_of(row, [], [trace(OWN, found)], PACK, NOW + MINUTE).plateau

    assert shape(series(FLAT)) is True
    assert shape(series(RAMP)) is False
    assert shape(series([3.5] * 60)) is False
    assert shape(series(FLAT[:3])) is None


def test_the_peak_is_the_highest_that_was_told_or_read(row):
    assert facts_of(row, [], [trace(OWN, series([1.1, 1.9, 1.3]))], PACK, NOW).peak == 1.9
    assert facts_of(row, [], [trace(OWN, series([1.1, 1.9], bits=q.SENSOR_FAULT))], PACK, NOW).peak == 1.2
    assert facts_of(row, [], [trace(OWN, series([1.1]))], PACK, NOW).peak == 1.2


def test_flags_faults_and_readings_are_counted_inside_the_alarm_only(row):
    before = series(FLAT, NOW - 60 * SECOND, q.CALIBRATION)
    joined = Series(*(np.concatenate([getattr(before, n), getattr(series(FLAT), n)]) for n in ("time", "value", "quality", "fold")))
    facts = facts_of(row, [], [trace(OWN, joined)], PACK, NOW + MINUTE)
    assert (facts.readings, facts.flagged, facts.faults) == (60, 0, 0)
    assert facts_of(row, [], [trace(OWN, series(FLAT, bits=q.CALIBRATION))], PACK, NOW).flagged == 60


def test_a_neighbour_is_measured_against_its_own_time_before(row):
    rising = series([0.2] * 120 + [0.35] * 60, NOW - 120 * SECOND)
    facts = facts_of(row, [], [trace(OWN, series(FLAT)), trace(NEIGHBOUR, rising, "T02")], PACK, NOW)
    assert facts.neighbours == 1
    assert facts.neighbours_rise == pytest.approx(0.15)
    unseen = facts_of(row, [], [trace(NEIGHBOUR, series([0.3] * 60), "T02")], PACK, NOW)
    assert unseen.neighbours_rise is None


@pytest.mark.parametrize(
    ("feeds", "seen"),
    [([[1, 1, 0, 1]], "off"), ([[1] * 4], "on"), ([[1] * 4, []], ""), ([[1] * 4, [0] * 4], "off"), ([], "")],
)
def test_a_supply_is_on_only_where_every_one_was_seen_and_none_was_off(row, feeds, seen):
    found = [trace(FEED, series([float(value) for value in values]), f"K{at}") for at, values in enumerate(feeds)]
    assert facts_of(row, [], found, PACK, NOW).feed == seen


def test_the_span_is_cut_at_now_and_an_alarm_of_days_is_not_read_whole(row):
    start, end = window(row, PACK, NOW + 90 * SECOND)
    assert (start, end) == (NOW - 30 * MINUTE, NOW + 90 * SECOND + 1)
    long = window(row, PACK, NOW + 90 * MINUTE)
    assert long[1] == NOW + 60 * SECOND + 30 * MINUTE + 1


def test_the_pack_says_what_is_not_known_and_refuses_what_it_does_not_know():
    assert PACK.grades is None
    assert PACK.routes is None
    assert PACK.unknown.zh == "无已知的官方取值"
    data = (b"schema: 1\nid: handling-x\n", b"", b"causes: [")
    for bad in data:
        with pytest.raises(BadConfig):
            read_handling(bad)


def test_a_number_called_official_needs_its_clause():
    text = load_bytes().replace(b"basis: project\n  answer", b"basis: official\n  answer")
    with pytest.raises(BadConfig, match="with document and clause"):
        read_handling(text)


def test_another_pack_is_named_or_lies_in_a_file(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(load_bytes().replace(b"answer_within_min: 30", b"answer_within_min: 10"))
    assert load_handling(str(path)).within == 10 * MINUTE
    with pytest.raises(BadConfig, match="handling-project"):
        load_handling("handling-nowhere")


def load_bytes() -> bytes:
    from importlib.resources import files  # noqa: PLC0415

    return (files("alerts.packs") / "handling-project.yaml").read_bytes()
