"""The score of the Numenta Anomaly Benchmark: windows, probation, early detections worth more, one threshold for all files.

Lavin & Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, DOI 10.1109/ICMLA.2015.141. Rows count as in
the benchmark's program: a window's first row lies at -1 and its last one step before 0; one after it at its distance in window lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Floats

PROBATION_SHARE = 0.15
PROBATION_MOST = 750  # rows: 15 % of 5,000


@dataclass(frozen=True, slots=True)
class Profile:
    """What a false alarm and a missed window cost; a hit at the first row of its window earns 1."""

    false_alarm: float
    missed: float


PROFILES: Mapping[str, Profile] = {"standard": Profile(0.11, 1.0), "low_fp": Profile(0.22, 1.0), "low_fn": Profile(0.11, 2.0)}


@dataclass(frozen=True, slots=True)
class Scored:
    """One file as the scorer sees it: anomaly scores (n,) and windows as first and last row. NaN (unknown) raises no alarm."""

    scores: Floats
    windows: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`score` 100 at best, 0 without any alarm; at `threshold` and above an alarm is raised; `raw` one a file."""

    score: float
    threshold: float
    raw: tuple[float, ...]


def probation(rows: int) -> int:
    """Rows at the start of a file of that length that are not scored."""
    return min(int(PROBATION_SHARE * rows), PROBATION_MOST)


def worth(place: Floats) -> Floats:
    """The benchmark's sigmoid: 0.98661 at a window's start (-1), 0 at its end, -1 from three window lengths after it."""
    return np.where(place >= 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(place, 3.0))) - 1)


def weights(rows: int, windows: Sequence[tuple[int, int]]) -> tuple[Floats, NDArray[np.int64]]:
    """What an alarm in each row is worth before costs, and the window it is in: -1 none, -2 not scored."""
    value = np.full(rows, -1.0)
    window = np.full(rows, -1, np.int64)
    at = np.arange(rows)
    for number, (first, last) in enumerate(sorted(windows)):
        width = last - first + 1
        value[last + 1 :] = worth((at[last + 1 :] - last) / max(width - 1, 1))
        value[first : last + 1] = worth(-(last - at[first : last + 1] + 1) / width) / worth(np.array(-1.0))
        window[first : last + 1] = number
    window[: probation(rows)] = -2
    return value, window


def steps(file: Scored, profile: Profile) -> tuple[Floats, Floats, float]:
    """Each alarm's score and by how much it changes the file's raw score, as the threshold falls; and the raw score without any alarm."""
    value, window = weights(len(file.scores), file.windows)
    kept = np.flatnonzero((window > -2) & np.isfinite(file.scores))
    kept = kept[np.argsort(-file.scores[kept], kind="stable")]
    change = np.where(window[kept] < 0, value[kept] * profile.false_alarm, 0.0)
    scored = np.unique(window[window >= 0])
    for number in scored:
        inside = np.flatnonzero(window[kept] == number)
        best = np.maximum.accumulate(np.maximum(value[kept[inside]], -profile.missed))
        change[inside] = np.diff(best, prepend=-profile.missed)
    return file.scores[kept], change, -profile.missed * len(scored)


def total(files: Sequence[Scored], profile: Profile) -> tuple[Floats, Floats]:
    """Thresholds, falling from "never" (inf), and the raw score of the corpus at each."""
    parts = [steps(file, profile) for file in files]
    scores = np.concatenate([part[0] for part in parts])
    order = np.argsort(-scores, kind="stable")
    gained = np.cumsum(np.concatenate([part[1] for part in parts])[order])
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    never = sum(part[2] for part in parts)
    return np.append(np.inf, scores[order][ends]), never + np.append(0.0, gained[ends])


def raw_at(file: Scored, profile: Profile, threshold: float) -> float:
    """The raw score of one file at a threshold."""
    scores, change, never = steps(file, profile)
    return never + float(change[scores >= threshold].sum())


def null_of(files: Sequence[Scored], profile: Profile) -> float:
    """The raw score without any alarm: every window missed."""
    return -profile.missed * sum(len(file.windows) for file in files)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Windows with an alarm in them, and scored rows with one outside of any."""

    found: int
    false: int


def alarms(file: Scored, threshold: float) -> Alarms:
    _, window = weights(len(file.scores), file.windows)
    told = window[(window > -2) & (file.scores >= threshold)]
    return Alarms(len(np.unique(told[told >= 0])), int((told < 0).sum()))


def outcome(files: Sequence[Scored], profile: Profile, threshold: float | None = None) -> Outcome:
    """The corpus at that threshold, or at the best one as the benchmark has it."""
    if threshold is None:
        thresholds, raws = total(files, profile)
        threshold = float(thresholds[np.argmax(raws)])
    raw = tuple(raw_at(file, profile, threshold) for file in files)
    null, perfect = null_of(files, profile), sum(len(file.windows) for file in files)
    return Outcome(100 * (sum(raw) - null) / max(perfect - null, 1e-9), threshold, raw)
