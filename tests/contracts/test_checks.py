"""Quality bits that follow from the value alone: the same whether the points are known to be one run or not."""

import math

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.checks import Bounds, flagged
from contracts.columns import Block
from contracts.quality import CLOCK_SUSPECT, NOT_A_NUMBER, OUT_OF_RANGE

BOUNDS = Bounds(np.array([0.0, -5.0, 10.0, 0.0]), np.array([4.0, 5.0, 20.0, 1.0]))
VALUES = st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 4.0, 4.1, -5.1, 10.0]) | st.floats(-30, 30)


@given(st.integers(0, 2), st.lists(VALUES, min_size=1, max_size=2), st.booleans())
def test_bits_follow_from_the_bounds_of_each_point(first: int, values: list[float], unsure: bool) -> None:
    points = list(range(first, first + len(values)))
    block = Block.of(points, 1, values, 1)
    expected = [
        1
        | (CLOCK_SUSPECT if unsure else 0)
        | (0 if BOUNDS.low[n] <= value <= BOUNDS.high[n] else OUT_OF_RANGE if math.isfinite(value) else NOT_A_NUMBER)
        for n, value in zip(points, values, strict=True)
    ]
    run = msgspec.structs.replace(block, run=slice(first, first + len(values)))
    with np.errstate(all="raise"):
        seen, of_run = flagged(block, BOUNDS, clock_suspect=unsure), flagged(run, BOUNDS, clock_suspect=unsure)
    assert seen.quality.tolist() == of_run.quality.tolist() == expected
    assert of_run.run == run.run
    assert (seen is block) == (expected == [1] * len(values))
