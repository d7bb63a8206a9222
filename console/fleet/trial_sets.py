"""A simulated mine's days as fact sets, as the log has them: with how each fact was made, and the points that somebody would look at."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256

import numpy as np

from console.fleet.trial_columns import HONESTY, columns, complete, profile
from contracts.clock import DAY
from contracts.facts import Fact, FactSet, Way
from fleet.facts import honesty
from fleet.facts.day import MOST_EVIDENCE, day_of
from sim_sensors.province.living import Lived
from sim_sensors.province.seen import DECLARED, Seen

HOW = "simulated.province@1"
"""Every fact of a simulated province says so."""
BY = "p-simulated"


def fact_sets(life: Lived, first: date) -> Iterator[FactSet]:
    """One a day, in order."""
    seen, found = life.seen, sorted(columns(life.seen).items())
    names = [(name, subject, values.tolist(), complete(seen, name).tolist()) for (name, subject), values in found]
    refs = evidence(seen)
    document = document_of(life)
    zone = profile(life.mine).zone_hours
    start = day_of(life.mine.id, first.isoformat(), zone, 0).start
    for at in range(seen.days):
        begins, iso = start + at * DAY, (first + timedelta(days=at)).isoformat()
        facts: list[Fact] = []
        for name, subject, values, shares in names:
            value, share = values[at], shares[at]
            none = math.isnan(value)
            why = ("not_declared" if name in DECLARED else "too_little_data") if none else ""
            told = refs.get(name, {}).get(at, ())
            kept = None if none else round(value, 6)
            way = Way.DECLARED if name in DECLARED else Way.MEASURED
            said = {"by": BY, "document": document, "valid_to": iso} if name in DECLARED and not none else {}
            facts.append(Fact(name, kept, round(share, 4), begins, begins + DAY, HOW, way, subject, why, {}, told, **said))
        yield FactSet(life.mine.id, iso, tuple(facts))


def document_of(life: Lived) -> str:
    """The hash of a document that does not exist."""
    return sha256(f"simulated {life.mine.id}".encode()).hexdigest()


def evidence(seen: Seen) -> dict[str, dict[int, tuple[str, ...]]]:
    """Points by fact of honesty and day: where somebody would look."""
    flags, points = seen.flags, [point.id for point in seen.mine.points]
    gasless = ~flags.work & ~honesty.gas_seen(flags.base, flags.before, flags.highest, flags.after)
    found: dict[str, dict[int, list[str]]] = {name: {} for name in HONESTY}
    for at in np.flatnonzero(gasless).tolist():
        found["calibration_without_gas"].setdefault(int(flags.day[at]), []).append(points[flags.point[at]])
    usual = np.array([point.rest_h for point in seen.mine.points])
    for point, begun, windows in zip(seen.stills.point.tolist(), seen.stills.first.tolist(), seen.stills.windows.tolist(), strict=True):
        needed = int(honesty.stands_from(usual[point : point + 1])[0])
        for day in (
            range((begun + needed - 1) // honesty.WINDOWS, (begun + windows - 1) // honesty.WINDOWS + 1) if windows >= needed else ()
        ):
            found["points_frozen"].setdefault(day, []).append(points[point])
    cut = honesty.peaks_cut(seen.hours)
    for row, day in np.argwhere(cut).tolist():
        found["peaks_cut"].setdefault(day, []).append(points[seen.mine.watched[row]])
    return {
        name: {day: tuple(f"point:{point}" for point in dict.fromkeys(some))[:MOST_EVIDENCE] for day, some in days.items()}
        for name, days in found.items()
    }
