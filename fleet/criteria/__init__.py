"""Criteria of a pack over facts: verdicts with their trace, the cheapest next step, two packs side by side. Pure; arrays in, arrays out."""

from fleet.criteria.comparing import Change, Comparison, compare, together
from fleet.criteria.judged import MET, NO_EVIDENCE, NOT_MET, OPEN, STATUS, WHY, Judged, Result
from fleet.criteria.judging import judge
from fleet.criteria.steps import Next, Step, nearest, next_steps, steps_of

__all__ = [
    "MET",
    "NOT_MET",
    "NO_EVIDENCE",
    "OPEN",
    "STATUS",
    "WHY",
    "Change",
    "Comparison",
    "Judged",
    "Next",
    "Result",
    "Step",
    "compare",
    "judge",
    "nearest",
    "next_steps",
    "steps_of",
    "together",
]
