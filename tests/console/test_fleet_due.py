"""Which days are gathered when: after midnight and a settling time, again for some days, again where late data came."""

from hypothesis import given
from hypothesis import strategies as st

from console.fleet.due import AGAIN, LOOK_BACK, SETTLE, days_after, due_days, last_day
from console.fleet.late import QUIET, Late
from contracts.clock import DAY, HOUR, from_iso
from fleet.facts.day import day_of
from store.records.engine import open_records

ZONE = 8
NIGHT = from_iso("2026-11-29T18:00:00Z")
"""02:00 on the 30th in the mine's zone."""
LONG_AGO = NIGHT - 400 * DAY


def test_a_day_is_due_once_it_is_over_and_settled() -> None:
    assert last_day(ZONE, NIGHT) == "2026-11-29"
    assert last_day(ZONE, NIGHT - 1) == "2026-11-28"
    assert due_days(ZONE, LONG_AGO, "2026-11-28", (), NIGHT - 1) == []
    assert due_days(ZONE, LONG_AGO, "2026-11-28", (), NIGHT)[-1] == "2026-11-29"
    assert SETTLE == 2 * HOUR


def test_a_night_gathers_the_days_before_once_more_and_a_day_nothing() -> None:
    assert due_days(ZONE, LONG_AGO, "2026-11-28", (), NIGHT) == ["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"]
    assert due_days(ZONE, LONG_AGO, "2026-11-29", (), NIGHT + 10 * HOUR) == []
    assert AGAIN == 3


def test_a_centre_that_was_off_catches_up_and_a_new_mine_begins_when_it_was_heard() -> None:
    assert due_days(ZONE, LONG_AGO, "2026-11-20", (), NIGHT)[0] == "2026-11-18"
    assert len(due_days(ZONE, LONG_AGO, "", (), NIGHT)) == LOOK_BACK
    assert due_days(ZONE, NIGHT - DAY - 3 * HOUR, "", (), NIGHT) == ["2026-11-28", "2026-11-29"]
    assert due_days(ZONE, NIGHT, "", (), NIGHT) == []


def test_days_after_a_day_are_as_many_as_it_takes_and_no_more_than_a_month() -> None:
    assert days_after("2026-11-28", "2026-11-30") == ["2026-11-29", "2026-11-30"]
    assert days_after("2026-11-30", "2026-11-30") == []
    assert len(days_after("", "2026-11-30")) == len(days_after("2025-01-01", "2026-11-30")) == LOOK_BACK


@given(st.integers(0, 40), st.integers(0, 40), st.sets(st.integers(-5, 60)))
def test_every_day_from_the_first_to_the_last_is_due_once_and_none_after(newest: int, heard: int, late: set[int]) -> None:
    def day(ago: int) -> str:
        return last_day(ZONE, NIGHT - ago * DAY)

    first = day_of("m", day(heard), ZONE, NIGHT).start
    found = due_days(ZONE, first, day(newest), [day(ago) for ago in late], NIGHT)
    assert found == sorted(set(found))
    assert all(day(heard) <= one <= day(0) for one in found)
    assert {day(ago) for ago in range(newest) if ago <= heard} <= set(found)
    assert {day(ago) for ago in late if 0 <= ago <= heard} <= set(found)


def test_late_windows_become_days_that_wait_until_nothing_more_comes() -> None:
    late = Late()
    yesterday, before = NIGHT - 10 * HOUR, NIGHT - DAY - 10 * HOUR
    late.changed([("north", yesterday), ("north", before), ("south", before)], 0)
    assert late.sort({"south": 8}, {"north": "2026-11-28", "south": "2026-11-20"}, ZONE)
    assert set(late.days) == {("north", "2026-11-28")}

    late.changed([("north", before + 1)], QUIET - 1)
    assert not late.sort({}, {"north": "2026-11-28"}, ZONE)
    assert late.quiet("north", QUIET) == []
    assert late.quiet("north", 2 * QUIET - 1) == ["2026-11-28"]
    assert late.done("north", "2026-11-28")
    assert not late.done("north", "2026-11-28")


def test_what_waits_outlives_the_centre() -> None:
    records, late = open_records("sqlite://"), Late()
    late.days["north", "2026-11-28"] = 5
    with records.begin() as db:
        late.save(db)
    again = Late()
    with records.read() as db:
        again.load(db, 7 * HOUR)
    assert again.quiet("north", 7 * HOUR) == ["2026-11-28"]
    records.close()
