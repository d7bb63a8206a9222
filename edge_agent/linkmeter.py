"""What the gateway measures of its own link: every 10 s four readings behind the registry's own points. No I/O but the agent's outbox.

A publish is answered by the broker, an item by the centre's receipt; an item that was sent before without a receipt is sent again.
"""

import asyncio
from collections.abc import Callable
from statistics import median

from contracts.clock import SECOND
from contracts.columns import Block
from contracts.links import link_of
from contracts.points import Registry
from contracts.topics import Gateway
from contracts.units import SCORED_EVERY

MOST = 5_000
"""Delays kept of 10 s; more are counted and not kept."""


class LinkMeter:
    """Gathers between two words. Called from the event loop alone."""

    def __init__(self) -> None:
        self.sent = self.repeated = 0
        self._round_trips: list[float] = []
        self._receipts: list[float] = []

    def sends(self, again: bool) -> None:
        """An item is handed to the link; `again`: it was sent before and got no receipt."""
        self.sent += 1
        self.repeated += again

    def answered(self, seconds: float) -> None:
        """The broker acknowledged a publish, so long after it was handed to the socket."""
        if len(self._round_trips) < MOST:
            self._round_trips.append(seconds * 1000.0)

    def receipted(self, waited: int) -> None:
        """A receipt named an item, so many µs after it was sent."""
        if len(self._receipts) < MOST:
            self._receipts.append(waited / 1000.0)

    def take(self, connected: bool) -> dict[str, float]:
        """The readings by quantity, and begin anew. What did not happen has none."""
        told = {"link_up": float(connected)}
        if self._round_trips:
            told["link_round_trip"] = median(self._round_trips)
        if self._receipts:
            told["link_receipt_delay"] = median(self._receipts)
        if self.sent:
            told["link_repeated"] = 100.0 * self.repeated / self.sent
        self.sent = self.repeated = 0
        self._round_trips, self._receipts = [], []
        return told


async def tell_link(
    meter: LinkMeter,
    registry: Registry,
    gateway: Gateway,
    connected: Callable[[], bool],
    now: Callable[[], int],
    add: Callable[[Block], None],
) -> None:
    """Every SCORED_EVERY, at multiples of it, until cancelled. Returns at once where the registry has no points of the link."""
    _, ids = link_of(registry, gateway.name)
    if not ids:
        return
    last = 0
    while True:
        at = now()
        due = (at // SCORED_EVERY + 1) * SCORED_EVERY
        due += SCORED_EVERY if due == last else 0  # a sleep may end a moment early
        last = due
        await asyncio.sleep((due - at) / SECOND)
        rows = sorted((registry.number[ids[quantity]], value) for quantity, value in meter.take(connected()).items())
        add(Block.of([row for row, _ in rows], due, [value for _, value in rows]))
