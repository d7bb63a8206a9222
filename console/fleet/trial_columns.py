"""A simulated mine's days as columns of facts: what was seen of it, and the facts of honesty by the very definitions of `fleet.facts`."""

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.bodies import Profile, Workplace
from fleet.facts import honesty
from fleet.table import FactTable
from sim_sensors.province.living import Lived
from sim_sensors.province.mines import Mine
from sim_sensors.province.seen import COMPLETE, ENOUGH, LIMIT, Seen

Floats = NDArray[np.float64]
HONESTY = ("calibrations_at_once", "calibration_without_gas", "points_frozen", "peaks_cut", "late_undeclared_share")
JUDGED = (
    "systems_running_share",
    "upgrade_done",
    "organisation_set_up",
    "face_auto_hours",
    "face_producing_hours",
    "calibration_on_time_rate",
    "must_methane_points_missing",
    "settings_wider_than_table19",
)
"""What the counted criteria of the Shanxi rule of 2025 read."""


def columns(seen: Seen) -> dict[tuple[str, str], Floats]:
    """All facts of a mine by (name, subject), each (days,); NaN is no evidence."""
    there = seen.completeness >= ENOUGH
    honest = {(name, ""): np.where(there, values, np.nan) for name, values in honesty_columns(seen).items()}
    return seen.facts | honest


def honesty_columns(seen: Seen) -> dict[str, Floats]:
    """The four facts that are made from flags, rests and hourly maxima."""
    days, flags, stills = seen.days, seen.flags, seen.stills
    first = flags.day * honesty.WINDOWS + flags.window
    gasless = ~flags.work & ~honesty.gas_seen(flags.base, flags.before, flags.highest, flags.after)
    usual = np.array([point.rest_h for point in seen.mine.points])[stills.point]
    return {
        "calibrations_at_once": honesty.flags_at_once(first, flags.windows, days).astype(np.float64),
        "calibration_without_gas": np.bincount(flags.day[gasless], minlength=days).astype(np.float64),
        "points_frozen": honesty.standing(stills.first, stills.windows, honesty.stands_from(usual), days).astype(np.float64),
        "peaks_cut": honesty.peaks_cut(seen.hours, LIMIT).sum(axis=0).astype(np.float64),
    }


def complete(seen: Seen, name: str) -> Floats:
    """How complete a fact is on each day, (days,)."""
    return np.ones(seen.days) if name in COMPLETE else seen.completeness


def table_of(lives: Sequence[Lived], first: date, names: Collection[str]) -> FactTable:
    """The table of these facts of these mines, straight from the columns; every day has its fact set."""
    days = lives[0].seen.days
    cells: dict[str, dict[tuple[str, str], tuple[Floats, Floats]]] = {name: {} for name in names}
    rows: set[tuple[str, str]] = set()
    for life in lives:
        rows.add((life.mine.id, ""))
        for (name, subject), found in columns(life.seen).items():
            if name in cells:
                row = (life.mine.id, subject)
                rows.add(row)
                cells[name][row] = (found, complete(life.seen, name))
    index = {row: at for at, row in enumerate(sorted(rows))}
    values, completeness = _empty(names, (len(index), days)), _empty(names, (len(index), days))
    stated = {name: np.zeros((len(index), days), np.bool_) for name in names}
    for name, of in cells.items():
        for row, (column, share) in of.items():
            at = index[row]
            values[name][at], completeness[name][at], stated[name][at] = column, np.where(np.isnan(column), np.nan, share), True
    mines = tuple(mine for mine, subject in index if not subject)
    return FactTable(tuple(index), first, days, values, completeness, stated, mines, np.ones((len(mines), days), np.bool_), index)


def _empty(names: Collection[str], shape: tuple[int, int]) -> dict[str, Floats]:
    return {name: np.full(shape, np.nan) for name in names}


def profile(mine: Mine) -> Profile:
    """As the mine is registered."""
    return Profile(
        mine=mine.id,
        name_zh=mine.zh,
        name_en=mine.en,
        city=mine.city,
        capacity_mt=mine.capacity_mt,
        depth_m=mine.depth_m,
        gas_class=mine.gas_class,
    )


def workplaces(mine: Mine, first: date) -> list[Workplace]:
    """Its faces and headings, as they are registered."""
    return [
        Workplace(
            mine=mine.id,
            id=place.id,
            kind=place.kind,
            name_zh=place.zh,
            name_en=place.en,
            gas_class=mine.gas_class,
            length_m=place.length_m,
            series_ventilation=place.series_ventilation,
            intelligent=place.intelligent,
            valid_from=first.isoformat(),
        )
        for place in mine.places
    ]
