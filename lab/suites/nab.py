"""NAB v1.1: single series seen row by row, one threshold for all files. Ours, two public detectors made again, and trivial baselines.

Ahmad, Lavin, Purdy, Agha: Unsupervised real-time anomaly detection for streaming data, Neurocomputing 262 (2017) 134,
DOI 10.1016/j.neucom.2017.04.070. Data: MIT, read from a folder, never shipped. The scorer is lab/suites/nab_score.py.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.suites.nab_baselines import BASELINES
from lab.suites.nab_score import PROFILES, Outcome, Scored, alarms, null_of, outcome, probation
from lab.suites.tables import read_table
from models.base import Floats, Frame
from models.novelty import Novelty

POINT = "value"
Windows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One file: rows of one point (local time, read as UTC), and its anomaly windows as first and last row."""

    name: str
    frame: Frame
    windows: Windows

    @property
    def values(self) -> Floats:
        return self.frame.values[:, 0]


def load(data: Path) -> list[Series]:
    """The series of a folder that are named in its labels, in order of name; whichever are there."""
    labels = data / "labels" / "combined_windows.json"
    if not labels.is_file():
        raise FileNotFoundError(f"no labels/combined_windows.json in {data}")
    spans = json.loads(labels.read_text(encoding="utf-8"))
    found = [_read(data / f"{name}.gz", name, spans[name]) for name in sorted(spans) if (data / f"{name}.gz").is_file()]
    if not found:
        raise FileNotFoundError(f"no series in {data}: expected <category>/<name>.csv.gz")
    return found


def _read(path: Path, name: str, spans: Sequence[Sequence[str]]) -> Series:
    table = read_table(path)
    times = np.array(table["timestamp"], "datetime64[us]").astype(np.int64)
    windows = tuple(sorted(_rows(times, np.array(span, "datetime64[us]").astype(np.int64), name) for span in spans))
    values = np.array(table["value"], np.float64)[:, None]
    # where the clock was put back the time stands still: a frame's times never fall
    return Series(name.removesuffix(".csv"), Frame((POINT,), np.maximum.accumulate(times), values), windows)


def _rows(times: NDArray[np.int64], span: NDArray[np.int64], name: str) -> tuple[int, int]:
    """First row at each bound, as the benchmark looks them up."""
    first, last = (np.flatnonzero(times == bound) for bound in span)
    if not len(first) or not len(last) or last[0] < first[0]:
        raise ValueError(f"{name}: a window's bounds are no rows of it")
    return int(first[0]), int(last[0])


def judge(series: Series) -> Floats:
    """Our scores, 1 at the threshold: learns from the probation, NaN there."""
    learn = probation(len(series.frame))
    fitted = Novelty().fit(series.frame.rows(0, learn))
    return np.concatenate([np.full(learn, np.nan), fitted.score(series.frame.rows(learn, len(series.frame))).total])


def evaluate(data: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Our figures with the threshold best for each profile (the protocol's), for all three with one and as shipped; a row per file."""
    corpus = load(data)
    progress(f"nab: {len(corpus)} 条序列 / series")
    ours = []
    for series in corpus:
        ours.append(Scored(judge(series), series.windows))
        progress(f"nab: {series.name}")
    table = {"davylamp": _figures(ours)}
    for name, detector in BASELINES.items():
        table[name] = _figures([Scored(detector(series.values), series.windows) for series in corpus])
        progress(f"nab: {name}")
    best = outcome(ours, PROFILES["standard"])
    return {
        "figures": {name: table["davylamp"][name] for name in PROFILES},
        "thresholds": {name: outcome(ours, profile).threshold for name, profile in PROFILES.items()},
        "one_threshold": _scores(ours, best.threshold),
        "shipped_threshold": _scores(ours, 1.0),
        "table": table,
        "files": [_file(series, scored, raw, best) for series, scored, raw in zip(corpus, ours, best.raw, strict=True)],
        "series": len(corpus),
        "windows": sum(len(series.windows) for series in corpus),
        "causal": True,
    }


def _scores(files: Sequence[Scored], threshold: float | None = None) -> dict[str, float]:
    return {name: outcome(files, profile, threshold).score for name, profile in PROFILES.items()}


def _figures(files: Sequence[Scored]) -> dict[str, float]:
    """A score per profile, and at the standard profile's threshold: windows found, and false alarms per 1,000 scored rows."""
    best = outcome(files, PROFILES["standard"])
    told = [alarms(file, best.threshold) for file in files]
    rows = sum(len(file.scores) - probation(len(file.scores)) for file in files)
    return _scores(files) | {
        "found": float(sum(one.found for one in told)),
        "false_per_1000": 1000.0 * sum(one.false for one in told) / rows,
    }


def _file(series: Series, scored: Scored, raw: float, best: Outcome) -> dict[str, Any]:
    told, profile = alarms(scored, best.threshold), PROFILES["standard"]
    return {
        "file": series.name,
        "rows": len(series.frame),
        "windows": len(series.windows),
        "found": told.found,
        "false": told.false,
        "raw": raw,
        "null": null_of([scored], profile),
    }
