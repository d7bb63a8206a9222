"""What a run of the province's bench is to do, and what may be said of it. Pure."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from bench.supply import READINGS

CENTRE, BROKER, SENDERS, INFLUXD = "centre", "broker", "senders", "influxd"
GROWTH = (1, 10, 100, 300, 900)
"""Mines of the growth."""
GROWTH_PER_S = 60_000
"""Readings/s that they send together, whatever their number: what a mine more costs, not what more readings do."""
SUSTAINED_P99_MS = 2_000.0
SHORT = 0.99
"""Of what is due in a step, so much is receipted in it at least: one receipt's wait falls over its end, and over its beginning."""
BUSY = 0.92
"""Of a core, or of all of them: what uses so much has nothing left."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds`: the long run; `step_s`: each step and each size of the growth. `history_mines`: with `history` (hours of readings, days of
    statistics) beforehand, and read meanwhile; 0: nothing is read. `top_per_s`: no step beyond; 0: no steps."""

    seconds: float
    mines: int = 900
    points: int = 200
    window: int = 20
    history_mines: int = 3
    history: tuple[int, int] = (24, 90)
    step_s: float = 60.0
    settle_s: float = 10.0
    top_per_s: float = 1_000_000.0
    growth: bool = True

    @property
    def period_s(self) -> float:
        """Between two items of a mine: each point once a second."""
        return READINGS / self.points


@dataclass(frozen=True, slots=True)
class Step:
    """One rate, held for a while. `cores`: in use on average, by process; `elsewhere`: by all other processes of the machine."""

    mines: int
    due_per_s: float
    committed_per_s: float
    p99_ms: float
    cores: Mapping[str, float]
    elsewhere: float
    disk_mb_per_s: float = 0.0

    @property
    def sustained(self) -> bool:
        return self.p99_ms <= SUSTAINED_P99_MS and self.committed_per_s >= SHORT * self.due_per_s


def steps(mines: int, points: int, top_per_s: float) -> list[int]:
    """How many mines each step has: a third more of the first number each time, up to `top_per_s` readings/s."""
    more, most = max(1, mines // 3), int(top_per_s // points)
    return [*range(mines + more, most, more), most] if most > mines else []


def gave_way(step: Step, cores: int = 0) -> str:
    """What had nothing left in a step that was not sustained."""
    cores = cores or os.cpu_count() or 1
    used = ", ".join(f"{name} {share:.2f}" for name, share in sorted(step.cores.items(), key=lambda one: -one[1]))
    told = f"at {step.due_per_s:,.0f} readings/s ({step.committed_per_s:,.0f} committed, p99 {step.p99_ms:,.0f} ms)"
    shares = f"{used}, elsewhere {step.elsewhere:.2f} of {cores} cores"
    alone = [name for name, share in step.cores.items() if share >= BUSY and name in (CENTRE, SENDERS, BROKER)]
    if sum(step.cores.values()) + step.elsewhere >= BUSY * cores:
        return f"the machine's processor {told}: {shares}"
    if alone:
        return f"one core, that of {alone[0]}, {told}: {shares}"
    return f"waiting for each other or for the disk ({step.disk_mb_per_s:.0f} MB/s written) {told}: {shares}"


def growth_period_s(mines: int) -> float:
    """Between two items of one of so many mines that send GROWTH_PER_S together."""
    return mines * READINGS / GROWTH_PER_S
