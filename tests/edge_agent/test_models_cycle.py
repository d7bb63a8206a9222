"""Readings as rows: the newest of each point, NaN where none came, and a slow point's reading for as long as it stands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts.weighing import FRESH
from contracts.clock import MINUTE, SECOND
from contracts.columns import Block
from contracts.quality import CALIBRATION, NOT_POLLED
from edge_agent.advice.advisor import advised
from edge_agent.advice.cycle import Cycle
from tests.edge_agent.advised import NAMES, REGISTRY, START


def cycle() -> Cycle:
    return Cycle(advised(REGISTRY), SECOND)


def values(made: Cycle, at: int) -> list[float]:
    return [float(value) for value in made.row(START + at * SECOND)[0].values[0]]


def test_what_did_not_come_is_nan_and_not_polled() -> None:
    made = cycle()
    made.hear(Block.of([0, 2], START, [0.5, 2.0], [0, CALIBRATION]), START)

    frame, quality = made.row(START)

    assert frame.points == NAMES
    assert frame.times.tolist() == [START]
    np.testing.assert_array_equal(frame.values, [[0.5, np.nan, 2.0, np.nan, np.nan]])
    assert quality.tolist() == [[0, NOT_POLLED, CALIBRATION, NOT_POLLED, NOT_POLLED]]


def test_a_point_that_came_each_cycle_and_stops_is_unknown_at_once() -> None:
    made = cycle()
    for at in range(5):
        made.hear(Block.of([0], START + at * SECOND, [0.5]), START + at * SECOND)
        assert values(made, at)[0] == 0.5

    assert np.isnan(values(made, 5)[0])


def test_an_older_reading_does_not_replace_a_newer_one_in_whichever_order_they_come() -> None:
    made = cycle()
    made.hear(Block.of([0], START, [0.5]), START)
    made.hear(Block.of([0, 1, 1], [START - SECOND, START, START - SECOND], [9.0, 0.2, 9.0]), START)

    assert values(made, 0)[:2] == [0.5, 0.2]
    made.hear(Block.of([0], START - SECOND, [9.0]), START)
    assert values(made, 1)[0] == 0.5


def test_a_backlog_and_a_time_in_the_future_say_nothing_of_the_present() -> None:
    made = cycle()
    made.hear(Block.of([0, 1, 2], [START - FRESH - 1, START + FRESH + 1, START - FRESH], [1.0, 1.0, 1.0]), START)

    assert np.isnan(values(made, 0)[:2]).all()
    made.hear(Block.of([1], START + SECOND, [0.3]), START + SECOND)
    assert values(made, 1)[1] == 0.3


def test_a_slow_point_stands_from_reading_to_reading_and_no_longer() -> None:
    made = cycle()
    known = []
    for at in range(400):
        if at % 30 == 0 and at < 300:
            made.hear(Block.of([0], START + at * SECOND, [at]), START + at * SECOND)
        known.append(values(made, at)[0])

    assert known[:300] == [at - at % 30 for at in range(300)]
    assert not np.isnan(known[270 + 60])
    assert np.isnan(known[270 + 62 :]).all()


def test_a_long_silence_makes_no_slow_point_of_a_quick_one() -> None:
    made = cycle()
    for at in (0, 1, 2, 900, 901):
        made.hear(Block.of([0], START + at * SECOND, [0.5]), START + at * SECOND)
        values(made, at)

    assert np.isnan(values(made, 902)[0])


def test_scores_are_not_scored() -> None:
    made = cycle()

    made.hear(Block.of([len(NAMES)], START, [0.7]), START)

    assert made.points == NAMES
    assert np.isnan(values(made, 0)).all()


rows = st.tuples(st.integers(0, len(NAMES)), st.integers(-2, 2), st.integers(-100, 100), st.floats(), st.integers(0, 0xFFFF))


@given(st.lists(st.lists(rows, max_size=6), max_size=8))
def test_a_row_has_the_newest_live_reading_of_every_point_whatever_comes(blocks: list[list[tuple[int, int, int, float, int]]]) -> None:
    made = cycle()
    newest = dict.fromkeys(NAMES, (-(1 << 62), np.nan))
    for block in blocks:
        now = START + MINUTE
        times = [now + minutes * MINUTE + seconds * SECOND for _, minutes, seconds, *_ in block]
        made.hear(Block.of([row[0] for row in block], times, [row[3] for row in block], [row[4] for row in block]), now)
        for at, _ in sorted(enumerate(times), key=lambda pair: pair[1]):
            point, *_, value, _ = block[at]
            if point < len(NAMES) and abs(now - times[at]) <= FRESH and times[at] >= newest[NAMES[point]][0]:
                newest[NAMES[point]] = times[at], value

    frame, _ = made.row(START + MINUTE)

    np.testing.assert_array_equal(frame.values[0], [newest[name][1] for name in NAMES])
