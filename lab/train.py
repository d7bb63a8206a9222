"""From readings of a mine to the detectors of its bundle. Every member learns by itself, on all cores or on a Dask cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from contracts.clock import HOUR, SECOND
from contracts.points import Registry
from contracts.units import OWN_WORD, QUANTITIES, Kind
from models.base import BadModel, Detector, Frame
from models.crew import AREA, DRIFT, LOOK, TRUST
from models.drift import Drift, DriftSettings
from models.health import Health, HealthSettings
from models.pca import Pca, PcaSettings
from models.places import Spot, spots_of
from models.trust import Trust, TrustSettings

Progress = Callable[[str], None]
Made = tuple[str, Detector, float]
"""Name, detector, and the total from which on it is told."""
Task = tuple[str, Any, tuple[str, ...], bool]
LEAST = HOUR
"""The shortest span worth learning from."""
JOINT_MARGIN = 1.5
"""A joint score is told from so much over its own threshold on: it must be beyond anything the span learned from showed."""
LEAST_TOGETHER = 3
"""Points without which there is nothing joint to learn."""
WORN = ("vibration", "bearing_temperature")


def train(registry: Registry, limits: Mapping[str, float], frame: Frame, progress: Progress = lambda _: None, jobs: int = -1) -> list[Made]:
    """The members that could learn, by name; what could not is told through `progress` with the reason."""
    if len(frame) < 2 or int(frame.times[-1] - frame.times[0]) < LEAST:
        span = 0.0 if len(frame) < 2 else float(frame.times[-1] - frame.times[0]) / SECOND
        raise BadModel("span to learn from", f"{span:.0f} s", f"at least {LEAST // SECOND} s")
    spots = spots_of(registry, limits)
    tasks = list(members(registry, spots, limits))
    made: list[Made] = []
    for (name, *_), (fitted, why) in zip(tasks, _each_fitted(tasks, frame, jobs), strict=True):
        progress(f"{registry.mine} {name}: {why or 'ok'}")
        if fitted is not None:
            made.append((name, fitted, JOINT_MARGIN if name.startswith(AREA) else 1.0))
    return made


def members(registry: Registry, spots: tuple[Spot, ...], limits: Mapping[str, float]) -> Iterator[Task]:
    """Everything this mine's points allow: name, unfitted detector, the points it is to learn, whether it sees every row."""
    measured = tuple(point.id for point in registry.points if point.quantity not in OWN_WORD)
    yield TRUST, Trust(TrustSettings(spots)), measured, True
    yield DRIFT, Drift(DriftSettings()), tuple(point for points in analogue(registry).values() for point in points), False
    worn = {point.id: point.quantity for point in registry.points if point.quantity in WORN}
    if worn:
        linear = tuple(name for name, quantity in worn.items() if quantity == "bearing_temperature")
        known = {name: limit for name, limit in limits.items() if name in worn}
        yield "health", Health(HealthSettings(linear, known)), tuple(worn), False
    for area, points in analogue(registry).items():
        if len(points) >= LEAST_TOGETHER:
            yield f"{AREA}{area}", Pca(PcaSettings()), points, False


def analogue(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Points with a value that moves, by area."""
    found: dict[str, tuple[str, ...]] = {}
    for point in registry.points:
        if QUANTITIES[point.quantity].kind is Kind.ANALOGUE and point.quantity not in OWN_WORD:
            found[point.area] = (*found.get(point.area, ()), point.id)
    return found


def _each_fitted(tasks: Sequence[Task], frame: Frame, jobs: int) -> list[tuple[Detector | None, str]]:
    """One after the other where there is one job: that needs numpy alone."""
    if jobs == 1:
        return [_fitted(task, frame) for task in tasks]
    from joblib import Parallel, delayed  # noqa: PLC0415  # of the extra `lab`

    return list(Parallel(n_jobs=jobs)(delayed(_fitted)(task, frame) for task in tasks))


def _fitted(task: Task, frame: Frame) -> tuple[Detector | None, str]:
    """The fitted detector, or why it could not learn."""
    _, detector, points, every_row = task
    seen = frame if every_row else rows_apart(frame, LOOK)
    try:
        return detector.fit(Frame(points, seen.times, seen.of(points))), ""
    except BadModel as error:
        return None, str(error)


def rows_apart(frame: Frame, apart: int) -> Frame:
    """Rows at least so far from the one before, µs."""
    kept, last = [], -(1 << 62)
    for row, time in enumerate(frame.times.tolist()):
        if time - last >= apart:
            kept.append(row)
            last = time
    rows = np.array(kept, np.intp)
    return Frame(frame.points, frame.times[rows], frame.values[rows])


@contextmanager
def on(cluster: str | None) -> Iterator[None]:
    """Where `train` runs its members: this machine's cores, or the Dask cluster at an address."""
    if cluster is None:
        yield
        return
    from distributed import Client  # noqa: PLC0415  # only where there is a cluster
    from joblib import parallel_config  # noqa: PLC0415

    with Client(cluster), parallel_config(backend="dask"):  # type: ignore[no-untyped-call]  # distributed has no types
        yield
