"""The models beside an agent: each cycle they score what its sources brought; scores are readings of points of their own.

A score is a reading of quantity `score` at a point `S-<area>`, so it is kept, sent, proved and drawn as every other reading. Where
nothing is known there is no reading: an absent score is unknown, never normal. No poll brings it, so no rule and no figure of the
mine's own readings sees it. Models that fail stop nothing: readings and alarms go on, and the agent says that they failed.
"""

import asyncio
import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
import numpy as np
import structlog

from alerts.limits import compile_limits
from contracts.clock import MINUTE, SECOND
from contracts.columns import Block
from contracts.payload import Finding
from contracts.points import Point, Registry
from contracts.units import OWN_WORD, QUANTITIES, SCORE, SCORED_EVERY
from edge_agent.advice.cycle import Cycle
from edge_agent.advice.standing import Standing
from edge_agent.advice.word import ModelsWord
from edge_agent.agent import Agent
from models.bundle import Bundle
from models.crew import Crew
from models.places import spots_of
from models.policy import Finding as Found

log = structlog.get_logger("edge.models")

AFTER = SECOND // 5
"""A cycle is scored so long after its instant: what was due then has been read."""
AGAIN_AFTER = MINUTE
"""Models that failed begin anew after so long, and know nothing of before."""
KEPT_TIMES = 600
MOST_POINTS = 200
"""Points told with a finding."""
_PLAIN = re.compile(r"[^A-Za-z0-9_-]")


def advised(registry: Registry) -> Registry:
    """The registry with a score point for each area, behind all others: numbers stay. An area's id depends on its name alone."""
    scored = {point.area for point in registry.points if point.quantity == SCORE}
    areas = [area for area in dict.fromkeys(point.area for point in registry.points) if area not in scored]
    taken, made = set(registry.number), []
    for area in areas:
        plain = _PLAIN.sub("", area)
        digits = hashlib.blake2b(area.encode(), digest_size=4).hexdigest()
        name = f"S-{plain}" if plain == area and len(plain) <= 24 else f"S-{plain[:12]}{'-' if plain else ''}{digits}"
        if not area or name in taken:
            name = f"S-{digits}-{digits}"
        taken.add(name)
        made.append(Point(name, SCORE, area, f"{area} 模型分数(1 为阈值)", f"{area}, score of the models (1: threshold)"))
    return msgspec.structs.replace(registry, points=(*registry.points, *made))


