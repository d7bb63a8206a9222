"""Limits of a gateway's points as arrays by point number, from its registry and a regulation pack. Pure.

Column 0 is the alarm by our limit, column 1 the alarm the device itself reports, the rest are cut stages:
each column is one latch with its own value to enter and to leave.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from alerts.packs.pack import LimitRow, Pack
from contracts import quality
from contracts.points import Point, Registry
from contracts.units import QUANTITIES

ALARM_RULE, DEVICE_RULE, CUT_RULE = "limit.alarm", "device.alarm", "limit.cut."
ALARM, DEVICE, FIRST_CUT = 0, 1, 2
"""Columns."""


class NoLimit(StrEnum):
    """Why a point has no limit: shown, never guessed."""

    UNMAPPED = "limit class unknown"
    NO_VALUE = "no official value known"
    NO_ROW = "row not in the pack"
    OTHER_QUANTITY = "row is for another quantity"


@dataclass(frozen=True, slots=True)
class Limits:
    """N points, R = 2 + K latches (K cut stages at most). `enter`, `leave`, `used`: shape (N, R); unused: +inf, -inf, False."""

    registry: str
    pack: str
    rows: tuple[LimitRow | None, ...]
    why_none: tuple[NoLimit | None, ...]
    rules: tuple[str, ...]
    enter: NDArray[np.float64]
    leave: NDArray[np.float64]
    used: NDArray[np.bool_]
    lowest: NDArray[np.float64]
    """The lowest value of a point that enters any latch, shape (N,)."""
    columns: tuple[tuple[tuple[int, float, float], ...], ...]
    """The used latches of each point as (column, enter, leave)."""
    device_bits: tuple[int, ...]
    """State bits of the device that are an alarm of its own at this point."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def alarm_ge(self) -> NDArray[np.float64]:
        """Alarm at this value or above, shape (N,); NaN where there is no limit."""
        return np.where(self.used[:, ALARM], self.enter[:, ALARM], np.nan)

    @property
    def cut_ge(self) -> NDArray[np.float64]:
        """Cut stages, shape (N, K); NaN where a point has no such stage."""
        return np.where(self.used[:, FIRST_CUT:], self.enter[:, FIRST_CUT:], np.nan)

    @property
    def restore_lt(self) -> NDArray[np.float64]:
        """Restore values, shape (N, K): the table's; where it has none, the cut value minus the deadband (project)."""
        return np.where(self.used[:, FIRST_CUT:], self.leave[:, FIRST_CUT:], np.nan)


def compile_limits(registry: Registry, pack: Pack) -> Limits:
    """The limits of every point of the registry, with the reason where a point has none."""
    found = [_row_of(point, pack) for point in registry.points]
    rows = tuple(row if isinstance(row, LimitRow) else None for row in found)
    stages = max((len(row.cuts) for row in rows if row), default=0)
    shape = (len(rows), FIRST_CUT + stages)
    enter, leave, used = np.full(shape, np.inf), np.full(shape, -np.inf), np.zeros(shape, np.bool_)
    used[:, DEVICE] = True
    for number, row in enumerate(rows):
        if row is None or row.alarm_ge is None:
            continue
        columns = [(row.alarm_ge, _below(row, row.alarm_ge, pack))]
        columns += [(cut.cut_ge, _below(row, cut.cut_ge, pack) if cut.restore_lt is None else cut.restore_lt) for cut in row.cuts]
        at = [ALARM, *range(FIRST_CUT, FIRST_CUT + len(row.cuts))]
        enter[number, at], leave[number, at] = zip(*columns, strict=True)
        used[number, at] = True
    rules = (ALARM_RULE, DEVICE_RULE, *(f"{CUT_RULE}{stage}" for stage in range(stages)))
    return Limits(
        registry.name,
        pack.name,
        rows,
        tuple(None if isinstance(row, LimitRow) else row for row in found),
        rules,
        enter,
        leave,
        used,
        enter.min(axis=1, initial=np.inf),
        tuple(_columns(*latches) for latches in zip(used, enter, leave, strict=True)),
        tuple(_device_bits(point, row) for point, row in zip(registry.points, rows, strict=True)),
    )


def _columns(used: NDArray[np.bool_], enter: NDArray[np.float64], leave: NDArray[np.float64]) -> tuple[tuple[int, float, float], ...]:
    return tuple((int(column), float(enter[column]), float(leave[column])) for column in np.flatnonzero(used))


def _device_bits(point: Point, row: LimitRow | None) -> int:
    """Over range of a methane sensor is never normal: with a limit of ours it enters that, without one it is the device's alarm."""
    return quality.ALARM | (quality.OVER_RANGE if point.quantity == "methane" and row is None else 0)


def _row_of(point: Point, pack: Pack) -> LimitRow | NoLimit:
    if not point.limit_row:
        return NoLimit.UNMAPPED
    row = pack.rows.get(point.limit_row)
    if row is None:
        return NoLimit.NO_ROW
    if row.quantity != point.quantity:
        return NoLimit.OTHER_QUANTITY
    return NoLimit.NO_VALUE if row.alarm_ge is None else row


def _below(row: LimitRow, value: float, pack: Pack) -> float:
    decimals = QUANTITIES[row.quantity].decimals
    return round(value - pack.settings.deadband_steps * 0.1**decimals, decimals)
