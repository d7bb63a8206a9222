"""Times and numbers as people read them. Everything is stored in UTC; pages show the mines' zone with its label."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from console.web.words import say
from contracts.clock import DAY, HOUR, MINUTE, SECOND

_UNITS = ((DAY, "unit.d"), (HOUR, "unit.h"), (MINUTE, "unit.min"), (SECOND, "unit.s"))


@dataclass(frozen=True, slots=True)
class Zone:
    """A fixed offset from UTC: China has one zone (Asia/Shanghai, UTC+8) and no summer time."""

    hours: int

    @property
    def label(self) -> str:
        return f"UTC{self.hours:+d}"

    @property
    def micros(self) -> int:
        return self.hours * HOUR

    def moment(self, micros: int) -> datetime:
        return datetime.fromtimestamp(micros // SECOND, UTC).astimezone(timezone(timedelta(hours=self.hours)))

    def clock(self, micros: int) -> str:
        """`21:32:25`."""
        return f"{self.moment(micros):%H:%M:%S}"

    def stamp(self, micros: int) -> str:
        """`2026-11-24 21:32:25`."""
        return f"{self.moment(micros):%Y-%m-%d %H:%M:%S}"

    def precise(self, micros: int) -> str:
        """`21:32:25.123`."""
        return f"{self.moment(micros):%H:%M:%S}.{micros % SECOND // 1000:03d}"

    def day(self, micros: int) -> str:
        """`2026-11-24`."""
        return f"{self.moment(micros):%Y-%m-%d}"


BEIJING = Zone(8)


def value_text(value: float | None, decimals: int) -> str:
    """The value with its quantity's decimals; an em dash where there is none or it is no number."""
    return "—" if value is None or not math.isfinite(value) else f"{value:.{decimals}f}"


def unit_text(unit: str) -> str:
    """A unit as people write it."""
    return {"%CH4": "% CH₄", "m3/min": "m³/min", "mg/m3": "mg/m³"}.get(unit, unit)


def count_text(count: int) -> str:
    """86 400: thousands apart by a narrow space."""
    return f"{count:,}".replace(",", "\u202f")


def length_text(micros: int, lang: str) -> str:
    """A span of time in its largest unit and the next: `3 min 20 s`, `2 d 4 h`."""
    whole = max(micros, 0)
    first = next((at for at, (size, _) in enumerate(_UNITS) if whole >= size), len(_UNITS) - 1)
    parts = []
    for size, unit in _UNITS[first : first + 2]:
        count, whole = divmod(whole, size)
        parts.append(f"{count} {say(lang, unit)}")
    return " ".join(parts)
