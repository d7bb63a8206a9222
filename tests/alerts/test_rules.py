"""Limits on blocks: what enters a latch, what leaves it, and what never does."""

from time import thread_time

import numpy as np
import pytest

from alerts import limits
from alerts.packs import load
from alerts.rules import Change, Latches, NoLimit, Reason, compile_limits, judge, to_event
from contracts import quality as q
from contracts.clock import BUILD_TIME, HOUR, MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry

NOW = BUILD_TIME
PACK = load()


def point(name: str, row: str, quantity: str = "methane") -> Point:
    return Point(name, quantity, "8101", "回风隅角", "return corner", limit_row=row, mapped_by="tester" if row else "")


REGISTRY = Registry(
    "m1",
    "一矿",
    "Mine 1",
    (
        point("T01", "face_return_corner"),
        point("T02", "heading_series_before_fan"),
        point("T03", ""),
        point("C01", "co_face_return", "carbon_monoxide"),
        point("C02", "co_diesel_road", "carbon_monoxide"),
        point("T04", "main_return"),
        point("C03", "co_charging_room", "carbon_monoxide"),
    ),
)
CORNER, TWO_STAGES, UNMAPPED, CO, CO_NO_VALUE, MAIN_RETURN, CO_ROOM = range(7)
LIMITS = compile_limits(REGISTRY, PACK)


class Mine:
    """Feeds readings and keeps the latches."""

    def __init__(self) -> None:
        self.latches, self.now = Latches.fresh(LIMITS), NOW

    def feed(self, number: int, value: float, quality: int = 0, *, time: int | None = None, pass_time: int = SECOND) -> list[tuple]:
        self.now += pass_time
        block = Block.of([number], self.now if time is None else time, [value], quality)
        self.latches, self.last = judge(LIMITS, self.latches, block, self.now)
        return [(t.rule, t.change, t.reason) for t in self.last]


@pytest.fixture
def mine() -> Mine:
    """A mine whose points have all been seen normal."""
    mine = Mine()
    for number in range(len(REGISTRY.points)):
        mine.feed(number, 0.0)
    return mine


RAISED = ("limit.alarm", Change.RAISE, Reason.LIMIT_REACHED)
RETURNED = ("limit.alarm", Change.RETURN, Reason.BELOW_DEADBAND)
CUT = ("limit.cut.0", Change.CUT, Reason.LIMIT_REACHED)
RESTORED = ("limit.cut.0", Change.RESTORE, Reason.BELOW_RESTORE)


def test_a_point_without_a_limit_says_why():
    assert LIMITS.why_none == (None, None, NoLimit.UNMAPPED, None, NoLimit.NO_VALUE, None, None)
    assert np.isnan(LIMITS.alarm_ge[[UNMAPPED, CO_NO_VALUE]]).all()
    other = compile_limits(Registry("m", "m", "m", (point("T9", "co_face_return"), point("T8", "nowhere"))), PACK)
    assert other.why_none == (NoLimit.OTHER_QUANTITY, NoLimit.NO_ROW)


def test_limits_stand_by_point_number():
    assert LIMITS.alarm_ge[CORNER] == 1.0
    assert LIMITS.leave[CORNER, limits.ALARM] == 0.99
    assert LIMITS.leave[CO, limits.ALARM] == 23
    assert LIMITS.cut_ge[TWO_STAGES].tolist() == [0.5, 1.5]
    assert LIMITS.restore_lt[TWO_STAGES].tolist() == [0.5, 0.5]
    assert np.isnan(LIMITS.cut_ge[MAIN_RETURN]).all()


def test_the_first_good_reading_below_every_limit_is_told_once():
    mine = Mine()
    assert mine.feed(CORNER, 0.2) == [("*", Change.RETURN, Reason.FIRST_READING)]
    assert mine.feed(CORNER, 0.2) == []


def test_a_first_reading_above_the_limit_raises():
    assert Mine().feed(CORNER, 1.0)[0] == RAISED


def test_a_first_reading_between_restore_and_alarm_tells_only_what_it_shows():
    mine = Mine()
    assert mine.feed(CORNER, 1.2)[0] == RAISED
    mine.latches = Latches.fresh(LIMITS)
    assert mine.feed(CORNER, 0.995) == [
        ("device.alarm", Change.RETURN, Reason.FIRST_READING),
        ("limit.cut.0", Change.RESTORE, Reason.FIRST_READING),
    ]


