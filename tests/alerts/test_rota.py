"""Who is on duty: the mine's own shifts, exceptions, and no hour that nobody has without somebody saying so."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.config import AlertsSection, Recipient, check_alerts
from alerts.rota import DAYS, Otherwise, Rota, duty_at, gaps, on_duty, today
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.config import load
from contracts.errors import BadConfig

THREE = Rota(
    name="dispatch",
    shifts=("06:00", "14:00", "22:00"),
    week={"every": (("wang",), ("li",), ("zhao",)), "sun": (("li",), ("li",), ("wang",))},
    exceptions=(Otherwise(day="2026-10-01", shift="14:00", who=("zhao", "wang")),),
)


def at(stamp: str) -> int:
    """Beijing time as µs UTC."""
    return int((datetime.fromisoformat(stamp).replace(tzinfo=UTC) - timedelta(hours=8)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("stamp", "who"),
    [
        ("2026-11-30T06:00", ("wang",)),  # a Monday
        ("2026-11-30T13:59", ("wang",)),
        ("2026-11-30T14:00", ("li",)),
        ("2026-11-30T05:59", ("wang",)),  # Sunday's last shift
        ("2026-12-01T03:00", ("zhao",)),  # Monday's last shift
        ("2026-11-29T10:00", ("li",)),
        ("2026-10-01T15:00", ("zhao", "wang")),
        ("2026-10-01T22:00", ("zhao",)),
    ],
)
def test_a_shift_belongs_to_the_day_it_starts_on_and_an_exception_comes_before_the_week(stamp, who):
    assert duty_at(THREE, at(stamp)).who == who


def test_who_stands_in_no_rota_hears_always():
    assert on_duty([THREE], "boss", at("2026-11-30T03:00"))
    assert on_duty([THREE], "li", at("2026-11-30T15:00"))
    assert not on_duty([THREE], "li", at("2026-11-30T08:00"))


def test_the_shifts_of_today_are_those_that_start_today():
    assert [(duty.start, duty.who) for duty in today(THREE, at("2026-11-30T03:00"))] == [
        (at("2026-11-30T06:00"), ("wang",)),
        (at("2026-11-30T14:00"), ("li",)),
        (at("2026-11-30T22:00"), ("zhao",)),
    ]


@st.composite
def _rota(draw) -> Rota:
    moments = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=6)
    starts = sorted({f"{hour:02d}:{minute:02d}" for hour, minute in draw(moments)})
    people = st.lists(st.sampled_from("abc"), max_size=2).map(tuple)
    of_day = st.lists(people, min_size=len(starts), max_size=len(starts)).map(tuple)
    return Rota(name="r", shifts=tuple(starts), week=draw(st.fixed_dictionaries(dict.fromkeys(DAYS, of_day))))


@given(_rota(), st.integers(0, 20_000 * 1440))
def test_at_every_minute_exactly_one_shift_is_worked_and_the_next_follows_without_a_gap(rota, minute):
    now = minute * MINUTE
    duty = duty_at(rota, now)
    assert duty.start <= now < duty.end
    assert duty.end - duty.start <= DAY
    assert duty_at(rota, duty.end).start == duty.end
    assert duty_at(rota, duty.start) == duty


WHO = Recipient(name="wang", address="http://a.example/", role="mine", mines=("m1",))
ALWAYS = Recipient(name="engineer", address="http://b.example/", role="mine", mines=("m1", "m2"), step=1)
GAP = Rota(name="r", shifts=("00:00", "12:00"), week={"every": (("wang",), ("wang",)), "sat": (("wang",), ())})


def test_a_gap_is_refused_where_nobody_outside_the_rota_takes_over():
    with pytest.raises(BadConfig, match="sat 12:00"):
        check_alerts(AlertsSection(recipients=(WHO,), rota=(GAP,)))
    with pytest.raises(BadConfig, match="sat 12:00"):
        check_alerts(AlertsSection(recipients=(WHO, Recipient(name="other", address="http://c.example/", mines=("m2",))), rota=(GAP,)))
    check_alerts(AlertsSection(recipients=(WHO, ALWAYS), rota=(GAP,)))
    assert [(gap.day, gap.shift) for gap in gaps(GAP)] == [("sat", "12:00")]


ONE = 'shifts = ["08:00"]\nweek = {every = [["a"]]}\nexceptions = '


@pytest.mark.parametrize(
    ("rota", "key"),
    [
        ('shifts = ["8:00"]\nweek = {every = [["a"]]}', "alerts.rota[0].shifts"),
        ('shifts = ["08:00", "06:00"]\nweek = {every = [["a"], ["a"]]}', "alerts.rota[0].shifts"),
        ('shifts = ["08:00"]\nweek = {mon = [["a"]]}', "alerts.rota[0].week"),
        ('shifts = ["08:00"]\nweek = {every = [["a"], ["a"]]}', "alerts.rota[0].week.every"),
        ('shifts = ["08:00"]\nweek = {every = [["a"]], noday = [["a"]]}', "alerts.rota[0].week"),
        ('shifts = ["08:00"]\nweek = {every = [["nobody"]]}', "alerts.rota[0].week"),
        (ONE + '[{day = "2026-02-30", shift = "08:00", who = ["a"]}]', "alerts.rota[0].exceptions[0].day"),
        (ONE + '[{day = "2026-02-03", shift = "09:00", who = ["a"]}]', "alerts.rota[0].exceptions[0].shift"),
    ],
)
def test_a_wrong_rota_is_refused_with_the_key(rota, key):
    with pytest.raises(BadConfig) as refused:
        check_alerts(load(AlertsSection, f'[[recipients]]\nname = "a"\naddress = "http://x"\n[[rota]]\nname = "r"\n{rota}', {}))
    assert refused.value.key == key
    assert refused.value.allowed


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ('role = "boss"', "role"),
        ("step = 10", "step"),
        ('role = "inspector"\nstep = 1', "step"),
        ('areas = ["8101"]', "areas"),
        ('role = "inspector"\nareas = ["8101"]\nmines = ["m1"]', "areas"),
        ('district = "north"', "district"),
        ('role = "inspector"\ndistrict = "south"', "district"),
        ('role = "inspector"\ndistrict = "north"\nmines = ["m1"]', "mines"),
    ],
)
def test_a_wrong_role_area_district_or_step_is_refused_with_the_key(facts, key):
    text = f'[[districts]]\nname = "north"\nmines = ["m1"]\n[[recipients]]\nname = "a"\naddress = "http://x"\n{facts}'
    with pytest.raises(BadConfig) as refused:
        check_alerts(load(AlertsSection, text, {}))
    assert refused.value.key == f"alerts.recipients[0].{key}"


def test_times_are_whole_shifts():
    assert duty_at(THREE, at("2026-11-30T08:00")).end - duty_at(THREE, at("2026-11-30T08:00")).start == HOUR * 8
