"""The handling form of an alarm: what a person states, and where it contradicts the data. Pure.

What a person states and what the data said stand side by side; neither replaces the other, and a contradiction is shown, never corrected.
"""

from dataclasses import dataclass
from typing import Literal

from alerts.packs.handling import Handling, Tolerance
from contracts.errors import BadConfig
from contracts.units import QUANTITIES

LONGEST = 600
TEST_GAS, LOCK_TEST, MOVED, FAN_CHANGE, FAULT = "test_gas", "lock_test", "moved", "fan_change", "fault"
"""Causes the checks know; a pack may have others, of which nothing is checked but the numbers."""
AT_ONE_SENSOR = frozenset({TEST_GAS, LOCK_TEST, MOVED, FAULT})


@dataclass(frozen=True, slots=True)
class Form:
    """What a person states. `peak` in the alarm's unit; None and `unknown`: not stated. `grade`: of the pack, where it has any."""

    cause: str
    words: str = ""
    peak: float | None = None
    duration_s: float | None = None
    cut: Literal["yes", "no", "not_due", "unknown"] = "unknown"
    feed: Literal["off", "on", "unknown"] = "unknown"
    withdrawal: Literal["yes", "no", "unknown"] = "unknown"
    withdrawn: int | None = None
    measures: str = ""
    reported_to: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the data said when the form was filled; None: not known. Times µs UTC; `duration_s` to now where it goes on (`ongoing`).

    `readings` of the point from raise to end, `flagged`: of them under calibration, `faults`: unusable ones, `plateau`: whether they have
    the shape of test gas; `neighbours` of the same area and `neighbours_rise` (%CH4) of the highest of them; `feed`: `off` where it was
    seen off at any time, `on` where it was seen and always on; `fans_stopped`: whether one of the place's fans was seen standing.
    """

    quantity: str = ""
    unit: str = ""
    peak: float | None = None
    limit: float | None = None
    start: int = 0
    end: int | None = None
    duration_s: float = 0.0
    ongoing: bool = False
    readings: int = 0
    flagged: int = 0
    faults: int = 0
    plateau: bool | None = None
    neighbours: int = 0
    neighbours_rise: float | None = None
    cut_reached: bool = False
    feed: str = ""
    fans_stopped: bool | None = None
    lock_test: bool | None = None
    permit: bool = False


def check_form(form: Form, pack: Handling) -> None:
    """Nothing, or BadConfig naming the field, its value and what is allowed."""
    cause = pack.cause(form.cause)
    if cause is None:
        raise BadConfig("body.cause", form.cause, ", ".join(one.id for one in pack.causes))
    if cause.words and not form.words.strip():
        raise BadConfig("body.words", "", f"words, where the cause is {cause.id}")
    grades = [grade.id for grade in pack.grades or ()]
    if form.grade and form.grade not in grades:
        raise BadConfig("body.grade", form.grade, ", ".join(grades) or f"empty: {pack.unknown.en}")
    if form.withdrawn is not None and form.withdrawal != "yes":
        raise BadConfig("body.withdrawn", form.withdrawn, "only where people were withdrawn")


def contradictions(form: Form, facts: Facts, allowed: Tolerance) -> list[str]:
    """Codes of what the data speak against, in a fixed order; what is not known speaks against nothing."""
    found = {
        "peak_below_stored": form.peak is not None and facts.peak is not None and form.peak < facts.peak - _digit(facts.quantity),
        "shorter_than_stored": form.duration_s is not None and form.duration_s < _shortest(facts, allowed),
        "no_trace_of_test_gas": form.cause in (TEST_GAS, LOCK_TEST) and not (facts.permit or facts.flagged or facts.plateau),
        "no_lock_test_filed": form.cause == LOCK_TEST and facts.lock_test is False,
        "neighbours_rose": form.cause in AT_ONE_SENSOR and (facts.neighbours_rise or 0.0) >= allowed.neighbours_rise,
        "fans_ran_all_along": form.cause == FAN_CHANGE and facts.fans_stopped is False,
        "cut_value_was_reached": form.cut == "not_due" and facts.cut_reached,
        "feed_was_never_off": facts.feed == "on" and (form.cut == "yes" or form.feed == "off"),
    }
    return [code for code, speaks in found.items() if speaks]


def _digit(quantity: str) -> float:
    """Half the last digit that is shown: what a person reads off the screen contradicts nothing."""
    known = QUANTITIES.get(quantity)
    return 0.5 * 10.0 ** -(known.decimals if known else 2) + 1e-9


def _shortest(facts: Facts, allowed: Tolerance) -> float:
    return facts.duration_s - max(allowed.duration_s, allowed.duration_share * facts.duration_s)