class Advisor:
    """`tell` gets what is found, `score` the newest scores; both in the order they were made."""

    def __init__(
        self,
        bundle: Bundle,
        registry: Registry,
        limits: Mapping[str, float],
        period: int,
        standing: Standing,
        tell: Callable[[Finding], None],
        score: Callable[[Block], None],
    ) -> None:
        self.bundle, self.period = bundle, period
        self._standing, self._tell, self._score = standing, tell, score
        self._cycle = Cycle(registry, period)
        plain = msgspec.structs.replace(registry, points=tuple(point for point in registry.points if point.quantity not in OWN_WORD))
        self._spots = spots_of(plain, limits)
        self._score_of = {point.area: at for at, point in enumerate(registry.points) if point.quantity == SCORE}
        self._crew: Crew | None = None
        self._last = self._rests_until = self._said = 0
        self._times = deque[float](maxlen=KEPT_TIMES)
        self.word = ModelsWord(named(bundle), len(bundle.names))
        self.changed = False
        """Whether findings began or ended since they were kept."""

    def hear(self, block: Block, now: int) -> None:
        """What a source brought, with its quality."""
        with self._unharmed(now):
            self._cycle.hear(block, now)

    def step(self, due: int) -> None:
        """Score the cycle of that instant (µs UTC)."""
        if due <= self._last:  # the clock was set back: what was seen lies in the future
            self._forget()
            self._rests_until = self._said = 0
        self._last = due
        if due < self._rests_until:
            return
        began = time.perf_counter()
        with self._unharmed(due):
            if self._crew is None:
                self._crew = Crew(self.bundle, self._spots)
            frame, quality = self._cycle.row(due)
            found = self._crew.step(frame, quality)
            self._tell_all([wired(one, due, self.word.use) for one in found], due)
            if due - self._said >= SCORED_EVERY:
                self._said = due - due % SCORED_EVERY
                self._tell_scores(self._crew.scores, due)
            self.word.failure = ""
        self._clocked(time.perf_counter() - began)

    def _tell_all(self, found: Iterable[Finding], due: int) -> None:
        told = [one for one in map(self._standing.heard, found) if one is not None]
        for finding in (*told, *self._standing.ended(due)):
            self.changed = True
            self._tell(finding)

    def _tell_scores(self, scores: Mapping[str, float], due: int) -> None:
        most = QUANTITIES[SCORE].high
        known = {self._score_of[area]: min(score, most) for area, score in scores.items() if area in self._score_of and not np.isnan(score)}
        if known:
            self._score(Block.of(sorted(known), due, [known[at] for at in sorted(known)]))

    def _forget(self) -> None:
        self._crew = None
        self._cycle.restart()
        self._standing.restart()

    @contextmanager
    def _unharmed(self, now: int) -> Iterator[None]:
        """Whatever a detector raises, the agent goes on reading and judging; the models rest and begin anew."""
        try:
            yield
        except Exception as error:
            self.word.failed += 1
            self.word.failure = f"{type(error).__name__}: {error}"[:300]
            log.exception("models failed: readings and alarms go on", models=self.word.use, again_in_s=AGAIN_AFTER // SECOND)
            self._forget()
            self._rests_until = now + AGAIN_AFTER

    def _clocked(self, took_s: float) -> None:
        word = self.word
        self._times.append(took_s * 1000)
        word.cycles, word.total_s, word.last_ms = word.cycles + 1, word.total_s + took_s, round(took_s * 1000, 3)

    def said(self) -> ModelsWord:
        """What stands, read off when asked."""
        times = np.array(self._times) if self._times else np.zeros(1)
        self.word.p99_ms, self.word.standing = round(float(np.quantile(times, 0.99)), 3), len(self._standing)
        return self.word

    async def run(self, agent: Agent) -> None:
        """Beside an agent, until cancelled."""
        try:
            while True:
                now = agent.watch.now()
                due = (now // self.period + 1) * self.period
                await asyncio.sleep((due - now + AFTER) / SECOND)
                await agent.polling.quiet()
                self.step(due)
                if self.changed:
                    self.changed = False
                    await asyncio.to_thread(self._standing.keep)
        finally:
            self._standing.keep()


def named(bundle: Bundle) -> str:
    """Number and digest of a bundle, as they stand with all it says."""
    return f"{bundle.contents.number}@{bundle.digest.hex()[:16]}"


def wired(found: Found, now: int, models: str) -> Finding:
    """A finding as it goes on the event lane."""
    ended, sure = found.ended or 0, float(np.clip(np.nan_to_num(found.sure), 0.0, 1.0))
    seen = max(found.since, ended or found.seen)
    parts = {point: part for point, part in found.parts if np.isfinite(part)}
    return Finding(found.kind, found.subject, list(found.points[:MOST_POINTS]), found.since, seen, ended, sure, now, models, parts)


def advise(agent: Agent, bundle: Bundle, standing: Standing) -> Advisor:
    """Put the models beside an agent whose registry is `advised`. The cycle is that of the quickest source, and no shorter than 1 s."""
    limits = compile_limits(agent.registry, agent.regulation).alarm_ge
    known = {point.id: float(limit) for point, limit in zip(agent.registry.points, limits, strict=True) if np.isfinite(limit)}
    period = max(SECOND, min((source.period for source in agent.polling.sources), default=SECOND))
    advisor = Advisor(bundle, agent.registry, known, period, standing, agent.deciding.file, agent.add)
    agent.read_by.append(advisor.hear)
    agent.beside.append(lambda: advisor.run(agent))
    return advisor
