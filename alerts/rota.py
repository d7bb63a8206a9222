"""Who is on duty: a mine's own shift pattern by weekday, with exceptions. Pure.

A shift belongs to the day it starts on: with shifts at 06:00, 14:00 and 22:00 three o'clock on Tuesday is Monday's last shift.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import msgspec

from contracts.clock import SECOND
from contracts.config import Section
from contracts.errors import BadConfig

CHINA = timedelta(hours=8)
"""All mines keep Beijing time."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY = "every"
MOST_SHIFTS = 6
_START = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")
Shifts = tuple[tuple[str, ...], ...]
"""Of one day: who is on duty, shift by shift."""


class Otherwise(Section, frozen=True):
    """One shift of one day (`2026-10-01`, its start as in `shifts`) that is not as the week says."""

    day: str
    shift: str
    who: tuple[str, ...]


class Rota(Section, frozen=True):
    """`shifts`: when each begins, Beijing time (HH:MM), ascending. `week`: by day (`mon` ... `sun`, or `every` for all others) the names
    of recipients, one list a shift. A recipient that stands in a rota hears while on duty only; one that stands in none hears always."""

    name: str
    shifts: tuple[str, ...]
    week: dict[str, Shifts]
    exceptions: tuple[Otherwise, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Everybody in it."""
        weekly = (name for shifts in self.week.values() for shift in shifts for name in shift)
        return frozenset([*weekly, *(name for one in self.exceptions for name in one.who)])

    def of_day(self, day: str) -> Shifts:
        return self.week.get(day, self.week.get(EVERY, ()))


@dataclass(frozen=True, slots=True)
class Gap:
    """A shift nobody has. `day`: a weekday or a date."""

    rota: str
    day: str
    shift: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift of a rota as it is worked. Times µs UTC."""

    rota: str
    start: int
    end: int
    who: tuple[str, ...]


def check_rota(where: str, rota: Rota, known: Sequence[str]) -> None:
    """Nothing, or BadConfig naming what is refused. `known`: names of recipients."""
    if not 1 <= len(rota.name) <= 40:
        raise BadConfig(f"{where}.name", rota.name, "1 to 40 characters")
    starts = rota.shifts
    if not 1 <= len(starts) <= MOST_SHIFTS or not all(_START.match(one) for one in starts) or any(a >= b for a, b in pairwise(starts)):
        raise BadConfig(f"{where}.shifts", list(starts), f"1 to {MOST_SHIFTS} times as HH:MM, ascending")
    for day, shifts in rota.week.items():
        if day not in (*DAYS, EVERY):
            raise BadConfig(f"{where}.week", day, ", ".join((*DAYS, EVERY)))
        if len(shifts) != len(starts):
            raise BadConfig(f"{where}.week.{day}", [list(shift) for shift in shifts], f"{len(starts)} lists of names, one a shift")
    if missing := [day for day in DAYS if not rota.of_day(day)]:
        raise BadConfig(f"{where}.week", ", ".join(missing), "every day, or `every` for those without their own")
    for at, one in enumerate(rota.exceptions):
        _check_exception(f"{where}.exceptions[{at}]", one, rota)
    for name in sorted(rota.names):
        if name not in known:
            raise BadConfig(f"{where}.week", name, "names of recipients: " + ", ".join(known))


def _check_exception(where: str, one: Otherwise, rota: Rota) -> None:
    if one.shift not in rota.shifts:
        raise BadConfig(f"{where}.shift", one.shift, ", ".join(rota.shifts))
    try:
        date.fromisoformat(one.day)
    except ValueError as error:
        raise BadConfig(f"{where}.day", one.day, "a day such as 2026-10-01") from error


def gaps(rota: Rota) -> list[Gap]:
    """Shifts nobody has: of the week, and of the exceptions."""
    weekly = [Gap(rota.name, day, start) for day in DAYS for start, who in zip(rota.shifts, rota.of_day(day), strict=True) if not who]
    return weekly + [Gap(rota.name, one.day, one.shift) for one in rota.exceptions if not one.who]


def duty_at(rota: Rota, now: int) -> Duty:
    """The shift of `now` (µs UTC)."""
    here = datetime.fromtimestamp(now // SECOND, UTC) + CHINA
    at, found = now, _shifts_around(rota, here.date())
    for duty in found:
        if duty.start <= at < duty.end:
            return duty
    raise AssertionError("the shifts of three days hold the middle one")


def today(rota: Rota, now: int) -> list[Duty]:
    """The shifts that start on the day of `now`, Beijing time."""
    here = datetime.fromtimestamp(now // SECOND, UTC) + CHINA
    midnight = _micros(here.date(), "00:00")
    return [duty for duty in _shifts_around(rota, here.date()) if midnight <= duty.start < midnight + 86_400 * SECOND]


def on_duty(rotas: Sequence[Rota], name: str, now: int) -> bool:
    """Whether a recipient hears now: it stands in no rota, or is on duty in one."""
    own = [rota for rota in rotas if name in rota.names]
    return not own or any(name in duty_at(rota, now).who for rota in own)


def _shifts_around(rota: Rota, day: date) -> list[Duty]:
    starts = [*_starts(rota, day), (_micros(day + timedelta(days=2), rota.shifts[0]), ())]
    return [Duty(rota.name, start, end, who) for (start, who), (end, _) in pairwise(starts)]


def _starts(rota: Rota, day: date) -> Iterator[tuple[int, tuple[str, ...]]]:
    others = {(one.day, one.shift): one.who for one in rota.exceptions}
    for back in (-1, 0, 1):
        one = day + timedelta(days=back)
        for start, who in zip(rota.shifts, rota.of_day(DAYS[one.weekday()]), strict=True):
            yield _micros(one, start), others.get((one.isoformat(), start), who)


def _micros(day: date, start: str) -> int:
    moment = datetime.combine(day, time.fromisoformat(start), UTC) - CHINA
    return int(moment.timestamp()) * SECOND


class District(Section, frozen=True):
    """The mines an inspector's district holds."""

    name: str
    mines: tuple[str, ...] = msgspec.field(default_factory=tuple)
