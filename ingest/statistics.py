"""Keeps the 5-minute statistics of the store: one worker that computes dirty windows a few at a time, so that commits go on between.

A window is computed when its end has passed by some seconds, and again once a minute at most as long as late readings come; while it is
open raw readings answer for it. Commits come first: nothing is computed while many messages wait, unless a window has waited too long.
Which windows are dirty, the store knows; a start forgets nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric

from contracts.clock import HOUR, MINUTE, SECOND, Clock
from contracts.errors import GiveUp
from store.interface import WINDOW, Window

if TYPE_CHECKING:
    from ingest.intake import Intake

log = structlog.get_logger("ingest")

EVERY_S = 5.0
GRACE = 10 * SECOND
"""A closed window waits so long for what is still on its way."""
AGAIN = MINUTE
AT_ONCE = 12
"""Windows in one call, at most."""
LONG, SHORT = SECOND // 4, SECOND // 10
"""A call that took longer is followed by smaller ones, one that took less by larger ones: an embedded store's commits wait for it."""
BUSY, PATIENCE = 400, HOUR // 2
"""Messages that wait for a commit, and how long a window waits for them at most."""
BEHIND = HOUR
"""A window that waits so long is told in health."""


def due(dirty: Iterable[Window], computed: dict[Window, int], now: int) -> list[list[Window]]:
    """The calls to make: windows of one hour each, `AT_ONCE` at most, the newest first. `computed`: when, µs."""
    ready = [window for window in dirty if _is_due(window[1], computed.get(window), now)]
    ready.sort(key=lambda window: (-(window[1] // HOUR), window))
    calls = []
    for _, of_hour in groupby(ready, key=lambda window: window[1] // HOUR):
        windows = list(of_hour)
        calls += [windows[at : at + AT_ONCE] for at in range(0, len(windows), AT_ONCE)]
    return calls


def _is_due(start: int, last: int | None, now: int) -> bool:
    closed = start + WINDOW + GRACE
    never = last is None or last > now  # the clock was set back
    return now >= closed and (never or last < closed or now - last >= AGAIN)  # type: ignore[operator]  # `never` says it is there


@dataclass(slots=True)
class StatisticsWorker:
    """`run` beside an intake; what it tells is for metrics and health."""

    intake: "Intake"
    clock: Clock
    waiting: dict[Window, int] = field(default_factory=dict)
    """Dirty windows to since when they wait (monotonic µs)."""
    at_once: int = 1
    longest: int = 0
    """µs: the longest call so far."""
    on_done: Callable[[Sequence[Window]], None] = lambda _windows: None
    """Told which windows were just computed."""
    _computed: dict[Window, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.turn()
            except GiveUp as error:  # readings are committed without them
                log.error("statistics not computed", why=str(error))  # noqa: TRY400
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> None:
        """Everything that is due now. A store that cannot just now is asked again at the next turn."""
        store = self.intake.worker.holdings.store
        dirty = await self.intake.attempt(store.dirty)
        if dirty is None:
            return
        self._see(dirty)
        left = due(dirty, self._computed, self.clock.now())
        while left and not self._yields():
            windows, rest = left[0][: self.at_once], left[0][self.at_once :]
            left = [rest, *left[1:]] if rest else left[1:]
            took = await self.intake.attempt(lambda windows=windows: self._compute(windows), aside=True)  # type: ignore[misc]
            if took is None:
                return
            self._done(windows)
            self._pace(took)
            await asyncio.sleep(took / SECOND)  # at most half of the database's time

    def _yields(self) -> bool:
        return self.intake.waiting > BUSY and self.oldest(self.clock.monotonic()) < PATIENCE

    def _compute(self, windows: Sequence[Window]) -> int:
        began = self.clock.monotonic()
        self.intake.worker.holdings.store.recompute(windows)
        return self.clock.monotonic() - began

    def _pace(self, took: int) -> None:
        self.longest = max(self.longest, took)
        if took > LONG:
            self.at_once = max(1, self.at_once // 2)
        elif took < SHORT:
            self.at_once = min(AT_ONCE, 2 * self.at_once)

    def _see(self, dirty: Sequence[Window]) -> None:
        now, wall = self.clock.monotonic(), self.clock.now()
        self.waiting = {window: self.waiting.get(window, now) for window in dirty}
        self._computed = {window: at for window, at in self._computed.items() if abs(wall - at) < 2 * AGAIN or window in self.waiting}

    def _done(self, windows: Sequence[Window]) -> None:
        now = self.clock.now()
        for window in windows:
            self._computed[window] = now
            self.waiting.pop(window, None)
        self.on_done(windows)

    def oldest(self, now: int) -> int:
        """µs for which the window waits that waits longest; 0 where none does. `now`: monotonic."""
        return max((now - since for since in self.waiting.values()), default=0)

    def metrics(self, now: int) -> Iterable[Metric]:
        """`davy_statistics_...`."""
        yield GaugeMetricFamily("davy_statistics_windows_dirty", "Windows of 5 minutes whose statistics wait", value=len(self.waiting))
        yield GaugeMetricFamily(
            "davy_statistics_oldest_dirty_seconds", "Seconds for which one of them waits longest", value=self.oldest(now) / SECOND
        )
        yield GaugeMetricFamily(
            "davy_statistics_longest_call_seconds", "The longest time one call for them took", value=self.longest / SECOND
        )

    def behind(self, now: int) -> list[str]:
        """What health says of it: nothing unless it is far behind."""
        if (oldest := self.oldest(now)) <= BEHIND:
            return []
        return [f"statistics: {len(self.waiting)} windows wait, one for {oldest // SECOND} s"]
