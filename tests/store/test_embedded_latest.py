"""The newest readings: the same whether each point stands once in what is seen, or several times."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store.embedded.columns import Rows
from store.embedded.latest import Latest

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 99), st.integers(0, 2)), min_size=1, max_size=12)


def rows(given_rows: list[tuple[int, int, int, int]]) -> Rows:
    series, time, value, fold = (np.array(column) for column in zip(*given_rows, strict=True))
    return Rows(
        series.astype(np.int32), time.astype(np.int64), value.astype(np.float64), np.zeros(len(series), np.uint16), fold.astype(np.uint8)
    )


@given(before=ROWS, seen=ROWS)
def test_many_at_once_are_seen_as_one_by_one(before: list[tuple[int, int, int, int]], seen: list[tuple[int, int, int, int]]) -> None:
    together, alone = Latest(), Latest()
    for part in (before, seen):
        together.see(rows(part))
        for row in part:
            alone.see(rows([row]))

    assert [together.of(series) for series in range(6)] == [alone.of(series) for series in range(6)]
