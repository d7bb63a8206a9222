"""Times are integers and come back from their ISO form to the microsecond."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import BUILD_TIME, DAY, END_OF_TIME, HOUR, MINUTE, SECOND, ManualClock, SystemClock, from_iso, iso


@settings(max_examples=100, deadline=None)
@given(st.integers(0, END_OF_TIME - 1))
def test_every_time_of_the_wire_survives_its_iso_form(micros: int) -> None:
    assert from_iso(iso(micros)) == micros
    assert from_iso(iso(micros).removesuffix("Z")) == micros


def test_iso_names_utc_and_microseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000000Z"
    assert iso(END_OF_TIME - 1) == "9999-12-31T23:59:59.999999Z"
    assert from_iso("2026-11-24T21:32:25.5+08:00") == from_iso("2026-11-24T13:32:25.500000Z")
    with pytest.raises(ValueError, match="Invalid isoformat"):
        from_iso("yesterday")


def test_a_day_is_a_day() -> None:
    assert DAY == 24 * HOUR == 24 * 60 * MINUTE == 24 * 60 * 60 * SECOND


def test_setting_the_wall_clock_does_not_move_the_monotonic_one() -> None:
    clock = ManualClock()

    clock.advance(SECOND - 1)
    clock.advance(1)
    clock.step(-MINUTE)

    assert (clock.now(), clock.monotonic()) == (BUILD_TIME + SECOND - MINUTE, SECOND)


def test_the_machine_s_clock_counts_microseconds() -> None:
    clock = SystemClock()
    told = [time.time_ns() // 1000, clock.now(), time.time_ns() // 1000]
    since = [time.monotonic_ns() // 1000, clock.monotonic(), time.monotonic_ns() // 1000]

    assert told == sorted(told)
    assert since == sorted(since)
    assert (type(told[1]), type(since[1])) == (int, int)


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that lives by the time of China."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_no_time_depends_on_the_zone_of_the_machine() -> None:
    assert time.localtime(0).tm_hour == 8
    assert iso(0) == "1970-01-01T00:00:00.000000Z"
    assert from_iso("1970-01-01T00:00:00") == from_iso("1970-01-01T08:00:00+08:00") == 0


def test_times_before_1970_come_back_too() -> None:
    assert from_iso("1969-12-31T23:59:58.500000Z") == -1_500_000
    assert iso(-1_500_000) == "1969-12-31T23:59:58.500000Z"
