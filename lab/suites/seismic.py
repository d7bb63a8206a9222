"""Seismic bumps: will a bump above 10^4 J come in the next shift? Judged by the time split: first half trains, the rest is judged.

Sikora, Wrobel, Archives of Mining Sciences 55(1), 2010, 91-114. Few features that can only raise the hazard, and a penalty so strong
that the logistic regression is close to their equal-weight sum: with some tens of bumps to learn from anything finer learns the past.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.base import Floats

TRAIN = 0.5
PENALTY = 0.002
"""scikit-learn's C."""
RESAMPLED, SEED = 2000, 1
HAZARD = {"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0}
LOGARITHMS = ("genergy", "gpuls", "nbumps")
BASELINES = ("genergy", "gpuls", "nbumps")


def load(data: Path) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Named features and the class of each shift, in the order of the `row` column; all files of the folder together."""
    paths = sorted(data.glob("seismic-bumps*.csv"))
    if not paths:
        raise FileNotFoundError(f"no shift reports in {data}: expected seismic-bumps*.csv")
    rows: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines)
    rows.sort(key=lambda row: int(row["row"]))
    named = {"seismic": np.array([HAZARD[row["seismic"]] for row in rows])}
    named["coal shift"] = np.array([float(row["shift"] == "W") for row in rows])
    named |= {name: np.log1p(np.array([float(row[name]) for row in rows])) for name in LOGARITHMS}
    return named, np.array([int(row["class"]) for row in rows])


def auc(truth: NDArray[np.int64], score: Floats) -> tuple[float, float, float]:
    """Area under the curve with its 95 % interval (bootstrap within both classes); scores that are equal count half."""
    random = np.random.default_rng(SEED)
    bumps, calm = score[truth == 1], score[truth == 0]
    above = (bumps[:, None] > calm) + 0.5 * (bumps[:, None] == calm)
    weights = [random.multinomial(len(part), np.full(len(part), 1 / len(part)), RESAMPLED) / len(part) for part in (bumps, calm)]
    low, high = np.quantile(np.sum((weights[0] @ above) * weights[1], axis=1), [0.025, 0.975])
    return float(above.mean()), float(low), float(high)


def evaluate(data: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """AUC with interval over the later half; beside it each single feature, and whether ours is better than the best of them."""
    named, truth = load(data)
    split = int(len(truth) * TRAIN)
    rows = np.array(list(named.values())).T
    for part, name in ((truth[:split], "train"), (truth[split:], "test")):
        if len(set(part.tolist())) < 2:
            raise ValueError(f"{data}: the {name} half has one class only; both are needed")
    progress(f"seismic: {len(truth)} 班 / shifts")
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, class_weight="balanced")).fit(rows[:split], truth[:split])
    table = {"davylamp": auc(truth[split:], fitted.decision_function(rows[split:]))}
    table |= {name: auc(truth[split:], named[name][split:]) for name in BASELINES}
    ours = table["davylamp"]
    weights = dict(zip(named, fitted[-1].coef_[0].tolist(), strict=True))
    best = max(BASELINES, key=lambda name: table[name][0])
    figures = {"auc": ours[0], "auc_low": ours[1], "auc_high": ours[2]}
    beaten = ours[0] > table[best][0]
    return {"figures": figures, "table": table, "weights": weights, "best_baseline": best, "better_than_best_baseline": beaten}
