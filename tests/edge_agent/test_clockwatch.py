"""A gateway's wall clock: where it starts, and what happens when somebody sets it."""

from contracts.clock import BUILD_TIME, HOUR, MINUTE, SECOND, ClockState, ManualClock
from edge_agent.clockwatch import ClockWatch

LATER = BUILD_TIME + 30 * 24 * HOUR


def test_a_clock_that_starts_in_1970_goes_on_from_the_floor_and_says_so() -> None:
    clock = ManualClock(0)
    watch = ClockWatch(clock, newest_on_disk=LATER)
    clock.advance(5 * SECOND)

    assert watch.now() == LATER + 5 * SECOND
    assert watch.state is ClockState.SUSPECT


def test_without_anything_on_disk_the_floor_is_the_build_date() -> None:
    watch = ClockWatch(ManualClock(0), newest_on_disk=0)

    assert watch.now() == BUILD_TIME


def test_it_is_trusted_again_once_the_system_clock_was_set_right() -> None:
    clock = ManualClock(0)
    watch = ClockWatch(clock, newest_on_disk=LATER)
    clock.step(LATER + HOUR)

    assert watch.now() == LATER + HOUR
    assert watch.state is ClockState.TRUSTED
    assert not watch.set_back


def test_a_clock_set_back_while_running_is_followed_and_marked_until_the_old_maximum_is_passed() -> None:
    clock = ManualClock(LATER)
    watch = ClockWatch(clock, newest_on_disk=0)
    clock.advance(SECOND)
    watch.now()

    clock.step(-MINUTE)
    assert watch.now() == LATER + SECOND - MINUTE
    assert watch.set_back
    clock.advance(MINUTE - SECOND)
    watch.now()
    assert watch.set_back
    clock.advance(2 * SECOND)
    watch.now()
    assert not watch.set_back
    assert watch.state is ClockState.TRUSTED


def test_slewing_by_a_few_milliseconds_is_nobody_setting_the_clock() -> None:
    clock = ManualClock(LATER)
    watch = ClockWatch(clock, newest_on_disk=0)
    clock.step(-3_000)
    watch.now()

    assert not watch.set_back
