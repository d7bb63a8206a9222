"""Any recording as a mine: the caller says what its columns measure, because most files do not."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from contracts.errors import BadConfig
from contracts.points import Point, Registry, check_registry
from contracts.registers import Form, Register, RegisterMap
from sim_sensors.recordings.read import Recording, point_id

_MOST_DECIMALS = 6


def recorded_registry(recording: Recording, mine: str, zh: str, en: str, quantities: Mapping[str, str]) -> Registry:
    """A point for every column that `quantities` names (column to quantity); BadConfig for a column that is not there."""
    for column in quantities:
        if column not in recording.columns:
            raise BadConfig("columns", column, ", ".join(recording.columns))
    points = tuple(
        Point(point_id(column), quantity, recording.name, f"{recording.name} {column}", f"{recording.name} {column}")
        for column, quantity in quantities.items()
    )
    return check_registry(Registry(mine, zh, en, points, f"回放 / replay: {recording.name}"))


def recorded_registers(recording: Recording, registry: Registry, unit: int = 1) -> RegisterMap:
    """Two registers and a state code for each point, with as many decimals (at most 6) as its values need and the form can hold.

    A Modbus integer cannot hold every double: where 6 decimals are not enough the register is rounded. `ReplaySource` itself is exact.
    """
    columns = {point_id(column): recording.column(column) for column in recording.columns}
    registers = tuple(
        Register(point.id, 3 * at, Form.I32, _decimals(columns[point.id]), 3 * at + 2) for at, point in enumerate(registry.points)
    )
    return RegisterMap(unit, registers)


def _decimals(values: NDArray[np.float64]) -> int:
    known = values[~np.isnan(values)]
    most = float(np.abs(known).max(initial=0.0))
    fits = [decimals for decimals in range(_MOST_DECIMALS + 1) if most * 10**decimals < 2**31 - 1]
    for decimals in fits:
        if np.array_equal(np.rint(known * 10**decimals) / 10**decimals, known):
            return decimals
    return fits[-1] if fits else 0
