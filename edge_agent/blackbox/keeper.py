"""The black box beside a running agent: it hears every decision, and finds out at the start whether the last run ended by itself."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from contracts.payload import Event
from contracts.points import Registry
from edge_agent.blackbox.case import Asked
from edge_agent.blackbox.recorder import BlackBox

log = structlog.get_logger("edge.blackbox")

EVERY_S = 5.0
RUNNING = "running"
CRASH = "代理未正常结束 / the agent did not end by itself"
MOST_WAITING = 100
"""What may wait to be frozen on a disk that refuses; one of a flood of alarms is as good as the next."""


class Keeper:
    """`newest`: time of the newest item on disk when the agent started, 0 on an empty disk. `now`: the agent's wall clock (µs UTC)."""

    def __init__(self, box: BlackBox, registry: Registry, folder: Path, newest: int, now: Callable[[], int]) -> None:
        self._box, self._registry, self._now = box, registry, now
        self._running = folder / RUNNING
        self._asked: list[Asked] = []
        self.frozen, self.error = 0, ""
        self._ended, self._mark = False, threading.Lock()
        if newest and self._running.exists():
            first, _ = box.span_of(newest)
            self._asked.append(Asked(newest, first, newest, CRASH, rule="crash"))

    def notice(self, event: Event) -> None:
        """An alarm that is raised freezes what led to it."""
        if event.change == "raise" and len(self._asked) < MOST_WAITING:
            first, last = self._box.span_of(event.decided)
            self._asked.append(Asked(event.decided, first, last, event.reason or event.rule, event.point, event.rule))

    def freeze(self, why: str) -> None:
        """Somebody wants the last hours kept."""
        now = self._now()
        self._asked.append(Asked(now, *self._box.span_of(now), why, rule="asked"))

    async def run(self) -> None:
        """Until cancelled, which is an end by itself."""
        try:
            while True:
                await asyncio.to_thread(self._turn)
                await asyncio.sleep(EVERY_S)
        finally:
            try:
                with self._mark:  # a turn that is still in its thread must not put the mark back
                    self._ended = True
                    self._running.unlink(missing_ok=True)
            except OSError as error:
                log.warning("this end will look like a crash", why=str(error))

    def _turn(self) -> None:
        try:
            with self._mark:
                if not self._ended:
                    self._running.parent.mkdir(parents=True, exist_ok=True)
                    self._running.touch()
            turn = self._box.turn(self._asked, self._registry.data, self._now())
        except OSError as error:
            self.error = str(error)
            log.error("nothing frozen", why=str(error), waiting=len(self._asked))  # noqa: TRY400
            return
        self.error = ""
        self.frozen += len(turn.frozen)
        for name, digest in turn.dropped:
            log.warning("case dropped for room", case=name, manifest=digest)
