"""IMS bearings, condensed to the mean absolute acceleration of each snapshot: run to failure, no row labels.

Lee, Qiu, Yu, Lin, Rexnord Technical Services: Bearing Data Set, IMS, University of Cincinnati, NASA Prognostics Data Repository, 2007.
Learned from the first eighth of the run; judged on all that follows. An alarm lasts when it stays for `LASTING`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.clock import HOUR
from lab.suites.tables import read_table
from models.base import Floats, Frame
from models.health import Health

LASTING = 2 * HOUR
LEARN, HEALTHY = 0.125, 0.25
"""Parts of the run: learned from; known to be healthy."""


def load(path: Path) -> Frame:
    """One run: a column per bearing (or per accelerometer)."""
    table = read_table(path)
    points = tuple(name for name in table if name != "timestamp")
    values = np.array([table[name] for name in points], np.float64).T.copy()
    return Frame(points, np.array(table["timestamp"], "datetime64[us]").astype(np.int64), values)


def lasting(over: NDArray[np.bool_], times: NDArray[np.int64], span: int = LASTING) -> NDArray[np.intp]:
    """Rows at which an alarm began that then stayed for `span` (or to the end), in order."""
    edges = np.flatnonzero(np.diff(over, prepend=False))
    begins, ends = edges[::2], np.append(edges[1::2], len(over) - 1)[: len(edges[::2])]
    return np.asarray(begins[(times[ends] - times[begins] >= span) | (ends == len(over) - 1)])


def judged(frame: Frame) -> Floats:
    """Our score of each row and bearing, 1 at the threshold; NaN unknown (a stopped rig, the warm-up)."""
    detector = Health().fit(frame.rows(0, max(20, int(len(frame) * LEARN))))
    return detector.score(frame).parts


def three_sigma(frame: Frame) -> Floats:
    """The trivial baseline: a value over mean + 3 standard deviations of the part learned from."""
    learned = frame.values[: max(20, int(len(frame) * LEARN))]
    return np.asarray((frame.values - learned.mean(axis=0)) / (3 * learned.std(axis=0)))


def told(parts: Floats, frame: Frame) -> dict[str, Any]:
    """Per bearing the hours from its first lasting alarm to the end; lasting alarms in the healthy quarter are false."""
    healthy, lead = int(len(frame) * HEALTHY), {}
    false = 0
    for column, point in enumerate(frame.points):
        rows = lasting(np.nan_to_num(parts[:, column]) >= 1.0, frame.times)
        false += int(np.sum(rows < healthy))
        later = rows[rows >= healthy]
        lead[point] = float(frame.times[-1] - frame.times[later[0]]) / HOUR if len(later) else 0.0
    return {"lead_hours": max(lead.values()), "false_alarms": false, "lead_hours_of": lead}


def evaluate(data: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """`lead_hours` of the bearing that alarms first; with several runs the shortest of them, and all false alarms together."""
    paths = sorted(data.glob("*.csv.gz"))
    if not paths:
        raise FileNotFoundError(f"no runs in {data}: expected *.csv.gz with a timestamp and a column per bearing")
    runs: dict[str, Any] = {}
    for path in paths:
        frame = load(path)
        runs[path.name] = {"davylamp": told(judged(frame), frame), "three sigma": told(three_sigma(frame), frame)}
        progress(f"ims: {path.name}")
    ours = [run["davylamp"] for run in runs.values()]
    figures = {"lead_hours": min(run["lead_hours"] for run in ours), "false_alarms": sum(run["false_alarms"] for run in ours)}
    return {"figures": figures, "runs": runs, "causal": True}
