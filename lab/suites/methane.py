"""The methane suite: real episode rows of a Silesian longwall, a simulated one, and the IJCRS'15 files where somebody brought them.

1. `episodes`: `mm261-episode-rows.csv.gz` holds only the seconds in which MM261 read 0.5 to 5 %CH4. Without a "before" nothing can be
   judged causally: the two minutes before each episode are filled in with the other columns as in its first row and MM261 at its
   published median, 0.0. An episode is span-gas-like by the README of the data: its peak is 2.0 to 2.5, or at least 4 (seconds above 5 are
   left out there), Tuesday to Thursday, begun 07:30 to 10:30.
2. `longwall`: whole days of the simulator's preset `silesia-like` without any script; mines 4001.. teach, mines 5001.. are judged. Per row
   and meter the label of IJCRS'15 (maximum from t + 181 s to t + 360 s reaches 1.0 %CH4) gives the AUC. An onset is a limit reached after
   ten minutes below it; it is found by a warning that begins in the ten minutes before; other warnings that are not within ten minutes of
   an exceedance are false. The baselines' bounds are those that give no more false warnings than the outlook does on the teaching mines.
3. `ijcrs15`: `trainingData.csv(.gz)` beside the labels, rows of 28 sensors x 600 s. The first half teaches, the second is judged.
"""

import gzip
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from contracts.clock import DAY, MINUTE, SECOND
from lab.suites.sim_days import DAY_S, SimDay
from lab.suites.sim_rows import render
from lab.suites.sim_watch import spots_of_day
from lab.suites.tables import read_table
from models.base import Floats, Frame, Numbers
from models.outlook import FEATURES, Outlook, OutlookSettings, labels_of
from models.places import Spot
from models.trust import SPAN, Trust, TrustScores, TrustSettings
from sim_sensors.mine.preset import SILESIA_LIKE
from sim_sensors.recordings.read import read_recording
from sim_sensors.recordings.silesia import longwall_registry

Progress = Callable[[str], None]
LIMIT = 1.0
TEACH, JUDGE = range(4001, 4009), range(5001, 5009)
STEP = 10
"""Seconds between the rows used of a simulated day."""
BEGINS = 1.5
"""%CH4. An episode whose first row reads more goes on from one of which seconds were left out: nothing is filled in before it."""
BEFORE, CLEAR = 10 * MINUTE, 10 * MINUTE
METERS = ("1101-T0", "1101-T1", "1101-TM", "1101-T2", "1-T")


def evaluate(data: Path, progress: Progress = lambda _: None) -> dict[str, Any]:
    """The figures of the three parts; a part whose files are not there is left out."""
    outlook, table = simulated(progress)
    result: dict[str, Any] = {"bounds": table.pop("bounds"), "calibration": table.pop("calibration")}
    figures: dict[str, Any] = {"longwall": table}
    rows = data / "mm261-episode-rows.csv.gz"
    if rows.is_file():
        real = episodes(rows, outlook)
        result["episodes"], figures["episodes"] = real.pop("table"), real
    features = next(iter(sorted(data.parent.glob("ijcrs15*/trainingData.csv*"))), None)
    if features is not None:
        figures["ijcrs15"] = ijcrs15(features, features.parent / "training-labels.csv.gz")
    weights = dict(zip(FEATURES, outlook.learned["weights"].round(3).tolist(), strict=True))
    return {**result, "weights": weights, "figures": figures}


def longwall_day(seed: int) -> SimDay:
    """One simulated day of a mine of its own."""
    return SimDay(f"longwall-{seed}", f"longwall-{seed}", SILESIA_LIKE, seed, DAY_S * (20_500 + seed % 100), DAY_S, STEP, ())


def simulated(progress: Progress, teach: Iterable[int] = TEACH, judge: Iterable[int] = JUDGE) -> tuple[Outlook, dict[str, Any]]:
    """The outlook taught on some mines and its figures on others, beside two baselines whose bounds come from the taught ones."""
    taught = []
    for seed in teach:
        progress(f"methane: simulated mine {seed} teaches")
        taught.append(render(longwall_day(seed)))
    spots = spots_of_day(taught[0])
    frames = [Frame(rows.points, rows.times, rows.values) for rows in taught]
    outlook = Outlook(OutlookSettings(spots)).fit_many(frames)
    columns = [frames[0].points.index(meter) for meter in METERS]
    known = [_scored(outlook, frame, columns) for frame in frames]
    budget = _alarm_rate(known, "outlook", 1.0)
    bounds = {"outlook": 1.0, **{name: _bound_for(known, name, budget) for name in ("level", "slope")}}
    judged = []
    for seed in judge:
        progress(f"methane: simulated mine {seed} is judged")
        rows = render(longwall_day(seed))
        judged.append(_scored(outlook, Frame(rows.points, rows.times, rows.values), columns))
    figures = {name: {**_ranked(judged, name), **onset_table(judged, name, bound)} for name, bound in bounds.items()}
    calibration = _calibration(judged, float(outlook.learned["threshold"][0]))
    return outlook, {"bounds": {name: round(bound, 3) for name, bound in bounds.items()}, "calibration": calibration, **figures}


