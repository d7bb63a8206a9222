"""How many bytes each gateway may have in flight: its base, and more as long as it has a backlog and the centre commits fast. Pure.

Credit bounds the centre's memory, so what goes beyond the bases comes out of one pool, and equal shares of it are the most anybody has who
wants more. A gateway wants what the centre commits of its items in `AHEAD`: the pipe is full, and what stands in it is soon committed.
"""

from dataclasses import dataclass, field

from contracts.clock import SECOND
from contracts.topics import Gateway

AHEAD = SECOND
"""Credit for what is committed in so long. From sending to receipt then passes three quarters of it: replay's part of the credit."""
SMOOTH = SECOND
"""The rate follows what is committed within about so long."""
MOST_BASES = 16
"""The most one gateway has, in bases."""
POOL_BASES = 64
"""What all together have beyond their bases, in bases."""


@dataclass(slots=True)
class _Gateway:
    at: int
    committed: int = 0
    """Bytes since the last receipt."""
    rate: float = 0.0
    """Bytes committed each second, smoothed."""
    wants: int = 0
    """Bytes beyond the base, and how many of them it was told last."""
    beyond: int = 0


@dataclass(slots=True)
class Credit:
    """Of one centre. Times are monotonic µs, amounts bytes."""

    base: int
    _gateways: dict[Gateway, _Gateway] = field(default_factory=dict)

    def committed(self, gateway: Gateway, size: int, now: int) -> None:
        """So many bytes of its items are committed, or dead letters."""
        known = self._gateways.get(gateway)
        if known is None:
            known = self._gateways[gateway] = _Gateway(now)
        known.committed += size

    def waited_for(self, gateway: Gateway) -> bool:
        """Whether so much is committed that it may be at a stand without a receipt: a quarter of its credit."""
        known = self._gateways.get(gateway)
        return known is not None and known.committed * 4 >= self.base + known.beyond

    def grant(self, gateway: Gateway, now: int) -> int:
        """What to tell it in a receipt. Never below the base; all that is told beyond the bases is never more than the pool."""
        known = self._gateways.setdefault(gateway, _Gateway(now))
        took = max(now - known.at, 1)
        known.rate += (known.committed * SECOND / took - known.rate) * min(1.0, took / SMOOTH)
        known.at, known.committed = now, 0
        known.wants, known.beyond = max(min(round(known.rate * AHEAD / SECOND), MOST_BASES * self.base) - self.base, 0), 0
        if known.wants:
            pool, hungry = POOL_BASES * self.base, sum(one.wants > 0 for one in self._gateways.values())
            known.beyond = min(known.wants, pool // hungry, pool - sum(one.beyond for one in self._gateways.values()))
        return self.base + known.beyond

    def forget(self, gateway: Gateway) -> None:
        """A connection ended: nothing of it is in flight."""
        self._gateways.pop(gateway, None)
