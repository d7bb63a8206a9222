"""A heading of five points, what it is like at rest, and signed bundles that learned it: for the tests of `edge_agent.advice`."""

from functools import cache

import numpy as np

from contracts.clock import BUILD_TIME, DAY, SECOND
from contracts.keys import key_id, public_of
from contracts.points import Point, Registry
from models.base import Detector, Frame
from models.bundle import Contents, make_bundle, sign_bundle
from models.drift import Drift, DriftSettings
from models.pca import Pca, PcaSettings

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
KEYS = {key_id(public_of(SECRET)): public_of(SECRET)}
MINE = "mine"
START = BUILD_TIME + DAY
AREA = "1103掘进"
QUANTITIES = {
    "T01": "methane",
    "T02": "methane",
    "W01": "wind_speed",
    "TM1": "temperature",
    "P01": "pressure",
}
REGISTRY = Registry(MINE, "矿", "mine", tuple(Point(name, what, AREA, "处", "place") for name, what in QUANTITIES.items()))
NAMES = tuple(QUANTITIES)


def at_rest(rows: int, start: int = START, seed: int = 1) -> Frame:
    """One row a second: methane follows the air, the rest wanders a little."""
    random = np.random.default_rng(seed)
    air = 2.0 + 0.05 * random.normal(size=rows)
    gas = 0.6 / air
    noise = random.normal(size=(rows, 4)) * (0.01, 0.01, 0.1, 0.2)
    values = np.column_stack([gas + noise[:, 0], 0.8 * gas + noise[:, 1], air, 22 + noise[:, 2], 980 + noise[:, 3]])
    return Frame(NAMES, start + np.arange(rows, dtype=np.int64) * SECOND, values)


@cache
def learned() -> dict[str, tuple[Detector, float]]:
    """Members of a bundle by name."""
    joint = Pca(PcaSettings()).fit(at_rest(3600))
    return {f"area:{AREA}": (joint, 1.5), "drift": (Drift(DriftSettings()).fit(at_rest(3600)), 1.0)}


def unsigned(number: int = 1, mine: str = MINE, members: dict[str, tuple[Detector, float]] | None = None, data: str = "d") -> bytes:
    return make_bundle(Contents(mine, number, START, data, "c", {}, []), learned() if members is None else members)


def signed(number: int = 1, mine: str = MINE, secret: bytes = SECRET, data: str = "d") -> bytes:
    """A bundle of that number; `data` makes others of the same number."""
    return sign_bundle(unsigned(number, mine, data=data), secret, "王工", START)