@dataclass(frozen=True, slots=True)
class Scored:
    """One day: `times` (n,), `values`, `labels` and each scorer's `scores` (n, meters)."""

    times: NDArray[np.int64]
    values: Floats
    labels: Floats
    scores: dict[str, Floats]


def _scored(outlook: Outlook, frame: Frame, columns: list[int]) -> Scored:
    """The outlook's parts, the last value, and its rise in three minutes."""
    outlook.restart()
    parts = outlook.score(frame).parts[:, columns]
    values = frame.values[:, columns]
    behind = 180 // STEP
    slope = np.vstack([np.zeros((behind, len(columns))), values[behind:] - values[:-behind]])
    labels = labels_of(frame.times, values, np.full(len(columns), LIMIT))
    return Scored(frame.times, values, labels, {"outlook": parts, "level": values, "slope": slope})


def _ranked(days: list[Scored], name: str) -> dict[str, Any]:
    """AUC over all rows and meters, and over the rows below the limit alone: to see what comes, not what is there."""
    score = np.concatenate([day.scores[name].ravel() for day in days])
    label = np.concatenate([day.labels.ravel() for day in days])
    below = np.concatenate([day.values.ravel() for day in days]) < LIMIT - 1e-9
    known = np.isfinite(score) & np.isfinite(label)
    out = {}
    for key, rows in (("auc", known), ("auc_below_limit", known & below)):
        out[key] = round(float(roc_auc_score(label[rows], score[rows])), 4) if 0 < label[rows].sum() < rows.sum() else None
    return out


def _calibration(days: list[Scored], threshold: float) -> list[dict[str, float]]:
    """Mean probability and share of exceedances in five classes of the probability, and how many rows are in them."""
    chance = np.concatenate([day.scores["outlook"].ravel() for day in days]) * threshold
    label = np.concatenate([day.labels.ravel() for day in days])
    known = np.isfinite(chance) & np.isfinite(label)
    chance, label = chance[known], label[known]
    edges = (0.0, 0.05, 0.2, 0.5, 0.8, 1.01)
    rows = [(chance >= low) & (chance < high) for low, high in pairwise(edges)]
    return [
        {"said": round(float(chance[r].mean()), 3), "was": round(float(label[r].mean()), 3), "rows": int(r.sum())} for r in rows if r.any()
    ]


def _warnings(times: NDArray[np.int64], score: Floats, bound: float) -> list[tuple[int, int]]:
    """Runs at or above the bound, those at most five minutes apart as one: (begin, end), µs."""
    with np.errstate(invalid="ignore"):
        at = times[score >= bound - 1e-9]
    if not len(at):
        return []
    cut = np.flatnonzero(np.diff(at) > 5 * MINUTE)
    return list(zip(at[np.append(0, cut + 1)].tolist(), at[np.append(cut, len(at) - 1)].tolist(), strict=True))


def onset_table(days: list[Scored], name: str, bound: float) -> dict[str, Any]:
    """Onsets found, median lead, false warnings per 24 h of one meter."""
    onsets, leads, false, span = 0, [], 0, 0
    for day in days:
        for meter in range(day.values.shape[1]):
            over = _warnings(day.times, day.values[:, meter], LIMIT)
            told = _warnings(day.times, day.scores[name][:, meter], bound)
            starts = [begin for at, (begin, _) in enumerate(over) if at == 0 or begin - over[at - 1][1] >= CLEAR]
            onsets += len(starts)
            for start in starts:
                before = [begin for begin, end in told if start - BEFORE <= begin < start and end >= start - 7 * MINUTE]
                leads += [(start - before[0]) / SECOND] if before else []
            false += sum(not any(begin - CLEAR <= last and first - CLEAR <= end for first, last in over) for begin, end in told)
            span += int(day.times[-1] - day.times[0])
    table = {"onsets": onsets, "found": round(100.0 * len(leads) / onsets, 1) if onsets else None}
    return {**table, "lead_s": round(float(np.median(leads)), 0) if leads else None, "false_per_day": round(false / (span / DAY), 2)}


def _alarm_rate(days: list[Scored], name: str, bound: float) -> float:
    return float(onset_table(days, name, bound)["false_per_day"])


def _bound_for(days: list[Scored], name: str, budget: float) -> float:
    """The lowest bound of a baseline that gives no more false warnings than the budget, in steps of 0.05."""
    for bound in np.arange(0.1, 1.0, 0.05).tolist():
        if _alarm_rate(days, name, bound) <= budget:
            return float(bound)
    return 1.0


