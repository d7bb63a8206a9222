"""Readings to learn from, as a frame: out of a telemetry store (raw, or 5-minute statistics), or out of a table."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from contracts.clock import HOUR, SECOND
from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.quality import CALIBRATION, DOUBTFUL, FROZEN, UNUSABLE
from contracts.units import OWN_WORD
from models.base import Floats, Frame
from sim_sensors.recordings.read import read_recording
from store.interface import WINDOW, Store

NOT_LEARNED = np.uint16(UNUSABLE | CALIBRATION | FROZEN | DOUBTFUL)
"""What nobody may learn as normal."""
Progress = Callable[[str], None]


def from_table(path: Path, registry: Registry) -> Frame:
    """A table with a stamp and a column a point; columns of no point of the registry are left out, BadConfig where none is left."""
    recording = read_recording(path)
    known = [name for name in recording.columns if name in registry.number]
    if not known:
        raise BadConfig("--from", str(path), f"a table with columns named after points, such as {registry.points[0].id}")
    order = np.argsort(recording.time, kind="stable")
    return Frame(tuple(known), recording.time[order], np.column_stack([recording.column(name) for name in known])[order])


def from_store(store: Store, registry: Registry, first: int, last: int, cadence: int = SECOND, tell: Progress = lambda _: None) -> Frame:
    """Rows every `cadence` µs in [first, last): the newest good reading of each point since the row before, NaN where there is none."""
    points = tuple(point.id for point in registry.points if point.quantity not in OWN_WORD)
    times = np.arange(first // cadence * cadence + cadence, last + 1, cadence, dtype=np.int64)
    values = np.full((len(times), len(points)), np.nan)
    for column, point in enumerate(points):
        for start in range(first, last, HOUR):
            series = store.series(registry.mine, point, start, min(start + HOUR, last))
            good = (series.quality & NOT_LEARNED) == 0
            row = np.searchsorted(times, series.time[good], side="left")
            inside = row < len(times)
            values[row[inside], column] = series.value[good][inside]
        tell(f"{registry.mine}: {column + 1} / {len(points)} {point}")
    return _without_empty(points, times, values)


def from_statistics(store: Store, registry: Registry, first: int, last: int) -> Frame:
    """A row a window of 5 minutes: means, where nine of ten readings were good; for detectors that look at hours and weeks."""
    points = tuple(point.id for point in registry.points if point.quantity not in OWN_WORD)
    times = np.arange(first // WINDOW * WINDOW, last, WINDOW, dtype=np.int64)
    values = np.full((len(times), len(points)), np.nan)
    for column, point in enumerate(points):
        buckets = store.buckets(registry.mine, point, first, last, WINDOW)
        good = buckets.good >= 0.9 * np.maximum(buckets.count, 1)
        row = (buckets.start[good] - times[0]) // WINDOW if len(times) else np.zeros(0, np.int64)
        values[row, column] = buckets.mean[good]
    return _without_empty(points, times, values)


def _without_empty(points: tuple[str, ...], times: "np.ndarray[tuple[int], np.dtype[np.int64]]", values: Floats) -> Frame:
    """Rows in which anything was read."""
    some = np.isfinite(values).any(axis=1)
    return Frame(points, times[some], values[some])


def limits_of(registry: Registry, alarm_ge: Mapping[str, float | None]) -> dict[str, float]:
    """Point to the alarm value of its limit row, where there is one."""
    found = {point.id: alarm_ge.get(point.limit_row) for point in registry.points}
    return {name: limit for name, limit in found.items() if limit is not None}
