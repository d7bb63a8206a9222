"""Packed columns keep every bit, stay small, and refuse what does not add up."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings

from contracts.clock import END_OF_TIME, SECOND
from contracts.codec import MAX_DECODED, MAX_READINGS, pack, unpack
from contracts.columns import Block, join
from contracts.errors import BadPayload
from contracts.payload import MAX_BYTES, Batch, Item, Poll, decode, encode
from contracts.twin import to_json
from tests.contracts.samples import AT, EPOCH, REGISTRY
from tests.contracts.strategies import blocks

ODD = [math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, -2.2250738585072009e-308, 1.7976931348623157e308]
SIGNALLING_NAN = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf4\x7f")[0]


def over_the_wire(block: Block, *, as_json: bool) -> Block:
    item = Item(1, EPOCH, 0, AT, pack(block, REGISTRY))
    return unpack(decode(Item, to_json(item) if as_json else encode(item)).body)  # type: ignore[arg-type]  # it is the batch just packed


@settings(max_examples=120, deadline=None)
@given(blocks())
def test_a_block_comes_back_bit_for_bit(block: Block) -> None:
    assert over_the_wire(block, as_json=False).same(block)
    assert over_the_wire(block, as_json=True).same(block)


@settings(max_examples=120, deadline=None)
@given(blocks())
def test_points_of_one_run_are_told_as_a_slice_and_no_others(block: Block) -> None:
    seen = over_the_wire(block, as_json=False)
    assert (seen.run is not None) == (len(block) > 0 and bool((np.diff(block.point) == 1).all()))
    if seen.run is not None:
        assert list(range(seen.run.start, seen.run.stop)) == block.point.tolist()
        assert seen.at is seen.run


@pytest.mark.parametrize("as_json", [False, True])
def test_odd_values_keep_their_bits(as_json: bool) -> None:
    block = Block.of(list(range(9)), AT, np.array([*ODD, SIGNALLING_NAN]))

    seen = over_the_wire(block, as_json=as_json)

    assert seen.value.tobytes() == block.value.tobytes()


def test_big_endian_values_are_sent_little_endian() -> None:
    block = Block.of([1, 2], AT, np.array([0.85, -0.0], ">f8"))

    assert pack(block, REGISTRY).values == struct.pack("<2d", 0.85, -0.0)


def test_a_second_of_200_points_is_two_runs_and_at_most_12_bytes_a_reading() -> None:
    block = Block.of(np.arange(200, dtype=np.int32), AT, np.linspace(0, 1, 200))
    batch = pack(block, REGISTRY)

    assert (batch.points, batch.times, batch.quality) == ([0, 200], [0, 200], [])
    assert len(encode(Item(1, EPOCH, 9, AT, batch))) <= 12 * 200


def test_the_largest_batch_fits_a_payload_whatever_its_columns_hold() -> None:
    n = MAX_READINGS
    points, times = 2**31 - 2 - 2 * np.arange(n, dtype=np.int32), np.where(np.arange(n) % 2, 0, END_OF_TIME - 1)
    block = Block.of(points, times, np.full(n, math.pi), (2**16 - 1 - np.arange(n) % 2).astype(np.uint16))
    polls = [Poll("modbus-tailgate", SECOND, AT, 1, 1, 2**40)] * 50

    assert len(encode(Item(1, EPOCH, (1 << 62) - 1, AT, pack(block, REGISTRY, polls)))) <= MAX_BYTES


def test_values_may_be_a_plain_list_where_null_is_no_number() -> None:
    block = unpack(Batch(REGISTRY, AT, [4, 3], [0, 3], [0.85, None, -0.0]))

    assert block.same(Block.of([4, 5, 6], AT, [0.85, math.nan, -0.0]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": b"\0" * 15}, "values: 15 bytes"),
        ({"values": [10**400, 0.0, 0.0]}, "does not fit"),
        ({"points": [0, 3, 1]}, "points: 3 numbers"),
        ({"points": [0, 2]}, "points: runs"),
        ({"points": [0, 4, 0, -1]}, "points: runs"),
        ({"points": [0, 0, 0, 3]}, "points: runs"),
        ({"points": [-1, 3]}, "points: a number outside"),
        ({"points": [2**31 - 2, 3]}, "points: a number outside"),
        ({"points": [2**64, 3]}, "points: a number outside"),
        ({"times": [0]}, "times: 1 numbers"),
        ({"times": [0, 4]}, "times: runs"),
        ({"times": [-AT - 1, 3]}, "times: -1 µs"),
        ({"times": [END_OF_TIME, 3]}, "times: "),
        ({"quality": [0, 1]}, "quality: 2 numbers"),
        ({"quality": [0, 4, 1]}, "quality: run 0\\+4"),
        ({"quality": [-1, 1, 1]}, "quality: run -1"),
        ({"quality": [0, 0, 1]}, "quality: run 0\\+0"),
        ({"quality": [0, 1, 65536]}, "quality: run 0\\+1 of 65536"),
        ({"quality": [0, 2, 1, 1, 1, 2]}, "overlaps"),
        ({"quality": [2, 1, 1, 0, 1, 2]}, "overlaps"),
        ({"polls": [Poll("s", 1, AT, 1, 2)]}, "2 answered of 1"),
        ({"polls": [Poll("s", 0, AT, 2, 1)]}, "steps of 0"),
        ({"polls": [Poll("s", 1, AT, 1 << 61, 1)]}, "instants"),
    ],
)
def test_columns_that_do_not_add_up_are_refused_by_name(change: dict[str, object], reason: str) -> None:
    fields = {"registry": "r", "t0": AT, "points": [0, 3], "times": [0, 3], "values": b"\0" * 24} | change

    with pytest.raises(BadPayload, match=reason):
        unpack(Batch(**fields))  # type: ignore[arg-type]  # wrong on purpose


def test_more_readings_than_any_payload_holds_are_refused() -> None:
    n = MAX_DECODED + 1

    with pytest.raises(BadPayload, match="too-large"):
        unpack(Batch("r", AT, [0, n], [0, n], bytes(8 * n)))


def test_an_empty_batch_is_an_empty_block() -> None:
    assert len(unpack(pack(Block.of([], [], []), "r"))) == 0


def test_blocks_are_joined_and_selected_in_order() -> None:
    left, right = Block.of([1, 2], AT, [0.5, math.nan], [0, 512]), Block.of([1], AT + SECOND, [0.6])

    whole = join([left, right])

    assert whole.take(np.array([0, 1])).same(left)
    assert whole.take(whole.time > AT).same(right)
    assert not Block.of([1], AT, [0.0]).same(Block.of([1], AT, [-0.0]))
