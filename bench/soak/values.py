"""What every point of the night shows at every step: a formula, so that the verdict computes it again without asking anybody. Pure.

Mines of the load: item n of mine m. Mines with a real agent: step k of a device, which changes between two seconds (a poll at a whole
second, answered within half of it, shows the step of its second).
"""

import numpy as np
from numpy.typing import NDArray

from contracts.clock import SECOND
from contracts.points import Point, Registry
from contracts.registers import Form, Register, RegisterMap

POINTS = 200
AREAS = 10
QUANTITIES = ("methane", "carbon_monoxide", "temperature", "wind_speed", "dust")
TEETH, PERIOD = 10, 60
"""Methane meters of a device that run up and over their limit, and steps in which each does it once."""
RISE = 20
"""Steps of a tooth's rise; then it rests."""
LIMIT = 1.0
"""%CH4, alarm at the return corner of a coal face (CMSR 2025 Table 19); the verdict does not ask the rules for it."""
LIMIT_ROW = "face_return_corner"
_AT = np.arange(POINTS)


def load_mine(number: int) -> str:
    """A mine of the load, counted from 0."""
    return f"load-{number:03d}"


def agent_mine(number: int) -> str:
    """A mine with a real agent."""
    return f"soak-{number}"


def load_registry(mine: str) -> Registry:
    """Points without a limit: what the load shows raises nothing."""
    points = [_point(at, QUANTITIES[at % len(QUANTITIES)]) for at in range(POINTS)]
    return Registry(mine, mine, mine, tuple(points))


def agent_registry(mine: str) -> Registry:
    """The teeth first."""
    points = [_point(at, "methane" if at < TEETH else QUANTITIES[at % len(QUANTITIES)], limit=at < TEETH) for at in range(POINTS)]
    return Registry(mine, mine, mine, tuple(points))


def _point(at: int, quantity: str, *, limit: bool = False) -> Point:
    row, by = (LIMIT_ROW, "bench") if limit else ("", "")
    area = at % AREAS
    return Point(f"P{at:03d}", quantity, f"area-{area}", f"{area} 号区域", f"area {area}", limit_row=row, mapped_by=by)


def registers(registry: Registry) -> RegisterMap:
    """Hundredths in 16-bit registers, one behind the other."""
    return RegisterMap(1, tuple(Register(point.id, at, Form.I16, 2) for at, point in enumerate(registry.points)))


def load_values(mine: int, item: int) -> NDArray[np.float64]:
    """Thousandths from 0 to 0.899, shape (POINTS,)."""
    return (_AT * 37 + mine * 101 + item * 13) % 900 / 1000


def load_series(mine: int, point: int, items: int) -> NDArray[np.float64]:
    """The same of one point, shape (items,)."""
    return (point * 37 + mine * 101 + np.arange(items) * 13) % 900 / 1000


def step_of(now: int) -> int:
    """The step a device stands at, `now` in µs UTC."""
    return (now + SECOND // 2) // SECOND


def device_values(device: int, step: int) -> NDArray[np.float64]:
    """What a device shows at a step, shape (POINTS,)."""
    shown = (10 + (_AT + 7 * device) % 40 + step * (_AT % 5 + 1) % 20).astype(np.int64)
    phase = (step + tooth_phase(device)) % PERIOD
    shown[:TEETH] = np.where(phase < RISE, 20 + 6 * phase, 20)
    return shown / 100


def tooth_phase(device: int) -> NDArray[np.int64]:
    """Steps by which the teeth of a device are apart."""
    return np.arange(TEETH) * PERIOD // TEETH + device
