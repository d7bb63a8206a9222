"""Blocks to batches and back.

Packed columns of a Batch, for n readings:
- `points`: run-length of consecutive numbers, [first, count, first, count, ...];
- `times`: run-length of equal times, [step, count, ...]; a step (µs) is counted from the run before, the first from `t0`;
- `values`: n little-endian float64, or a plain list (null stands for NaN);
- `quality`: runs that are not 0, ascending and apart, [start, count, quality, ...].
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.clock import END_OF_TIME
from contracts.columns import Block
from contracts.errors import BadPayload
from contracts.payload import Batch, Poll

_F8 = np.dtype("<f8")
MAX_READINGS = 2_000
"""Keeps a batch below MAX_BYTES whatever its columns hold (31 bytes a reading at worst), with 3 KiB left for polls.
What is larger could never be received, and would be sent for ever."""
MAX_DECODED = 65_536
"""No honest batch of MAX_BYTES holds more; a run-length bomb does."""


def pack(block: Block, registry: str, polls: Sequence[Poll] = (), flags: int = 0) -> Batch:
    """The block as a Batch; the values keep every bit."""
    t0, times = _pack_times(block.time)
    return Batch(
        registry,
        t0,
        _pack_points(block.point),
        times,
        block.value.astype(_F8, copy=False).tobytes(),
        _pack_quality(block.quality) if block.quality.any() else [],
        list(polls),
        flags,
    )


def unpack(batch: Batch) -> Block:
    """The Block of a Batch, or BadPayload."""
    try:
        values = _values(batch.values)
        n = len(values)
        point = _unpack_points(batch.points, n)
        time = _unpack_times(batch.t0, batch.times, n)
        quality = _unpack_quality(batch.quality, n)
    except OverflowError as error:
        raise BadPayload("column", f"a number does not fit its column: {error}") from error
    if batch.polls:
        _check_polls(batch.polls)
    return Block(point, time, values, quality, slice(batch.points[0], batch.points[0] + n) if len(batch.points) == 2 else None)


def _values(values: bytes | list[float | None]) -> NDArray[np.float64]:
    if isinstance(values, bytes):
        if len(values) % 8:
            raise BadPayload("column", f"values: {len(values)} bytes is no multiple of 8")
        return np.frombuffer(values, _F8)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _run_starts(changed: NDArray[np.bool_]) -> list[int]:
    starts: list[int] = (np.flatnonzero(changed) + 1).tolist()
    return [0, *starts]


def _pack_points(point: NDArray[np.int32]) -> list[int]:
    n = len(point)
    if n == 0:
        return []
    steps = np.diff(point) != 1
    if not steps.any():
        return [int(point[0]), n]
    starts = _run_starts(steps)
    out: list[int] = []
    for start, end in zip(starts, [*starts[1:], n], strict=True):
        out += (int(point[start]), end - start)
    return out


def _pack_times(time: NDArray[np.int64]) -> tuple[int, list[int]]:
    n = len(time)
    if n == 0:
        return 0, []
    t0 = int(time[0])
    steps = np.diff(time)
    if not steps.any():
        return t0, [0, n]
    starts = _run_starts(steps != 0)
    out: list[int] = []
    before = t0
    for start, end in zip(starts, [*starts[1:], n], strict=True):
        at = int(time[start])
        out += (at - before, end - start)
        before = at
    return t0, out


def _pack_quality(quality: NDArray[np.uint16]) -> list[int]:
    starts = _run_starts(np.diff(quality) != 0)
    out: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(quality)], strict=True):
        if quality[start]:
            out += (start, end - start, int(quality[start]))
    return out


def _pairs(column: list[int], width: int, name: str) -> None:
    if len(column) % width:
        raise BadPayload("column", f"{name}: {len(column)} numbers is no multiple of {width}")


def _counted(counts: list[int], n: int, name: str) -> None:
    if n > MAX_DECODED:
        raise BadPayload("too-large", f"{n} readings in one batch; the limit is {MAX_DECODED}")
    if any(count < 1 for count in counts) or sum(counts) != n:
        raise BadPayload("column", f"{name}: runs must be positive and add up to {n} readings")


def _unpack_points(points: list[int], n: int) -> NDArray[np.int32]:
    if len(points) == 2 and points[1] == n and 0 < n <= MAX_DECODED and 0 <= points[0] <= (1 << 31) - n:  # nearly every item
        return np.arange(points[0], points[0] + n, dtype=np.int32)
    _pairs(points, 2, "points")
    firsts, counts = points[::2], points[1::2]
    _counted(counts, n, "points")
    if any(first < 0 or first + count > 1 << 31 for first, count in zip(firsts, counts, strict=True)):
        raise BadPayload("column", "points: a number outside 0 to 2^31-1")
    if not firsts:
        return np.empty(0, np.int32)
    return np.concatenate([np.arange(a, a + c, dtype=np.int32) for a, c in zip(firsts, counts, strict=True)])


def _unpack_times(t0: int, times: list[int], n: int) -> NDArray[np.int64]:
    if len(times) == 2 and times[1] == n and 0 < n <= MAX_DECODED and 0 <= t0 + times[0] < END_OF_TIME:  # nearly every item
        at_once = np.empty(n, np.int64)
        at_once.fill(t0 + times[0])
        return at_once
    _pairs(times, 2, "times")
    steps, counts = times[::2], times[1::2]
    _counted(counts, n, "times")
    at, stamps = t0, []
    for step in steps:
        at += step
        if not 0 <= at < END_OF_TIME:
            raise BadPayload("column", f"times: {at} µs is not a time from 1970 to 9999")
        stamps.append(at)
    return np.repeat(np.array(stamps, np.int64), counts)


def _unpack_quality(quality: list[int], n: int) -> NDArray[np.uint16]:
    out = np.zeros(n, np.uint16)
    if not quality:
        return out
    _pairs(quality, 3, "quality")
    end = 0
    for start, count, bits in zip(quality[::3], quality[1::3], quality[2::3], strict=True):
        if start < end or count < 1 or start + count > n or not 0 <= bits < 1 << 16:
            raise BadPayload("column", f"quality: run {start}+{count} of {bits} overlaps or is outside {n} readings or 16 bits")
        end = start + count
        out[start:end] = bits
    return out


def _check_polls(polls: Sequence[Poll]) -> None:
    for poll in polls:
        if poll.answered > poll.count:
            raise BadPayload("polls", f"{poll.source[:40]!r}: {poll.answered} answered of {poll.count}")
        if poll.count > 1 and (poll.period < 1 or poll.first + poll.period * (poll.count - 1) >= END_OF_TIME):
            raise BadPayload("polls", f"{poll.source[:40]!r}: {poll.count} instants in steps of {poll.period} µs")
