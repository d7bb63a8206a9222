"""Packed columns to the last number: what a block is packed into, what is refused and in which words, and the edges of what is taken."""

import struct
from typing import Any

import numpy as np
import pytest

from contracts.clock import END_OF_TIME
from contracts.codec import MAX_DECODED, pack, unpack
from contracts.columns import Block
from contracts.errors import BadPayload
from contracts.payload import Batch, Poll

AT = 1_000_000
POLL = Poll("s", 1, AT, 2, 1)


def batch(**fields: Any) -> Batch:
    return Batch(**{"registry": "r", "t0": AT, "points": [0, 3], "times": [0, 3], "values": bytes(24)} | fields)


# ------------------------------------------------------------ packing


@pytest.mark.parametrize(
    ("points", "packed"),
    [
        ([], []),
        ([7], [7, 1]),
        ([7, 8, 9], [7, 3]),
        ([0, 2, 1, 3], [0, 1, 2, 1, 1, 1, 3, 1]),
        ([3, 4, 9, 10, 11, 2], [3, 2, 9, 3, 2, 1]),
        ([5, 5], [5, 1, 5, 1]),
        ([2**31 - 2, 2**31 - 1], [2**31 - 2, 2]),
    ],
)
def test_points_are_packed_as_runs_of_numbers_that_follow_each_other(points: list[int], packed: list[int]) -> None:
    block = Block.of(points, AT, np.zeros(len(points)))

    assert pack(block, "r").points == packed
    assert unpack(pack(block, "r")).point.tolist() == points


@pytest.mark.parametrize(
    ("times", "t0", "packed"),
    [
        ([], 0, []),
        ([AT], AT, [0, 1]),
        ([AT, AT, AT], AT, [0, 3]),
        ([AT, AT, AT + 5, AT + 4, AT + 4], AT, [0, 2, 5, 1, -1, 2]),
        ([0, END_OF_TIME - 1], 0, [0, 1, END_OF_TIME - 1, 1]),
    ],
)
def test_times_are_packed_as_steps_from_the_run_before(times: list[int], t0: int, packed: list[int]) -> None:
    block = Block.of(list(range(len(times))), np.array(times, np.int64), np.zeros(len(times)))

    assert (pack(block, "r").t0, pack(block, "r").times) == (t0, packed)
    assert unpack(pack(block, "r")).time.tolist() == times


@pytest.mark.parametrize(
    ("quality", "packed"),
    [([0, 0, 0, 0], []), ([1, 1, 0, 2], [0, 2, 1, 3, 1, 2]), ([3, 4, 4, 4], [0, 1, 3, 1, 3, 4]), ([0, 0, 0, 65535], [3, 1, 65535])],
)
def test_quality_is_packed_where_it_is_not_good(quality: list[int], packed: list[int]) -> None:
    block = Block.of([0, 1, 2, 3], AT, np.zeros(4), quality)

    assert pack(block, "r").quality == packed
    assert unpack(pack(block, "r")).quality.tolist() == quality


def test_values_registry_polls_and_flags_go_as_they_are() -> None:
    packed = pack(Block.of([0, 1], AT, [0.5, -2.0]), "registry", (POLL,), 3)

    assert packed == Batch("registry", AT, [0, 2], [0, 2], struct.pack("<2d", 0.5, -2.0), [], [POLL], 3)
    assert pack(Block.of([0], AT, [0.5]), "r") == Batch("r", AT, [0, 1], [0, 1], struct.pack("<d", 0.5), [], [], 0)


# ------------------------------------------------------------ unpacking


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"values": bytes(15)}, "values: 15 bytes is no multiple of 8"),
        ({"values": [10**400, 0.0, 0.0]}, "a number does not fit its column: int too large to convert to float"),
        ({"points": [0, 3, 1]}, "points: 3 numbers is no multiple of 2"),
        ({"points": [0, 2]}, "points: runs must be positive and add up to 3 readings"),
        ({"points": [0, 1, 9, 1]}, "points: runs must be positive and add up to 3 readings"),
        ({"points": [0, 4, 9, -1]}, "points: runs must be positive and add up to 3 readings"),
        ({"points": [0, 3, 9, 0]}, "points: runs must be positive and add up to 3 readings"),
        ({"points": [-1, 3]}, "points: a number outside 0 to 2^31-1"),
        ({"points": [-1, 1, 0, 2]}, "points: a number outside 0 to 2^31-1"),
        ({"points": [2**31 - 2, 3]}, "points: a number outside 0 to 2^31-1"),
        ({"points": [0, 1, 2**31 - 1, 2]}, "points: a number outside 0 to 2^31-1"),
        ({"times": [0, 3, 1]}, "times: 3 numbers is no multiple of 2"),
        ({"times": [0, 4]}, "times: runs must be positive and add up to 3 readings"),
        ({"times": [0, 3, 0, 0]}, "times: runs must be positive and add up to 3 readings"),
        ({"times": [-AT - 1, 3]}, "times: -1 µs is not a time from 1970 to 9999"),
        ({"times": [-AT, 1, -1, 2]}, "times: -1 µs is not a time from 1970 to 9999"),
        ({"times": [END_OF_TIME - AT, 3]}, f"times: {END_OF_TIME} µs is not a time from 1970 to 9999"),
        ({"times": [0, 1, END_OF_TIME - AT, 2]}, f"times: {END_OF_TIME} µs is not a time from 1970 to 9999"),
        ({"quality": [0, 1]}, "quality: 2 numbers is no multiple of 3"),
        ({"quality": [0, 4, 1]}, "quality: run 0+4 of 1 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [3, 1, 1]}, "quality: run 3+1 of 1 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [-1, 1, 1]}, "quality: run -1+1 of 1 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [0, 0, 1]}, "quality: run 0+0 of 1 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [0, 1, 65536]}, "quality: run 0+1 of 65536 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [0, 1, -1]}, "quality: run 0+1 of -1 overlaps or is outside 3 readings or 16 bits"),
        ({"quality": [0, 2, 1, 1, 1, 2]}, "quality: run 1+1 of 2 overlaps or is outside 3 readings or 16 bits"),
    ],
)
def test_a_column_that_does_not_add_up_is_refused_in_these_words(fields: dict[str, Any], detail: str) -> None:
    with pytest.raises(BadPayload) as told:
        unpack(batch(**fields))

    assert (told.value.reason, told.value.detail) == ("column", detail)


