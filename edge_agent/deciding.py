"""The rules on the spot: what was read and what time alone decides becomes events. Decided before it is written."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from msgspec.structs import replace

from alerts.drill import drill_event
from alerts.packs.pack import Pack
from alerts.rules import Rules, State, Transition, assess, set_back, tick, to_bodies
from contracts.columns import Block
from contracts.payload import Event, Finding, Poll, Returns
from contracts.points import Registry
from contracts.quality import CLOCK_SUSPECT
from edge_agent.outbox import Outbox

log = structlog.get_logger("edge")

MOST_DECISIONS = 20_000
"""Alarm transitions that may wait in memory for a disk that refuses; beyond it nothing is judged, so that what changed meanwhile is
decided when there is room."""
NOTHING = Block.of([], 0, [])


class Deciding:
    """One gateway's rules and where they stand. `stamp`: the time on a decision; `kept`: what to do when one was appended; `set_back`:
    whether times come again that were stamped before (the clock was set back): then what is decided is marked, its stamp orders nothing."""

    def __init__(
        self,
        registry: Registry,
        regulation: Pack,
        events: Outbox,
        stamp: Callable[[], int],
        kept: Callable[[], None],
        set_back: Callable[[], bool] = lambda: False,
    ) -> None:
        self.registry, self.regulation, self._events, self._stamp, self._kept = registry, regulation, events, stamp, kept
        self._set_back = set_back
        self.rules = Rules.of(registry, regulation)
        self.judged = State.fresh(self.rules)
        self.heard_by: list[Callable[[Event], None]] = []
        self._conflicts = set[str]()

    def judge(self, block: Block | None, polls: Sequence[Poll], now: int) -> None:
        """Decide what readings decide, and polls that nobody answered."""
        if self._events.pending <= MOST_DECISIONS:
            if self._set_back():
                self.judged = set_back(self.judged, now)
            self.judged, transitions = assess(self.rules, self.judged, NOTHING if block is None else block, now, polls)
            self._tell(transitions, now)

    def look(self, now: int) -> None:
        """Decide what time alone decides: silence, a sensor that stands still, a supply that stays on."""
        if self._events.pending <= MOST_DECISIONS:
            self.judged, transitions = tick(self.rules, self.judged, now)
            self._tell(transitions, now)

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            self.look(self._stamp())

    def _tell(self, transitions: Sequence[Transition], now: int) -> None:
        for body in to_bodies(transitions, self.registry, self.regulation, self._stamp()) if transitions else ():
            if isinstance(body, Event):
                self.tell(replace(body, quality=body.quality | CLOCK_SUSPECT) if self._set_back() else body, now)
            else:
                self.tell_returns(body, now)

    def tell_returns(self, first: Returns, now: int) -> None:
        """What many points show after a start: for the centre alone, where something may have been left open."""
        self._kept()
        self._events.append(first, now)
        log.info("nothing raised", points=len(first.points), rule=first.rule, change=first.change)

    def tell(self, event: Event, now: int) -> None:
        """Keep a decision for the centre, and let everybody here hear it."""
        self._kept()
        self._events.append(event, now)
        for hears in self.heard_by:
            hears(event)
        log.info("decided", point=event.point, rule=event.rule, change=event.change, value=event.value, clause=event.clause)

    def file(self, finding: Finding) -> None:
        """Keep what the models found: advice, so nobody here is called, and nothing of an alarm depends on it."""
        if self._events.pending <= MOST_DECISIONS:
            self._kept()
            self._events.append(finding, self._stamp())
            log.info("found", what=finding.what, subject=finding.subject, points=finding.points, ended=finding.ended, sure=finding.sure)

    def drill(self, point: str, number: int, now: int) -> int:
        """Begin a drill: a marked event that goes the way of every decision, and that nobody here takes for one. Its item's number."""
        self._kept()
        seq = self._events.append(drill_event(point, number, now), now)
        log.info("drill", point=point, drill=number)
        return seq

    def conflict(self, epoch: str, first: int, last: int) -> None:
        """Somebody else sent other items under our epoch: said once per epoch, nothing is freed."""
        if epoch in self._conflicts:
            return
        self._conflicts.add(epoch)
        now = self._stamp()
        numbers = {"first": float(first), "last": float(last)}
        self._events.append(Event("", "gateway.conflict", "raise", now, None, None, 0, "", f"epoch {epoch}", now, numbers=numbers), now)
        self._kept()

    @property
    def conflicts(self) -> int:
        """Epochs of ours under which somebody else sent other items."""
        return len(self._conflicts)
