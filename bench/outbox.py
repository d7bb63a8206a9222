"""How many readings a second become durable on the gateway's disk; beside it the usual queue in SQLite.

The agent commits whatever was appended while the disk was busy, so its groups grow with the load: items of ten sources polled at the
same second are the group of 10 that `readings_per_s` stands for; a lone source commits alone (`single_...`).
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.latency import percentile_ms
from bench.machine import file_system
from bench.queues import Queue, SqliteQueue, outbox
from bench.supply import READINGS, Supply
from contracts.clock import BUILD_TIME, SECOND
from contracts.codec import pack

GROUP = 10
ROUNDS = 3


@dataclass(slots=True)
class Run:
    """What one kind of queue did at one size of group."""

    make: Callable[[Path], Queue]
    group: int
    readings: int = 0
    seconds: float = 0.0
    size: int = 0
    commits: list[int] = field(default_factory=list)
    """µs of each commit."""

    @property
    def readings_per_s(self) -> float:
        return self.readings / self.seconds

    @property
    def bytes_per_reading(self) -> float:
        return self.size / self.readings


def measure(seconds: float) -> dict[str, float]:
    """All figures of `bench.figures.OUTBOX` in about `seconds`; the kinds take turns, so that a slow moment of the disk hits all."""
    runs = {
        "group": Run(outbox, GROUP),
        "single": Run(outbox, 1),
        "sqlite": Run(SqliteQueue, GROUP),
        "sqlite_single": Run(SqliteQueue, 1),
    }
    supply = Supply("bench")
    with TemporaryDirectory(prefix="davy-bench-") as folder:
        if file_system(Path(folder)) == "tmpfs":
            sys.stderr.write("outbox: the temp folder is in memory, where fsync costs nothing; set TMPDIR to a disk\n")
        for turn in range(ROUNDS):
            for name, run in runs.items():
                sys.stderr.write(f"outbox: round {turn + 1} of {ROUNDS}, {name}\n")
                _fill(run, Path(folder) / f"{name}-{turn}", supply, seconds / (ROUNDS * len(runs)))
    return _figures(runs)


def _fill(run: Run, folder: Path, supply: Supply, seconds: float) -> None:
    queue = run.make(folder)
    name, n = supply.registry.name, 0
    start = time.perf_counter()
    while (took := time.perf_counter() - start) < seconds or not n:
        for _ in range(run.group):
            queue.append(pack(supply.batch(n, BUILD_TIME + n * SECOND), name), BUILD_TIME + n * SECOND)
            n += 1
        before = time.perf_counter_ns()
        queue.commit()
        run.commits.append((time.perf_counter_ns() - before) // 1000)
    queue.close()
    run.readings += n * READINGS
    run.seconds += took
    run.size += sum(path.stat().st_size for path in folder.iterdir())


def _figures(runs: Mapping[str, Run]) -> dict[str, float]:
    group, single, sqlite, sqlite_single = runs["group"], runs["single"], runs["sqlite"], runs["sqlite_single"]
    return {
        "readings_per_s": group.readings_per_s,
        "commit_p50_ms": percentile_ms(group.commits, 50),
        "commit_p99_ms": percentile_ms(group.commits, 99),
        "single_readings_per_s": single.readings_per_s,
        "single_commit_p99_ms": percentile_ms(single.commits, 99),
        "bytes_per_reading": group.bytes_per_reading,
        "sqlite_readings_per_s": sqlite.readings_per_s,
        "sqlite_commit_p99_ms": percentile_ms(sqlite.commits, 99),
        "sqlite_single_readings_per_s": sqlite_single.readings_per_s,
        "sqlite_bytes_per_reading": sqlite.bytes_per_reading,
    }
