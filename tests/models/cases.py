"""The detectors the property suite (test_detectors.py) is run over. Adding one adds one line to CASES."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from contracts.clock import BUILD_TIME, SECOND
from models.balance import Balance, BalanceSettings
from models.base import Detector, Frame
from models.change import Change, ChangeSettings
from models.drift import Drift, DriftSettings
from models.forecast import Forecast, ForecastSettings
from models.forest import Forest, ForestSettings
from models.health import Health, HealthSettings
from models.level import Level
from models.novelty import Novelty
from models.outlook import Outlook, OutlookSettings
from models.pca import Pca, PcaSettings
from models.places import Spot
from models.robust import Robust
from models.transition import Transition
from models.trust import Trust, TrustSettings

POINTS = ("methane", "return", "air", "warmth", "pressure")


def mine(rows: int = 600, seed: int = 1, start: int = BUILD_TIME) -> Frame:
    """A face at rest, 1 Hz: methane there and in the return follow the air, warmth wanders slowly, pressure has steps of 0.5."""
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.normal(size=rows + 59), np.ones(60) / 60, "valid")
    air = 2.0 + 0.3 * slow + 0.02 * rng.normal(size=rows)
    methane = 0.6 / air + 0.01 * rng.normal(size=rows)
    values = [methane, 0.8 * methane + 0.01 * rng.normal(size=rows), air, 22 + slow + 0.1 * rng.normal(size=rows)]
    pressure = np.round((980 + 2 * rng.normal(size=rows)) * 2) / 2
    times = start + np.arange(rows, dtype=np.int64) * SECOND
    return Frame(POINTS, times, np.column_stack([*values, pressure]))


SPOTS = (
    Spot("methane", "methane", "face", limit=1.0),
    Spot("return", "methane", "face", limit=1.0, upstream=("methane",)),
    Spot("air", "wind_speed", "face", step=0.1),
    Spot("warmth", "temperature", "face", step=0.1),
    Spot("pressure", "pressure", "shaft", step=0.5),
)


def gassy(rows: int = 1200) -> Frame:
    """The same mine, a row every ten seconds, with a wave of gas that passes the limit of the face's meter."""
    frame = mine(rows)
    wave = np.zeros(rows)
    wave[500:560] = 0.9 * np.sin(np.linspace(0, np.pi, 60))
    values = frame.values.copy()
    values[:, 0] += wave
    values[:, 1] += 0.9 * np.concatenate([np.zeros(20), wave[:-20]])
    return Frame(frame.points, frame.times[0] + 10 * (frame.times - frame.times[0]), values)


@dataclass(frozen=True)
class Case:
    """`make()` gives the detector before `fit`; `training()` the span it learns from; `hazard` points whose rise it must see, naming one.

    `lasting`: rows for which a score may outlive the readings (a mean of the last rows); at most 10.
    """

    name: str
    make: Callable[[], Detector]
    training: Callable[[], Frame] = mine
    hazard: tuple[str, ...] = ("methane",)
    lasting: int = 0

    def fitted(self) -> Detector:
        return _fitted(self)


@cache
def _fitted(case: Case) -> Detector:
    return case.make().fit(case.training())


CASES = [
    Case("robust", Robust),
    Case("change", Change),
    Case("change that adapts", lambda: Change(ChangeSettings(adapt_s=600))),
    Case("forecast", Forecast),
    Case("forecast far ahead", lambda: Forecast(ForecastSettings(lags=3, ahead=8, smooth=1))),
    Case("drift", lambda: Drift(DriftSettings(window_s=30))),
    Case("pca", Pca),
    Case("forest", Forest, hazard=("methane", "return")),
    Case("forest with lags", lambda: Forest(ForestSettings(trees=20, lags=1, smooth=3)), hazard=("methane", "return")),
    Case("pca with lags", lambda: Pca(PcaSettings(lags=2, smooth=4))),
    Case("level", Level, lasting=8),
    Case("transition", Transition, lasting=8),
    Case("trust", Trust),
    Case("trust that knows its points", lambda: Trust(TrustSettings(SPOTS))),
    Case("balance", lambda: Balance(BalanceSettings(span_s=20))),
    Case("balance that knows its points", lambda: Balance(BalanceSettings(SPOTS, span_s=20)), hazard=("return",)),
    Case("outlook", lambda: Outlook(OutlookSettings((SPOTS[0], *SPOTS[2:]))), training=gassy),
    Case("health", lambda: Health(HealthSettings(("warmth", "air"), span_s=30, trend_s=300))),
    Case("novelty", Novelty),
]
