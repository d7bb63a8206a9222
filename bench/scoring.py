"""The process of the models bench that scores: `python -m bench.scoring BUNDLE ROWS SECONDS`, one JSON object on stdout.

It imports what an agent has anyway, opens a signed bundle, builds its detectors and gives them a row a second, as the agent does: those
of each point every second, the joint ones every fifth in turns (`models.crew`); memory is settled first (`edge_agent.process`).
"""

import gc
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import psutil

from bench.latency import percentile_ms
from contracts.care import trusted_by
from contracts.clock import BUILD_TIME, SECOND

WARM_UP = 10
JOINT = ("drift", "pca", "forest")
FOREIGN = ("sklearn", "scipy", "joblib", "pandas")


class Scored(msgspec.Struct, frozen=True):
    """See `bench.figures.MODELS`."""

    cpu_share: float
    latency_p50_ms: float
    latency_p99_ms: float
    rows: int
    rss_growth_mb: float
    load_s: float
    sklearn_imported: bool
    known: float
    kinds_ms: dict[str, float]


@dataclass(slots=True)
class Memory:
    """Resident memory over what it was at first, its largest, MB of 10^6 bytes."""

    first: int
    most: int = 0

    def look(self) -> None:
        self.most = max(self.most, psutil.Process().memory_info().rss - self.first)


def score(bundle: Path, rows: Path, key: str, seconds: float) -> Scored:
    """Score the rows of a file in turns, one each second, for `seconds`."""
    memory = Memory(psutil.Process().memory_info().rss)
    started = time.perf_counter()
    from models.base import Frame  # noqa: PLC0415  # what it imports is part of what is measured
    from models.bundle import open_bundle  # noqa: PLC0415
    from models.crew import SPREAD  # noqa: PLC0415

    opened = open_bundle(bundle.read_bytes(), trusted_by([key]), "bench")
    detectors = [(opened.member(name).kind, opened.detector(name)) for name in opened.names]
    loaded = time.perf_counter() - started
    del opened
    values, points = np.load(rows), msgspec.json.decode(rows.with_suffix(".json").read_bytes(), type=tuple[str, ...])
    gc.collect()
    gc.freeze()
    waits, known, of_kind = [], [], {kind: 0.0 for kind, _ in detectors}
    cpu = 0.0
    for tick in _each_second(WARM_UP + max(1, round(seconds))):
        frame = Frame(points, np.array([BUILD_TIME + tick * SECOND]), values[tick % len(values)][None])
        before, start = time.process_time(), time.perf_counter()
        for at, (kind, detector) in enumerate(detectors):
            if kind in JOINT and (tick + at) % SPREAD:
                continue
            begun = time.perf_counter()
            known.append(not np.isnan(detector.score(frame).total[0]))
            of_kind[kind] += time.perf_counter() - begun if tick >= WARM_UP else 0.0
        if tick >= WARM_UP:
            waits.append(int((time.perf_counter() - start) * 1e6))
            cpu += time.process_time() - before
        memory.look()
    return Scored(
        cpu_share=cpu / len(waits),
        latency_p50_ms=percentile_ms(waits, 50),
        latency_p99_ms=percentile_ms(waits, 99),
        rows=len(waits),
        rss_growth_mb=memory.most / 1e6,
        load_s=loaded,
        sklearn_imported=any(name in sys.modules for name in FOREIGN),
        known=sum(known) / len(known),
        kinds_ms={kind: took / len(waits) * 1e3 for kind, took in of_kind.items()},
    )


def _each_second(count: int) -> Iterator[int]:
    due = time.monotonic()
    for tick in range(count):
        yield tick
        due += 1.0
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    bundle_at, rows_at, public, length = sys.argv[1:]
    sys.stdout.write(msgspec.json.encode(score(Path(bundle_at), Path(rows_at), public, float(length))).decode() + "\n")
