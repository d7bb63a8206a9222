"""Shifts and days: without gap or overlap whatever the pattern, and the shift that hands over is the one that just ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.duty import shifts
from console.duty.calendar import before, day_at, day_before, mine_day, turn_at
from console.duty.handing import outgoing, same_person
from console.duty.shifts import Pattern, Shift, checked
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.errors import BadConfig
from tests.console.web_pit import NOON

ZONE = 8
THREE = checked((Shift("早班", "morning", "06:00"), Shift("中班", "noon", "14:00"), Shift("夜班", "night", "22:00")))


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    first = draw(st.integers(0, 287))
    rest = draw(st.lists(st.integers(1, 287), max_size=5, unique=True))
    starts = [(first + step) % 288 * 5 for step in [0, *sorted(rest)]]
    return checked(tuple(Shift(f"班{n}", f"shift {n}", f"{at // 60:02d}:{at % 60:02d}") for n, at in enumerate(starts)))


moments = st.integers(NOON - 800 * DAY, NOON + 800 * DAY)


@given(patterns(), moments)
def test_every_moment_is_of_one_day_and_one_shift_and_days_meet(pattern, now):
    day = day_at(pattern, now, ZONE)
    turn = turn_at(pattern, now, ZONE)

    assert day.start <= now < day.end
    assert turn is not None
    assert turn.start <= now < turn.end
    assert turn.day == day.day
    assert day_before(pattern, day, ZONE).end == day.start


@given(patterns(), moments)
def test_the_shifts_of_a_day_follow_each_other_from_its_start_to_its_end(pattern, now):
    day = day_at(pattern, now, ZONE)
    edges = [day.start, *(turn.end for turn in day.turns)]

    assert [turn.start for turn in day.turns] == edges[:-1]
    assert edges[-1] == day.end
    assert all(turn.end > turn.start for turn in day.turns)
    assert [turn.following for turn in day.turns] == [*pattern.shifts[1:], pattern.shifts[0]]


@given(patterns())
def test_a_pattern_is_kept_as_it_was_set(pattern):
    assert shifts.read(shifts.written(pattern)) == pattern


def test_a_mine_without_shifts_has_days_from_midnight_and_no_shift():
    day = day_at(None, NOON, ZONE)

    assert (day.start + ZONE * HOUR) % DAY == 0
    assert (day.turns, turn_at(None, NOON, ZONE), shifts.read(None)) == ((), None, None)


def test_the_night_belongs_to_the_day_its_shifts_began_on():
    three_at_night = mine_day(THREE, "2026-11-24", ZONE).start - 3 * HOUR

    assert day_at(THREE, three_at_night, ZONE).day == "2026-11-23"
    assert turn_at(THREE, three_at_night, ZONE).shift.en == "night"


@pytest.mark.parametrize(
    ("late", "hands_over"), [(-2 * HOUR, "morning"), (-MINUTE, "morning"), (0, "morning"), (2 * HOUR, "morning"), (5 * HOUR, "noon")]
)
def test_the_shift_that_hands_over_is_the_one_whose_end_is_nearest(late, hands_over):
    ends = mine_day(THREE, "2026-11-24", ZONE).turns[0].end

    assert outgoing(THREE, ends + late, ZONE).shift.en == hands_over


def test_just_after_the_day_began_the_night_before_hands_over():
    day = mine_day(THREE, "2026-11-24", ZONE)

    assert (outgoing(THREE, day.start + MINUTE, ZONE).shift.en, outgoing(THREE, day.start + MINUTE, ZONE).end) == ("night", day.start)


@pytest.mark.parametrize(
    "refused",
    [
        (),
        tuple(Shift("班", "shift", f"0{n}:00") for n in range(7)),
        (Shift("", "shift", "06:00"),),
        (Shift("班", " ", "06:00"),),
        (Shift("班" * 21, "shift", "06:00"),),
        (Shift("班", "shift", "24:00"),),
        (Shift("班", "shift", "6:00"),),
        (Shift("班", "shift", "06:03"),),
        (Shift("早", "one", "06:00"), Shift("中", "two", "06:00")),
        (Shift("早", "one", "06:00"), Shift("中", "two", "22:00"), Shift("晚", "three", "14:00")),
    ],
)
def test_what_is_no_pattern_is_refused(refused):
    with pytest.raises(BadConfig):
        checked(refused)


@pytest.mark.parametrize(
    "day", ["", "2026-13-01", "2026-02-30", "20261130", "2026-11-30T00:00", "1999-12-31", "3000-01-01", "２０２６-11-30"]
)
def test_what_is_no_date_is_refused(day):
    with pytest.raises(BadConfig):
        mine_day(None, day, ZONE)


def test_names_are_compared_without_blanks_and_case():
    assert same_person("张 三", "张三")
    assert same_person("Li Wei", "li  wei")
    assert not same_person("张三", "李四")
    assert before("2026-03-01") == "2026-02-28"
    assert mine_day(None, "2026-11-30", 0).start % DAY == 0
    assert mine_day(None, "2026-11-30", ZONE).start // SECOND == 1_795_968_000