def test_alarm_cut_and_restore_are_latches_of_their_own(mine):
    assert mine.feed(CORNER, 1.0) == [RAISED]
    assert mine.feed(CORNER, 1.5) == [CUT]
    assert mine.feed(CORNER, 1.2) == []
    assert mine.feed(CORNER, 0.995) == [RESTORED]
    assert mine.feed(CORNER, 0.98) == [RETURNED]


def test_two_cut_stages_of_one_sensor_cut_and_restore_apart(mine):
    assert mine.feed(TWO_STAGES, 0.5) == [RAISED, CUT]
    assert mine.feed(TWO_STAGES, 1.5) == [("limit.cut.1", Change.CUT, Reason.LIMIT_REACHED)]
    assert mine.feed(TWO_STAGES, 0.495) == [RESTORED, ("limit.cut.1", Change.RESTORE, Reason.BELOW_RESTORE)]


def test_a_cut_without_an_official_restore_value_says_so(mine):
    mine.feed(CO_ROOM, 24)
    assert mine.feed(CO_ROOM, 22)[-1] == ("limit.cut.0", Change.RESTORE, Reason.NO_RESTORE_VALUE)
    assert mine.last[-1].clause == "project"


def test_a_flicker_of_the_last_digit_does_not_chatter(mine):
    assert mine.feed(CORNER, 1.0) == [RAISED]
    assert mine.feed(CORNER, 0.99) == mine.feed(CORNER, 1.0) == []


@pytest.mark.parametrize("bit", [q.SUBSTATION_FAULT, q.NOT_POLLED, q.PAUSED, q.SENSOR_FAULT, q.NOT_A_NUMBER, q.OUT_OF_RANGE])
def test_an_unusable_reading_neither_raises_nor_clears(mine, bit):
    assert mine.feed(CORNER, 3.0, bit | q.ALARM) == []
    mine.feed(CORNER, 1.2)
    assert mine.feed(CORNER, 0.0, bit) == []


@pytest.mark.parametrize("bit", [q.CALIBRATION, q.CLOCK_SUSPECT, q.FROZEN, q.DOUBTFUL, q.OVER_RANGE])
def test_only_a_good_reading_clears(mine, bit):
    mine.feed(CORNER, 1.2)
    assert RETURNED not in mine.feed(CORNER, 0.0, bit)
    assert RETURNED in mine.feed(CORNER, 0.0)


def test_not_a_number_changes_nothing(mine):
    mine.feed(CORNER, 1.2)
    assert mine.feed(CORNER, float("nan")) == []
    assert mine.latches.newest[CORNER] == mine.now - SECOND


def test_a_late_reading_raises_but_does_not_clear(mine):
    assert mine.feed(CORNER, 1.2, pass_time=HOUR, time=mine.now + MINUTE) == [RAISED]
    assert mine.feed(CORNER, 0.2, time=mine.now - 2 * MINUTE) == []
    assert mine.feed(CORNER, 0.2) == [RETURNED]


def test_an_alarm_under_calibration_is_raised_unverified_and_verified_later(mine):
    assert mine.feed(CORNER, 1.1, q.CALIBRATION) == [("limit.alarm", Change.RAISE, Reason.UNDER_CALIBRATION)]
    assert mine.last[0].unverified
    assert mine.feed(CORNER, 1.1, q.CALIBRATION) == []
    assert mine.feed(CORNER, 1.1) == [("limit.alarm", Change.RAISE, Reason.VERIFIED)]


def test_state_5_below_our_limit_is_an_unverified_alarm_of_the_device(mine):
    assert mine.feed(CORNER, 0.4, q.ALARM | q.CALIBRATION) == [("device.alarm", Change.RAISE, Reason.UNDER_CALIBRATION)]


def test_the_devices_own_alarm_is_never_hidden(mine):
    assert mine.feed(UNMAPPED, 0.6, q.ALARM) == [("device.alarm", Change.RAISE, Reason.DEVICE_STATE)]
    assert mine.feed(UNMAPPED, 0.6) == [("device.alarm", Change.RETURN, Reason.DEVICE_CLEARED)]


