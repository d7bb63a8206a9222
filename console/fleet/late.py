"""Late data: windows whose statistics were computed anew, and so the days whose facts are to be gathered again. Kept over a restart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from contracts.clock import MINUTE
from fleet.facts.day import date_at
from store.interface import Window
from store.records import marks

KEY = "fleet.late_days"
QUIET = 10 * MINUTE
"""A day is gathered again once nothing more came for so long (project setting)."""
MineDay = tuple[str, str]


@dataclass(slots=True)
class Late:
    """Belongs to one event loop. `days`: (mine, day) to when it last changed (monotonic µs)."""

    days: dict[MineDay, int] = field(default_factory=dict)
    _windows: dict[Window, int] = field(default_factory=dict)

    def changed(self, windows: Iterable[Window], now: int) -> None:
        """Statistics were computed just `now` (monotonic µs)."""
        self._windows.update(dict.fromkeys(windows, now))

    def sort(self, zones: Mapping[str, int], newest: Mapping[str, str], usual: int) -> bool:
        """Put the windows to their days; whether that says something new. `newest`: of each mine the last day that was gathered."""
        before = set(self.days)
        for (mine, start), at in self._windows.items():
            day = date_at(start, zones.get(mine, usual))
            if day <= newest.get(mine, ""):
                self.days[mine, day] = max(at, self.days.get((mine, day), at))
        self._windows.clear()
        return set(self.days) != before

    def quiet(self, mine: str, now: int) -> list[str]:
        """Days of a mine that may be gathered again."""
        return [day for (of, day), at in self.days.items() if of == mine and now - at >= QUIET]

    def done(self, mine: str, day: str) -> bool:
        """It was gathered; whether it waited."""
        return self.days.pop((mine, day), None) is not None

    def save(self, db: Connection) -> None:
        marks.set(db, KEY, msgspec.json.encode(sorted(self.days)).decode())

    def load(self, db: Connection, now: int) -> None:
        """What waited when the centre ended."""
        if text := marks.get(db, KEY):
            self.days.update(dict.fromkeys(msgspec.json.decode(text, type=list[MineDay]), now - QUIET))
