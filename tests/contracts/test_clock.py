"""Times are integers and come back from their ISO form to the microsecond."""

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

    clock.advance(SECOND)
    clock.step(-MINUTE)

    assert (clock.now(), clock.monotonic()) == (BUILD_TIME + SECOND - MINUTE, SECOND)


def test_the_machine_s_clock_counts_microseconds() -> None:
    clock = SystemClock()

    assert 0 <= clock.monotonic() <= clock.monotonic()
    assert 0 < clock.now() < END_OF_TIME