def episodes(path: Path, outlook: Outlook) -> dict[str, Any]:
    """Each real episode: span-gas-like or not, whether the limit spoke, whether trust called it test gas, whether the outlook warned."""
    recording = read_recording(path)
    registry = longwall_registry("silesia", "silesia", "silesia")
    at = recording.columns.index("MM261")
    spots = tuple(_real_spot(point.id, point.quantity) for point in registry.points)
    seconds = recording.time // SECOND
    table = []
    for rows in np.split(np.arange(len(recording)), np.flatnonzero(np.diff(seconds) > 120) + 1):
        frame = _with_before(recording.columns, recording.time[rows], recording.values[rows], at)
        trust = _trust(spots, frame.points)
        scores = trust.score(frame)
        assert isinstance(scores, TrustScores)
        assert scores.tests is not None
        own = _real_outlook(outlook, spots, frame.points).score(frame).parts[:, at]
        peak = float(np.nanmax(recording.values[rows, at]))
        table.append(
            {
                "start": datetime.fromtimestamp(int(seconds[rows[0]]), UTC).isoformat(timespec="seconds"),
                "peak": peak,
                "span_like": span_like(int(seconds[rows[0]]), peak),
                "limit_alarm": peak >= LIMIT,
                "test_gas": bool((scores.tests[:, at, SPAN] >= 1).any()),
                "outlook": bool((np.nan_to_num(own) >= 1).any()),
            }
        )
    return {"table": table, **_counted(table)}


def _counted(table: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the episodes that reach the limit: how many of both sorts trust named, and on how many the outlook warned."""
    alarms = [row for row in table if row["limit_alarm"]]
    like, other = [row for row in alarms if row["span_like"]], [row for row in alarms if not row["span_like"]]
    return {
        "limit_alarms": len(alarms),
        "span_like": len(like),
        "span_like_named": sum(row["test_gas"] for row in like),
        "others": len(other),
        "others_named": sum(row["test_gas"] for row in other),
        "outlook_on_span_like": sum(row["outlook"] for row in like),
        "outlook_on_others": sum(row["outlook"] for row in other),
    }


def span_like(second: int, peak: float) -> bool:
    """The README's reading: 2.2 % (or the end of the range), Tuesday to Thursday, 07:30 to 10:30."""
    when = datetime.fromtimestamp(second, UTC)
    return when.weekday() in (1, 2, 3) and "07:30" <= when.strftime("%H:%M") <= "10:30" and (2.0 <= peak <= 2.5 or peak >= 4.0)


def _real_spot(point: str, quantity: str) -> Spot:
    gas = quantity == "methane" and point != "CM861"
    return Spot(point, quantity, "longwall", limit=LIMIT if gas else None, step=0.1 if gas else 0.01)


def _with_before(columns: tuple[str, ...], times: NDArray[np.int64], values: Floats, meter: int) -> Frame:
    """Two minutes of the first row with the meter at 0.0, then the rows; fault codes (-255 A, -266 m/s) are unknown."""
    if values[0, meter] > BEGINS:
        return Frame(columns, times, np.where(values <= -255, np.nan, values))
    before = np.repeat(values[:1], 120, axis=0)
    before[:, meter] = 0.0
    stamps = np.concatenate([times[0] + SECOND * np.arange(-120, 0), times])
    both = np.concatenate([before, values])
    return Frame(columns, stamps, np.where(both <= -255, np.nan, both))


def _trust(spots: tuple[Spot, ...], points: tuple[str, ...]) -> Trust:
    """Trust with the noise a meter of 0.1 % steps shows at rest; the file has no normal span to learn a habit from."""
    count = len(points)
    habit = {
        name: np.full(count, value) for name, value in (("noise", 0.02), ("rest", np.nan), ("swing", 0.2), ("low", 0.0), ("step", 0.1))
    }
    return Trust.load(Numbers({"points": list(points), "settings": msgspec.to_builtins(TrustSettings(spots))}, habit))


def _real_outlook(outlook: Outlook, spots: tuple[Spot, ...], points: tuple[str, ...]) -> Outlook:
    """The coefficients of the simulated mines on the real columns."""
    settings = msgspec.to_builtins(OutlookSettings(spots, outlook.settings.least))
    return Outlook.load(Numbers({"points": list(points), "settings": settings}, {**outlook.learned, "current": np.full(len(points), 60.0)}))


def ijcrs15(features: Path, labels: Path) -> dict[str, Any]:
    """AUC per meter as the challenge scored it, for the outlook's own features: half teaches, half is judged, in the order of time."""
    told = read_table(labels)
    order = [point.id for point in longwall_registry("silesia", "silesia", "silesia").points]
    text = gzip.decompress(features.read_bytes()) if features.suffix == ".gz" else features.read_bytes()
    rows = np.loadtxt(io.BytesIO(text), delimiter=",").reshape(-1, len(order), 600)
    half, out = len(rows) // 2, {}
    for meter in ("MM263", "MM264", "MM256"):
        gas = rows[:, order.index(meter)]
        label = np.array([word == "warning" for word in told[meter]][: len(rows)], np.float64)
        own = np.stack(
            [gas[:, -1], gas[:, -60:].max(axis=1), gas[:, -1] - gas[:, -61], gas[:, -1] - gas[:, -181], gas.mean(axis=1)], axis=1
        )
        model = LogisticRegression(max_iter=500).fit(own[:half], label[:half])
        out[meter] = {
            "auc": round(float(roc_auc_score(label[half:], model.decision_function(own[half:]))), 4),
            "auc_level": round(float(roc_auc_score(label[half:], gas[half:, -1])), 4),
        }
    return {**out, "auc": round(float(np.mean([row["auc"] for row in out.values()])), 4)}
