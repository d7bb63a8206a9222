"""SKAB v0.9: a water-pump test rig with valves closed, leaks, unbalance, cavitation. Protocol of its public leaderboard.

Katser, Kozitsin: Skoltech Anomaly Benchmark, 2020, DOI 10.34740/KAGGLE/DSV/1693952. Data: GPL-3, read from a folder, never shipped.
Each experiment by itself: rows 0 to 399 train, all later ones are judged; nothing looks ahead. Thresholds are fixed quantiles.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.clock import SECOND
from lab.suites import baselines
from lab.suites.tables import read_table
from models.base import Frame
from models.level import Level, LevelSettings
from models.transition import Transition, turns

TRAIN = 400
GROUPS = ("valve1", "valve2", "other")
WINDOW = 60 * SECOND
"""To the right of a change point; a detection in it is a hit."""
APART = 30 * SECOND
"""Ours: after a change is told, nothing more is told for so long."""
NORMAL = 1.96
"""Ours: one-sided 97.5 % quantile; both detectors."""
PROFILES = {"standard": (-0.11, -1.0), "low_fp": (-0.22, -1.0), "low_fn": (-0.11, -2.0)}
"""Cost of a false detection, and of a miss."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One file: rows (n, 8), and per row whether it is anomalous and whether a change begins or ends there."""

    name: str
    frame: Frame
    anomaly: Flags
    change: Flags


def load(data: Path) -> list[Experiment]:
    """The labelled experiments of a folder, in order of group and number; whichever are there."""
    paths = [path for group in GROUPS for path in sorted((data / group).glob("*.csv.gz"), key=lambda path: int(path.name.split(".")[0]))]
    if not paths:
        raise FileNotFoundError(f"no experiments in {data}: expected valve1/*.csv.gz, valve2/*.csv.gz, other/*.csv.gz")
    return [_read(path) for path in paths]


def _read(path: Path) -> Experiment:
    table = read_table(path)
    points = tuple(name for name in table if name not in {"datetime", "anomaly", "changepoint"})
    times = np.array(table["datetime"], "datetime64[us]").astype(np.int64)
    frame = Frame(points, times, np.array([table[name] for name in points], np.float64).T.copy())
    anomaly, change = (np.array(table[name], np.float64) > 0 for name in ("anomaly", "changepoint"))
    return Experiment(f"{path.parent.name}/{path.name.split('.')[0]}", frame, anomaly, change)


def outliers(found: list[Flags], experiments: list[Experiment]) -> dict[str, float]:
    """F1 (0 to 1), false alarm rate and missed alarm rate (%) over all judged rows of all experiments together."""
    said = np.concatenate([flags[TRAIN:] for flags in found])
    true = np.concatenate([experiment.anomaly[TRAIN:] for experiment in experiments])
    hit, false, missed, quiet = (int(np.sum(rows)) for rows in (said & true, said & ~true, ~said & true, ~said & ~true))
    return {
        "f1": hit / (hit + (false + missed) / 2) if hit else 0.0,
        "far": 100.0 * false / max(false + quiet, 1),
        "mar": 100.0 * missed / max(missed + hit, 1),
    }


def windows(experiment: Experiment) -> Iterator[tuple[int, int]]:
    """Each change point's window [begin, end], µs; where two overlap the right one is cut."""
    free = 0
    for at in experiment.frame.times[TRAIN:][experiment.change[TRAIN:]].tolist():
        yield max(at, free), at + WINDOW
        free = at + WINDOW


def changes(found: list[Flags], experiments: list[Experiment], profile: str) -> float:
    """The NAB score of detected changes: 0 for silence, 100 for a detection at every change point and nowhere else."""
    false_cost, miss_cost = PROFILES[profile]
    raw, number = 0.0, 0
    for flags, experiment in zip(found, experiments, strict=True):
        at = experiment.frame.times[TRAIN:][flags[TRAIN:]]
        inside = np.zeros(len(at), np.bool_)
        for begin, end in windows(experiment):
            here = (at >= begin) & (at <= end)
            inside |= here
            number += 1
            raw += _earned((at[here][0] - begin) / max(end - begin, 1), false_cost) if here.any() else miss_cost
        raw += false_cost * int(np.sum(~inside))
    return 100.0 * (raw - miss_cost * number) / (number - miss_cost * number)


def _earned(part: float, false_cost: float) -> float:
    """What a detection earns at `part` (0 to 1) of its window: from 1 down to the cost of a false one."""
    fall = -np.tanh(np.pi * (part - 0.5)) / np.tanh(np.pi / 2)
    return float((1 - false_cost) / 2 * fall + (1 + false_cost) / 2)


def judge(experiment: Experiment) -> tuple[Flags, Flags]:
    """Our two detectors: rows that are anomalous, and rows at which a change begins or ends."""
    train, settings = experiment.frame.rows(0, TRAIN), LevelSettings(normal=NORMAL)
    level = Level(settings).fit(train).score(experiment.frame).total
    moving = Transition(settings).fit(train).score(experiment.frame).total
    said = np.zeros(len(moving), np.bool_)
    said[turns(moving, experiment.frame.times, APART)] = True
    return np.nan_to_num(level) > 1.0, said


def evaluate(data: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Our figures, those of the baselines, and the detections told per experiment."""
    experiments = load(data)
    progress(f"skab: {len(experiments)} 个实验 / experiments")
    rows: dict[str, tuple[list[Flags], list[Flags]]] = {"davylamp": ([], [])}
    for experiment in experiments:
        for kept, flags in zip(rows["davylamp"], judge(experiment), strict=True):
            kept.append(flags)
        for name, flags_pair in baselines.skab(experiment.frame, TRAIN).items():
            for kept, flags in zip(rows.setdefault(name, ([], [])), flags_pair, strict=True):
                kept.append(flags)
        progress(f"skab: {experiment.name}")
    table = {name: _row(*both, experiments) for name, both in rows.items()}
    ours = table["davylamp"]
    figures = {key: ours[key] for key in ("f1", "far", "mar")} | {"change_nab_standard": ours["standard"]}
    return {"figures": figures, "table": table, "experiments": len(experiments), "causal": True}


def _row(rows: list[Flags], turned: list[Flags], experiments: list[Experiment]) -> dict[str, float]:
    scores = {profile: changes(turned, experiments, profile) for profile in PROFILES}
    told = float(np.mean([flags[TRAIN:].sum() for flags in turned]))
    return outliers(rows, experiments) | scores | {"changes_told_per_experiment": told}
