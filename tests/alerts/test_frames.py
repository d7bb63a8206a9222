"""A block in frames: live readings only, each point once a frame, in order of time whatever the order of the rows."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.frames import Seen, frames
from alerts.latches import NEVER
from contracts.clock import BUILD_TIME, MINUTE, SECOND
from contracts.columns import Block

NOW = BUILD_TIME
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-70 * SECOND, 70 * SECOND), st.integers(0, 9)), max_size=40)


def cut(rows: list[tuple[int, int, int]], seen: Seen | None = None) -> list[list[tuple[int, int, float]]]:
    block = Block.of([row[0] for row in rows], [NOW + row[1] for row in rows], [float(row[2]) for row in rows])
    found = frames(block, seen or Seen.nothing(4), NOW)
    return [sorted(zip(one.point.tolist(), (one.time - NOW).tolist(), one.value.tolist(), strict=True)) for one in found]


@given(ROWS, st.randoms())
def test_frames_hold_every_live_reading_once_in_order_whatever_the_order_of_the_rows(rows, random):
    found = cut(rows)
    assert found == cut(random.sample(rows, len(rows)))
    assert sorted(row for frame in found for row in frame) == sorted(row for row in rows if abs(row[1]) <= MINUTE)
    for frame in found:
        assert len({point for point, _, _ in frame}) == len(frame)
        assert max(time for _, time, _ in frame) // SECOND == min(time for _, time, _ in frame) // SECOND
    for point in range(4):
        times = [time for frame in found for number, time, _ in frame if number == point]
        assert times == sorted(times)


def test_what_is_not_newer_than_what_was_seen_is_left_out():
    seen = Seen.nothing(4)
    seen.time[1] = NOW
    assert cut([(1, 0, 5), (1, -1, 5), (2, -1, 5)], seen) == [[(2, -1, 5.0)]]
    assert seen.time.tolist() == [NEVER, NOW, NEVER, NEVER]
