"""kill -9 at any moment: what `append` returned for is there exactly once, and no item is there in part."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import SECOND
from store.embedded import EmbeddedStore
from store.interface import Delivery

REPOSITORY = Path(__file__).parents[2]
POINTS, READINGS = 5, 40
Make = Callable[..., Delivery]

CHILD = f"""
import random, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("deliveries", {str(Path(__file__).with_name("conftest.py"))!r})
deliveries = module_from_spec(spec)
spec.loader.exec_module(deliveries)
from store.embedded import EmbeddedStore

folder, points, readings, day = sys.argv[1], {POINTS}, {READINGS}, 86_400_000_000
store = EmbeddedStore(folder)
print("open", flush=True)
held = store.held("north/gw1").get("e1")
seq = held.through() + 1 if held else 0
while True:
    batch = []
    for _ in range(random.randint(1, 6)):
        rows = [(point, seq * readings + n, seq + n / 7, point) for point in range(points) for n in range(readings)]
        batch.append(deliveries.delivery_of(seq, rows, received=deliveries.NOON + seq // 25 * day, doubt=seq % 3 == 0))
        seq += 1
    store.append(batch)
    print(seq - 1, flush=True)
    if random.random() < 0.05:
        store.seal()
"""


def run_and_kill(folder: Path, after: float, stored: int = 0) -> int:
    """The last number the child was told is stored (-1: none) when it was killed `after` seconds from its opening, or from the moment
    when so many were stored."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        told = [child.stdout.readline().strip() for _ in range(stored)]
        time.sleep(after)  # any moment is the point
        child.kill()
        told += [line for line in child.stdout.read().split("\n")[:-1] if line]
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    return int(told[-1]) if told else -1


def check(folder: Path, noon: int, told: int) -> None:
    store = EmbeddedStore(folder)
    ranges = list(store.held("north/gw1").get("e1", []))
    assert [first for first, _, _ in ranges] in ([], [0])
    last = ranges[0][1] if ranges else -1
    assert last >= told
    times = np.arange((last + 1) * READINGS)
    for point in range(POINTS):
        found = store.series("north", f"T{point:02d}", 0, 1 << 60)
        assert np.array_equal(found.time, noon + times * SECOND)
        assert np.array_equal(found.value, times // READINGS + times % READINGS / 7)
        assert not found.fold.any()
        assert (found.quality == point).all()
    assert [item.seq for item in store.items("north/gw1", 0, 1 << 60)] == list(range(last + 1))
    store.close()


@pytest.mark.servers
@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.long)])
def test_what_append_returned_for_survives_kill_9(tmp_path: Path, noon: int, rounds: int) -> None:
    chance, told = random.Random(), -1
    for turn in range(rounds):
        told = max(told, run_and_kill(tmp_path, chance.uniform(0.0, 0.5), stored=2 * (turn % 2)))
        check(tmp_path, noon, told)
    assert told > 0
