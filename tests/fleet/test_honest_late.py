"""Late over a link that was up, and late because it was down."""

import numpy as np

from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.facts import Fact
from fleet.facts.day import day_of
from fleet.facts.honest_late import Down, Items, late_undeclared

THE_DAY = day_of("mine", "2026-01-01", 8, 1 << 60)
MADE = THE_DAY.start + np.arange(0, DAY, MINUTE)


def _found(late: tuple[int, int] | None, *downs: tuple[int, int], absent: int = 0) -> Fact:
    """Items each minute; those made in `late` (hours of the day) came two hours later."""
    received = MADE + SECOND
    if late is not None:
        held = (late[0] * HOUR + THE_DAY.start <= MADE) & (late[1] * HOUR + THE_DAY.start > MADE)
        received = np.where(held, MADE + 2 * HOUR, received)
    spans = [Down(THE_DAY.start + first * HOUR, THE_DAY.start + end * HOUR, f"alarm:{first}") for first, end in downs]
    return late_undeclared(THE_DAY, "gw1", Items(MADE, received, absent), spans)


def test_nothing_late_is_nothing() -> None:
    assert _found(None).value == 0.0


def test_late_over_a_link_that_was_up_is_not_explained() -> None:
    assert _found((6, 12)).value == 0.25


def test_late_while_the_ledger_says_the_link_was_down_is_explained() -> None:
    fact = _found((6, 12), (6, 12))
    assert fact.value == 0.0
    assert (fact.numbers["late"], fact.numbers["explained"]) == (360.0, 360.0)
    assert fact.evidence == ("alarm:6",)


def test_an_outage_explains_its_own_time_only() -> None:
    value = _found((6, 12), (6, 9)).value
    assert value is not None
    assert abs(value - (180 - 2) / 1_440) < 1e-6


def test_without_items_there_is_no_evidence() -> None:
    none = late_undeclared(THE_DAY, "gw1", Items(MADE[:0], MADE[:0]), [])
    assert (none.value, none.why) == (None, "no_items")


def test_where_much_did_not_come_there_is_no_evidence() -> None:
    few = _found(None, absent=400)
    assert (few.value, few.why) == (None, "too_little_data")
