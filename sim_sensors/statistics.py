"""`python -m sim_sensors.statistics [days]`: the table that holds the simulated longwall against a real one.

Published: Data in Brief 39 (2021) 107457, Tables 1-4, and counts over the whole original (Mendeley Data 10.17632/yd7vw4c5mk.1; 9,199,930
seconds of a Silesian longwall, 2014-03-02 to 2014-06-16, 1 Hz). Simulated: independent mines of the preset `silesia-like` side by side,
every second of them, read by the same sensor model as everywhere.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_sensors.faults import Script
from sim_sensors.mine.preset import SILESIA_LIKE
from sim_sensors.mine.simulation import Mine
from sim_sensors.sensors.array import SensorArray, Setting
from sim_sensors.sensors.kinds import SENSORS

MINES, DAYS, SEED = 16, 1, 1
_START = 1_393_718_400
"""2014-03-02 00:00 UTC."""
_BLOCK, _WARM_UP = 600, 3600
LIMIT = 1.0
"""%CH4"""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean, standard deviation and median; of a methane meter also the share of seconds at or above 1.0 %CH4, and how many
    runs of at least 30 s of them there are in a day."""

    mean: float
    sd: float
    median: float
    share: float | None = None
    runs: float | None = None


SECONDS = 9_199_930
PUBLISHED: dict[str, Statistics] = {
    "MM263": Statistics(0.248, 0.197, 0.2, 18_802 / SECONDS, 103 * 86_400 / SECONDS),
    "MM264": Statistics(0.327, 0.206, 0.3, 77_350 / SECONDS, 382 * 86_400 / SECONDS),
    "MM256": Statistics(0.43, 0.204, 0.4, 114_800 / SECONDS, 584 * 86_400 / SECONDS),
    "AN422": Statistics(1.655, 0.128, 1.6),
    "AN423": Statistics(1.498, 0.33, 1.4),
    "BA1713": Statistics(1105.597, 7.617, 1105.3),
}
_SEEN: dict[str, tuple[str, str]] = {
    "MM263": ("methane_return_near", "methane-mm2"),
    "MM264": ("methane_return_mid", "methane-mm2"),
    "MM256": ("methane_return_end", "methane-mm2"),
    "AN422": ("wind_intake", "wind"),
    "AN423": ("wind_return", "wind"),
    "BA1713": ("pressure", "barometer"),
}
"""Signal and sensor that stand for each. Where the meters hang is not in what we have; that gas grows along the return is our reading."""


def simulate(mines: int = MINES, days: int = DAYS, seed: int = SEED) -> dict[str, Statistics]:
    """Statistics of all seconds of `mines` independent mines over `days` days, resolution 0.1."""
    mine = Mine(SILESIA_LIKE, seed, _START - _WARM_UP, mines, apart=True)
    mine.advance(_WARM_UP)
    settings = [Setting(f"{name}-{number}", SENSORS[kind], 1) for name, (_, kind) in _SEEN.items() for number in range(mines)]
    sensors = SensorArray(settings, seed, Script())
    rows: list[NDArray[np.float32]] = []
    while mine.next < _START + days * 86_400:
        first, signals = mine.next, mine.advance(_BLOCK)
        there = np.concatenate([signals[signal] for signal, _ in _SEEN.values()], axis=1)
        value, _ = sensors.read(first, there, np.zeros(there.shape, np.bool_))
        rows.append(value.astype(np.float32))
    values = np.concatenate(rows)
    return {name: _describe(values[:, at * mines : (at + 1) * mines], PUBLISHED[name].share is not None) for at, name in enumerate(_SEEN)}


def _describe(values: NDArray[np.float32], gas: bool) -> Statistics:
    over = values >= LIMIT - 1e-6
    share, runs = (float(over.mean()), _runs(over) * 86_400 / over.size) if gas else (None, None)
    return Statistics(float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64)), float(np.median(values)), share, runs)


def _runs(over: NDArray[np.bool_]) -> int:
    """Runs of at least 30 s in all columns."""
    edges = np.diff(np.pad(over, ((1, 1), (0, 0))).astype(np.int8).T.ravel())
    return int((np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0) >= 30).sum())


def table(simulated: dict[str, Statistics]) -> str:
    """The Markdown table of docs/simulator.md: published / simulated."""
    lines = ["| sensor | mean | sd | median | share ≥ 1.0 %CH4 | runs ≥ 30 s per day |", "| --- | --- | --- | --- | --- | --- |"]
    for name, there in PUBLISHED.items():
        here = simulated[name]
        cells = [
            _pair(there.mean, here.mean, ".3f"),
            _pair(there.sd, here.sd, ".3f"),
            _pair(there.median, here.median, ".1f"),
            _pair(there.share, here.share, ".2%"),
            _pair(there.runs, here.runs, ".1f"),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _pair(there: float | None, here: float | None, form: str) -> str:
    return "-" if there is None or here is None else f"{there:{form}} / {here:{form}}"


if __name__ == "__main__":
    sys.stdout.write(table(simulate(days=int(sys.argv[1]) if len(sys.argv) > 1 else DAYS)) + "\n")
