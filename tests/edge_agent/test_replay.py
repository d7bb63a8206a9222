"""A replayed file comes out exactly, row by row, also over restarts."""

from pathlib import Path

import numpy as np
import pytest

from contracts.checks import Bounds, flagged
from contracts.clock import SECOND, from_iso
from contracts.errors import BadConfig
from contracts.points import Point, Registry
from contracts.quality import NOT_A_NUMBER
from edge_agent.sources import make_source
from edge_agent.sources.settings import ReplaySettings

REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "a", "处", "place"), Point("W01", "wind_speed", "a", "处", "place")))
START = "2026-11-24T08:00:00Z"


def source(folder: Path, text: str, speed: float = 1.0):  # type: ignore[no-untyped-def]  # the protocol's own type
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    settings = ReplaySettings(name="rows", file=str(folder / "rows.csv"), start=START, speed=speed)
    return make_source(settings, REGISTRY)


ROWS = "time,T01,W01\n2014-01-01 00:00:00,0.5,1.1\n2014-01-01 00:00:01,,1.2\n2014-01-01 00:00:02,0.7,1.3\n2014-01-01 00:00:09,0.8,1.4\n"


async def test_rows_come_when_they_are_due_with_their_distances_kept(tmp_path: Path) -> None:
    replay = source(tmp_path, ROWS)
    start = from_iso(START)

    answer = await replay.poll(start + 2 * SECOND)

    assert answer.block is not None
    assert answer.block.point.tolist() == [0, 1, 1, 0, 1]
    assert np.unique(answer.block.time - start).tolist() == [0, SECOND, 2 * SECOND]
    assert [(poll.first - start, poll.count, poll.cursor) for poll in answer.polls] == [(0, 3, 3)]
    assert (await replay.poll(start + 3 * SECOND)).polls == ()


async def test_it_goes_on_after_its_cursor_and_ends(tmp_path: Path) -> None:
    replay = source(tmp_path, ROWS)
    replay.resume(3)

    answer = await replay.poll(from_iso(START) + 100 * SECOND)

    assert answer.block is not None
    assert answer.block.value.tolist() == [0.8, 1.4]
    assert replay.done


async def test_a_cell_that_says_nan_is_a_reading_and_an_empty_one_is_none(tmp_path: Path) -> None:
    replay = source(tmp_path, "time,T01,W01\n2014-01-01 00:00:00,nan, \n2014-01-01 00:00:01,,NaN\n")

    answer = await replay.poll(from_iso(START) + SECOND)

    assert answer.block is not None
    kept = flagged(answer.block, Bounds.of(REGISTRY))
    assert kept.point.tolist() == [0, 1]
    assert np.isnan(kept.value).all()
    assert kept.quality.tolist() == [NOT_A_NUMBER] * 2


async def test_speed_divides_the_distances(tmp_path: Path) -> None:
    replay = source(tmp_path, ROWS, speed=10)

    answer = await replay.poll(from_iso(START) + SECOND)

    assert answer.polls[-1].cursor == 4


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("time,T99\n2014-01-01,1\n", "rows.csv column"),
        ("time,T01\nyesterday,1\n", "rows.csv line 2"),
        ("time,T01\n2014-01-01,much\n", "rows.csv line 2"),
        ("time,T01\n", "file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_place_and_value(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(BadConfig, match=place):
        source(tmp_path, text)


async def test_rows_at_one_time_are_polls_apart_and_never_of_no_period(tmp_path: Path) -> None:
    replay = source(tmp_path, "time,T01,W01\n" + 3 * "2014-01-01 00:00:00,0.5,1.1\n")

    answer = await replay.poll(from_iso(START))

    assert [(poll.period, poll.count) for poll in answer.polls] == [(1, 1)] * 3