@pytest.mark.parametrize(
    ("poll", "detail"),
    [
        (Poll("s" * 99, 1, AT, 1, 2), f"{'s' * 40!r}: 2 answered of 1"),
        (Poll("s" * 99, 0, AT, 2, 1), f"{'s' * 40!r}: 2 instants in steps of 0 µs"),
        (Poll("s", END_OF_TIME - AT, AT, 2, 1), f"'s': 2 instants in steps of {END_OF_TIME - AT} µs"),
    ],
)
def test_polls_that_cannot_have_been_are_refused_in_these_words(poll: Poll, detail: str) -> None:
    with pytest.raises(BadPayload) as told:
        unpack(batch(polls=[POLL, poll]))

    assert (told.value.reason, told.value.detail) == ("polls", detail)


@pytest.mark.parametrize(
    "fields",
    [
        {"points": [2**31 - 3, 3]},
        {"points": [0, 1, 2**31 - 2, 2]},
        {"points": [0, 1, 1, 2]},
        {"times": [-AT, 3]},
        {"times": [-AT, 1, 0, 2]},
        {"times": [END_OF_TIME - 1 - AT, 3]},
        {"times": [0, 1, END_OF_TIME - 1 - AT, 2]},
        {"quality": [0, 3, 65535]},
        {"quality": [0, 1, 1, 1, 2, 0]},
        {"polls": [Poll("s", 0, AT, 1, 1), Poll("s", END_OF_TIME - 1 - AT, AT, 2, 2), Poll("s", 1, AT, 2, 0)]},
    ],
)
def test_what_just_fits_is_taken(fields: dict[str, Any]) -> None:
    assert len(unpack(batch(**fields))) == 3


@pytest.mark.parametrize("runs", [1, 2])
def test_as_many_readings_as_the_limit_are_taken_and_one_more_is_refused(runs: int) -> None:
    def of(n: int) -> Batch:
        split = [0, n] if runs == 1 else [0, n - 1, n - 1, 1]
        return Batch("r", AT, split, [0, n] if runs == 1 else [0, n - 1, 0, 1], bytes(8 * n))

    whole = unpack(of(MAX_DECODED))
    assert (len(whole), whole.point[-1], whole.time[-1]) == (MAX_DECODED, MAX_DECODED - 1, AT)
    with pytest.raises(BadPayload) as told:
        unpack(of(MAX_DECODED + 1))
    assert (told.value.reason, told.value.detail) == ("too-large", f"{MAX_DECODED + 1} readings in one batch; the limit is {MAX_DECODED}")


def test_times_are_counted_from_the_first_in_one_run_or_several() -> None:
    assert unpack(batch(times=[5, 3])).time.tolist() == [AT + 5] * 3
    assert unpack(batch(times=[5, 1, -2, 2])).time.tolist() == [AT + 5, AT + 3, AT + 3]


def test_a_block_of_one_run_knows_it() -> None:
    assert unpack(batch(points=[5, 3])).run == slice(5, 8)
    assert unpack(batch(points=[5, 1, 6, 2])).run is None
    assert unpack(Batch("r", AT, [], [], b"")).run is None


def test_types_are_those_of_the_columns() -> None:
    for fields in ({}, {"points": [0, 1, 5, 2], "times": [0, 1, 1, 2], "quality": [0, 1, 3], "values": [1.0, None, 2.0]}):
        seen = unpack(batch(**fields))
        assert [column.dtype.str for column in (seen.point, seen.time, seen.value, seen.quality)] == ["<i4", "<i8", "<f8", "<u2"]
    empty = unpack(Batch("r", AT, [], [], b""))
    assert [len(column) for column in (empty.point, empty.time, empty.value, empty.quality)] == [0, 0, 0, 0]
    assert empty.point.dtype == np.int32
