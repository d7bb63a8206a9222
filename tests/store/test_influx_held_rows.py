"""A held row reads back as the item it stands for, with its polls."""

import json
import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contracts.columns import Block
from contracts.payload import Poll
from store.influx.held import BLOCK, _Item, _lines
from store.influx.reads import END
from store.interface import Delivery, HeldItem
from tests.store.conftest import registry_of

LINE = re.compile(r'(held|polls),block=(\d+),epoch=(\S+),gateway=(\S+) (i\d+(?:_\d+)?)=("(?:[^"\\]|\\.)*") (\d+)\Z')
COUNT = st.integers(0, (1 << 62) - 1)
MASK = st.integers(0, (1 << 64) - 1)
TIME = st.integers(0, END - 3)


@given(COUNT, MASK, TIME, TIME, st.booleans(), st.integers(0, 3), st.lists(TIME, max_size=3))
def test_a_held_row_says_item_and_polls(seq: int, digest: int, made: int, received: int, late: bool, n: int, due: list[int]) -> None:
    block, polls = Block.of(list(range(n)), made, [0.5] * n), [Poll("s", 1, at) for at in due]
    lines = _lines(Delivery("north/gw1", "e1", seq, digest, made, received, late, registry_of("north"), block, polls))
    found = [LINE.match(line) for line in lines.splitlines()]
    held, *told = [match.groups() for match in found if match is not None]
    assert len(found) == 1 + len(told) == 1 + len(set(map(_clamped, due)))
    assert held[:5] == ("held", str(seq // BLOCK), "e1", "north/gw1", f"i{seq % BLOCK // 1000}")
    item = msgspec.json.decode(json.loads(held[5]), type=_Item)
    assert item.held("e1") == HeldItem("e1", seq, digest, made, received, late, n)
    assert int(held[6]) == _clamped(made) * 1000 + seq % 1000
    said = [poll for row in told for poll in msgspec.json.decode(json.loads(row[5]), type=list[Poll])]
    assert sorted(said, key=lambda poll: poll.first) == sorted(polls, key=lambda poll: poll.first)


def _clamped(time: int) -> int:
    return max(time, 1)
