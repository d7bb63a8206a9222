"""Memory and handles of every process, life by life, and their slopes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import psutil
from numpy.typing import NDArray

from bench.soak.keep import Kept

EVERY_S = 2.0
LEAST = 10
"""Looks at one life that make a stretch."""
HOUR_S = 3600.0

CACHING = "centre"
"""The role whose store keeps pages of its files in memory, up to a bound of its own: growth until that is reached is none that goes on."""

Look = tuple[float, float, float, float]
"""(s, MB resident, handles, MB resident without those pages)."""


def slope(stretches: Sequence[NDArray[np.float64]]) -> float | None:
    """Units an hour, by least squares over all stretches (columns: s, value) with one slope and a level for each: a process that was
    started again begins anew. None where there is nothing to fit."""
    along = across = 0.0
    for stretch in stretches:
        if len(stretch) >= LEAST:
            x = stretch[:, 0] - stretch[:, 0].mean()
            along += float((x * x).sum())
            across += float((x * stretch[:, 1]).sum())
    return across / along * HOUR_S if along > 0 else None


def settled(life: Sequence[Look], warm_up_s: float, column: int) -> NDArray[np.float64]:
    """A life after its warm-up, (s, value)."""
    kept = [(look[0], look[column]) for look in life if look[0] - life[0][0] >= warm_up_s]
    return np.array(kept, np.float64).reshape(-1, 2)


@dataclass(slots=True)
class Watch:
    """`lives`: by name of a role (`centre`, `agent`, ...), the looks at every process that had it."""

    warm_up_s: float
    lives: dict[str, dict[int, list[Look]]] = field(default_factory=dict)

    async def run(self, processes: dict[str, list[Kept]], cached_mb: Callable[[], Awaitable[float | None]]) -> None:
        """Until cancelled. `cached_mb`: what the store of CACHING keeps; None while nobody answers, then it is not looked at."""
        while True:
            cached = await cached_mb()
            now = time.monotonic()
            for role, kept in processes.items():
                pages = cached if role == CACHING else 0.0
                for one in kept:
                    if (pid := one.pid) is not None and pages is not None:
                        self._look(role, pid, now, pages)
            await asyncio.sleep(EVERY_S)

    def _look(self, role: str, pid: int, now: float, pages: float) -> None:
        try:
            process = psutil.Process(pid)
            resident = process.memory_info().rss / 1e6
            look = (now, resident, float(process.num_fds()), resident - pages)
        except psutil.Error:
            return
        self.lives.setdefault(role, {}).setdefault(pid, []).append(look)

    def figures(self) -> dict[str, float]:
        """`rss_slope_mb_per_h_ROLE`, `handles_slope_per_h_ROLE`, `rss_mb_ROLE` (the largest) and `stretch_s_ROLE` (the longest); of CACHING
        `own_slope_mb_per_h_ROLE` too."""
        out = dict[str, float]()
        for role, lives in self.lives.items():
            columns = {"rss_slope_mb_per_h": 1, "handles_slope_per_h": 2} | ({"own_slope_mb_per_h": 3} if role == CACHING else {})
            for name, column in columns.items():
                found = slope([settled(life, self.warm_up_s, column) for life in lives.values()])
                if found is not None:
                    out[f"{name}_{role}"] = found
            out[f"rss_mb_{role}"] = max(look[1] for life in lives.values() for look in life)
            out[f"stretch_s_{role}"] = max(life[-1][0] - life[0][0] for life in lives.values())
        return out
