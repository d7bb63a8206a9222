"""How fast readings become bytes and bytes readings, on one core; beside it a row per reading."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.rows import from_json_rows, from_msgpack_rows, json_rows, msgpack_rows
from bench.supply import READINGS, Supply
from contracts.clock import BUILD_TIME, SECOND
from contracts.codec import pack, unpack
from contracts.columns import Block
from contracts.payload import Batch, Item, decode, encode

BATCHES = 256
ROUNDS = 5
_EPOCH = "0123456789abcdef"

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Rate:
    """Readings per second: the best round and the median one."""

    best: float
    median: float


def measure(seconds: float) -> dict[str, float]:
    """All figures of `bench.figures.CODEC` in about `seconds`."""
    plain, flagged = _blocks(0.0), _blocks(0.02)
    ours, packed = (_item, _block), (msgpack_rows, from_msgpack_rows)
    each = seconds / (8 * ROUNDS)
    figures: dict[str, float] = {}
    for prefix, blocks, (to_bytes, to_block) in (
        ("", plain, ours),
        ("flagged_", flagged, ours),
        ("msgpack_rows_", plain, packed),
        ("json_rows_", plain, (json_rows, from_json_rows)),
    ):
        sys.stderr.write(f"codec: {prefix.rstrip('_') or 'ours'}\n")
        data = [to_bytes(block) for block in blocks]
        encoded, decoded = rate(to_bytes, blocks, each), rate(to_block, data, each)
        figures[f"{prefix}encode_readings_per_s"] = encoded.best
        figures[f"{prefix}decode_readings_per_s"] = decoded.best
        figures[f"{prefix}bytes_per_reading"] = sum(map(len, data)) / (len(data) * READINGS)
        if not prefix:
            figures["encode_median_readings_per_s"] = encoded.median
            figures["decode_median_readings_per_s"] = decoded.median
    return figures


def rate(work: Callable[[Given], object], given: Sequence[Given], seconds: float) -> Rate:
    """Readings per second of `work`, each call on one batch: ROUNDS rounds of about `seconds`, whole passes over `given`."""
    rounds = []
    for _ in range(ROUNDS):
        passes, start = 0, time.perf_counter()
        while (took := time.perf_counter() - start) < seconds or not passes:
            for one in given:
                work(one)
            passes += 1
        rounds.append(passes * len(given) * READINGS / took)
    return Rate(max(rounds), statistics.median(rounds))


def _blocks(flagged: float) -> list[Block]:
    supply = Supply("bench", flagged=flagged)
    return [supply.batch(n, BUILD_TIME + n * SECOND) for n in range(BATCHES)]


def _item(block: Block) -> bytes:
    return encode(Item(1, _EPOCH, 4711, BUILD_TIME, pack(block, _EPOCH)))


def _block(data: bytes) -> Block:
    body = decode(Item, data).body
    assert isinstance(body, Batch)
    return unpack(body)