def test_one_cause_is_one_alarm_where_device_and_limit_agree(mine):
    assert mine.feed(CORNER, 1.1, q.ALARM) == [RAISED]


def test_over_range_of_a_methane_sensor_raises_whatever_it_reads(mine):
    assert mine.feed(CORNER, 0.3, q.OVER_RANGE)[0] == ("limit.alarm", Change.RAISE, Reason.OVER_RANGE)
    assert mine.feed(UNMAPPED, 4.0, q.OVER_RANGE) == [("device.alarm", Change.RAISE, Reason.DEVICE_STATE)]
    assert Mine().feed(CORNER, -0.1, q.OVER_RANGE) == []


def test_older_readings_above_the_limit_become_a_past_alarm(mine):
    mine.feed(CORNER, 0.2, pass_time=HOUR)
    start = mine.now - 10 * MINUTE
    block = Block.of([CORNER] * 4, [start + at * SECOND for at in range(4)], [1.2, 1.7, 1.1, 0.4])
    mine.latches, told = judge(LIMITS, mine.latches, block, mine.now)
    assert [(t.rule, t.change, t.numbers["count"]) for t in told] == [("limit.cut.0", Change.PAST, 1), ("limit.alarm", Change.PAST, 3)]
    assert told[1].numbers | {"count": 3} == {"start": start, "end": start + 2 * SECOND, "peak": 1.7, "count": 3}
    assert not (mine.latches.state > 0).any()


def test_an_older_reading_of_an_active_alarm_is_no_second_alarm(mine):
    raised = mine.now + SECOND
    mine.feed(CORNER, 1.2)
    mine.feed(CORNER, 1.2, pass_time=10 * SECOND)
    assert mine.feed(CORNER, 1.4, time=raised + SECOND) == []
    mine.feed(CORNER, 0.2)
    assert mine.last[0].numbers == {"start": float(raised), "peak": 1.4}


def test_after_a_clock_set_back_a_live_reading_raises_and_clears(mine):
    mine.feed(CORNER, 1.2)
    mine.now -= HOUR
    assert mine.feed(CORNER, 0.2) == [RETURNED]
    assert mine.feed(CORNER, 1.2) == [RAISED]


def test_a_quiet_reading_from_the_future_does_not_make_live_readings_old(mine):
    mine.feed(CORNER, 0.2, time=mine.now + HOUR)
    assert mine.feed(CORNER, 1.2) == [RAISED]


def test_the_trend_is_told_where_it_is_known(mine):
    for _ in range(20):
        mine.feed(CORNER, 0.2 + (mine.now - NOW) / MINUTE * 0.05, pass_time=10 * SECOND)
    mine.feed(CORNER, 1.0)
    assert 0.05 < mine.last[0].numbers["rise_per_min"] < 0.7


def test_the_block_judged_is_left_as_it_was_and_so_are_the_old_latches(mine):
    before = mine.latches.copy()
    kept = mine.latches
    mine.feed(CORNER, 1.7)
    assert all(
        np.array_equal(getattr(kept, name), getattr(before, name), equal_nan=name in ("peak", "trend_value")) for name in kept.__slots__
    )


def test_a_quiet_block_of_a_thousand_readings_takes_less_than_a_millisecond():
    registry = Registry("m", "m", "m", tuple(point(f"T{at}", "heading_series_before_fan") for at in range(1000)))
    limits = compile_limits(registry, PACK)
    latches, spent = Latches.fresh(limits), []
    for at in range(20):
        block = Block.of(np.arange(1000, dtype=np.int32), NOW + at * SECOND, np.full(1000, 0.3))
        start = thread_time()
        latches, told = judge(limits, latches, block, NOW + at * SECOND)
        spent.append(thread_time() - start)  # what it costs, not what others do meanwhile
    assert told == []
    assert sorted(spent)[5] < 1e-3


def test_an_event_names_point_clause_and_pack(mine):
    mine.feed(CORNER, 1.23)
    event = to_event(mine.last[0], REGISTRY, PACK, mine.now)
    assert (event.point, event.value, event.limit) == ("T01", 1.23, 1.0)
    assert event.clause == "CMSR2025 Art.536, Table 19"
    assert event.pack == PACK.name
