"""A cooler fan with weights on its blades: telling three vibration states apart at speeds that were not trained on.

Sampaio et al., Sensors 19 (2019) 4342, DOI 10.3390/s19194342. No run without weights exists, so this is classification, not anomaly
detection. Each speed in turn is left out of training and judged; a window is 3 s (150 rows) of one block.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from lab.suites.tables import read_table
from models.base import Floats

WINDOW = 150
BANDS = 5
AXES = ("x_g", "y_g", "z_g")


def features(window: Floats, speed: float) -> Floats:
    """Of one window (rows, 3), g: strength and its ratios, correlation of the axes, peakedness, where the spectrum lies, speed (%).

    The mean is left out: it says how the sensor was mounted, not how the fan runs.
    """
    moving = window - window.mean(axis=0)
    sd = moving.std(axis=0) + 1e-6
    power = np.abs(np.fft.rfft(moving * np.hanning(len(window))[:, None], axis=0))[1:] ** 2
    total = power.sum(axis=0) + 1e-12
    centre = (power * np.arange(1, len(power) + 1)[:, None]).sum(axis=0) / total
    bands = np.log10(np.array([band.sum(axis=0) / total for band in np.array_split(power, BANDS)]) + 1e-4).ravel()
    ratios = np.log(sd[:-1] / sd[1:])
    together = np.corrcoef(moving.T)[np.triu_indices(3, 1)]
    peaked = np.log((moving**4).mean(axis=0) / sd**4)
    return np.concatenate([np.log(sd), ratios, together, peaked, centre, bands, [speed]])


def load(data: Path) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Features of every whole window, its weight arrangement (1 to 3), its speed (%)."""
    paths = sorted(data.glob("*.csv.gz"))
    if not paths:
        raise FileNotFoundError(f"no recordings in {data}: expected *.csv.gz with config, speed_pct, {', '.join(AXES)}")
    rows: list[Floats] = []
    truth: list[tuple[int, int]] = []
    for path in paths:
        table = read_table(path)
        config, speed = (np.array(table[name], np.float64).astype(np.int64) for name in ("config", "speed_pct"))
        values = np.array([table[name] for name in AXES], np.float64).T
        for arrangement, percent in sorted({*zip(config.tolist(), speed.tolist(), strict=True)}):
            block = values[(config == arrangement) & (speed == percent)]
            for start in range(0, len(block) - WINDOW + 1, WINDOW):
                rows.append(features(block[start : start + WINDOW], percent))
                truth.append((arrangement, percent))
    arrangements, speeds = np.array(truth).T
    return np.array(rows), arrangements, speeds


def evaluate(data: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Share of windows told rightly at speeds left out; beside it a guess, and the nearest strength of vibration alone."""
    rows, arrangement, speed = load(data)
    if len(set(speed.tolist())) < 2:
        raise ValueError(f"{data}: one speed only; at least two are needed to leave one out")
    right: dict[str, dict[int, float]] = {"davylamp": {}, "strength alone": {}}
    strength = [0, 1, 2, rows.shape[1] - 1]
    for left_out in sorted(set(speed.tolist())):
        train, test = speed != left_out, speed == left_out
        for name, columns in (("davylamp", list(range(rows.shape[1]))), ("strength alone", strength)):
            fitted = make_pipeline(StandardScaler(), SVC(C=3.0)).fit(rows[train][:, columns], arrangement[train])
            right[name][left_out] = float(np.mean(fitted.predict(rows[test][:, columns]) == arrangement[test]))
        progress(f"fan: {left_out} %")
    table = {name: {"accuracy": float(np.mean(list(found.values()))), "by_speed": found} for name, found in right.items()}
    _, counts = np.unique(arrangement, return_counts=True)
    guess = float(counts.max() / counts.sum())
    return {"figures": {"accuracy": table["davylamp"]["accuracy"], "guess": guess}, "table": table, "windows": len(rows)}
