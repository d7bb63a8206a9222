"""What the models cost at the edge: every point each second, by all detectors that are for any mine, from a signed bundle.

Detectors are trained here on a simulated mine; a process of its own, which has seen neither scikit-learn nor the training, scores.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from bench.processes import ROOT, ChildFailed, Elsewhere
from bench.scoring import WARM_UP, Scored
from contracts.clock import BUILD_TIME, SECOND
from contracts.keys import new_key, public_of
from models.base import Detector, Frame
from models.bundle import Contents, make_bundle, sign_bundle
from models.change import Change, ChangeSettings
from models.drift import Drift, DriftSettings
from models.forecast import Forecast, ForecastSettings
from models.forest import Forest
from models.pca import Pca, PcaSettings
from models.robust import Robust, RobustSettings
from sim_sensors.config import DeviceSettings, build

TRAINED = 600
"""Rows learned from."""
GROUP = 25
"""Points of an area, which are judged together."""
MISSING = 0.01
"""Share of the readings scored that are not there."""
KINDS = ("robust", "change", "forecast", "drift", "pca", "forest")


def measure(seconds: float, points: int) -> dict[str, float]:
    """All figures of `bench.figures.MODELS`."""
    _say(f"training on {TRAINED} s of {points} points")
    training, later, steps = _mine(points)
    data = make_bundle(Contents("bench", 1, BUILD_TIME, "bench", "bench", {}, []), _detectors(training, steps))
    secret = new_key()
    with TemporaryDirectory(prefix="davy-bench-") as folder:
        bundle, rows = Path(folder) / "models", Path(folder) / "rows.npy"
        bundle.write_bytes(sign_bundle(data, secret, "bench", BUILD_TIME))
        np.save(rows, later)
        rows.with_suffix(".json").write_bytes(msgspec.json.encode(training.points))
        _say(f"scoring a row a second for {seconds:.0f} s")
        elsewhere = Elsewhere()
        scored = _scored([str(bundle), str(rows), public_of(secret).hex(), str(seconds)], seconds)
    figures = {name: float(value) for name, value in msgspec.to_builtins(scored).items() if name != "kinds_ms"}
    return {
        **figures,
        **{f"{kind}_ms": scored.kinds_ms[kind] for kind in KINDS},
        "bundle_mb": len(data) / 1e6,
        "points": points,
        "elsewhere_cores": elsewhere.cores,
    }


def _scored(arguments: list[str], seconds: float) -> Scored:
    command = [sys.executable, "-m", "bench.scoring", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=seconds + WARM_UP + 60, check=False)
    if done.returncode:
        raise ChildFailed(f"scoring ended with code {done.returncode}\n{done.stderr.decode(errors='replace')[-800:]}")
    return msgspec.json.decode(done.stdout, type=Scored)


def _mine(points: int) -> tuple[Frame, np.ndarray[tuple[int, int], np.dtype[np.float64]], dict[str, float]]:
    """What to learn from, rows that follow it with some readings missing, and the smallest step of each point."""
    device = build(DeviceSettings(name="bench", kind="mine", points=points), BUILD_TIME)
    names = tuple(point.id for point in device.registry.points)
    values = np.stack([device.read(BUILD_TIME + at * SECOND)[0] for at in range(TRAINED + 120)])
    times = BUILD_TIME + np.arange(TRAINED, dtype=np.int64) * SECOND
    later = np.where(np.random.default_rng(1).random((120, points)) < MISSING, np.nan, values[TRAINED:])
    return Frame(names, times, values[:TRAINED]), later, {point.id: 10.0**-point.measures.decimals for point in device.registry.points}


def _detectors(training: Frame, steps: Mapping[str, float]) -> dict[str, tuple[Detector, float]]:
    own = dict(steps)
    makers: dict[str, Detector] = {
        "robust": Robust(RobustSettings(steps=own)),
        "change": Change(ChangeSettings(steps=own)),
        "forecast": Forecast(ForecastSettings(steps=own)),
    }
    found = {kind: (detector.fit(training), 1.0) for kind, detector in makers.items()}
    for start in range(0, len(training.points), GROUP):
        names = training.points[start : start + GROUP]
        part, part_steps = Frame(names, training.times, training.of(names)), {name: own[name] for name in names}
        for detector in (Drift(DriftSettings(steps=part_steps)), Pca(PcaSettings(steps=part_steps)), Forest()):
            found[f"{detector.kind} {start // GROUP}"] = (detector.fit(part), 1.0)
    return found


def _say(what: str) -> None:
    sys.stderr.write(f"models: {what}\n")
