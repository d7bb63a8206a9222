"""What a birth tells of the epochs on disk: whole rows, the oldest first, and no more than fit."""

from pathlib import Path

from contracts.payload import Extent
from edge_agent.outbox.box import Outbox
from tests.edge_agent.test_outbox import SMALL, digests, fill


def boxes(folder: Path, count: int) -> list[Outbox]:
    """So many starts one after the other, three items each; the last one is open."""
    made = []
    for start in range(count):
        made.append(Outbox(folder, "data", SMALL))
        fill(made[-1], 3, 3 * start)
        if len(made) < count:
            made[-1].close()
    return made


def test_a_row_tells_all_that_is_known_of_an_epoch(tmp_path: Path) -> None:
    first, second = boxes(tmp_path, 2)
    second.told(first.epoch, [(0, 1, digests(second, first.epoch, 0, 1))], [])

    old, now = second.extents()

    state = second.epochs[first.epoch]
    assert old == Extent(first.epoch, "data", 3, 0, True, state.predecessor, 1, state.last_time)
    assert (now.epoch, now.stream, now.made, now.closed, now.predecessor) == (second.epoch, "data", 3, False, first.epoch)
    assert state.last_time > 0


def test_the_oldest_go_first_and_the_current_one_always(tmp_path: Path) -> None:
    made = boxes(tmp_path, 4)
    box = made[-1]

    assert [row.epoch for row in box.extents(2)] == [made[0].epoch, box.epoch]
    assert [row.epoch for row in box.extents(3)] == [made[0].epoch, made[1].epoch, box.epoch]
    assert [row.epoch for row in box.extents(1)] == [box.epoch]
