"""What the centre knows right now, in memory: the newest reading of every point, and how each gateway is.

The pages are drawn from it; it is rebuilt from the store at start. Nothing here is the only copy of anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np
from msgspec.structs import replace

from contracts.clock import HOUR
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from store.interface import Last

PERIODS_TO_SILENCE = 3
"""A gateway that reported nothing for this many of its reporting periods is silent, and its points are unknown."""
LONGEST_PERIOD = HOUR
"""The longest an agent can be set to. Whoever claims a longer one does not get to be silent unnoticed."""


class GatewayLive(msgspec.Struct, frozen=True):
    """A gateway as the centre sees it. Times µs UTC of the centre's clock; `period` µs; 0 means never."""

    gateway: Gateway
    registry: str = ""
    period: int = 1_000_000
    online: bool = False
    born: int = 0
    heard: int = 0
    agent: str = ""
    clock_state: str = ""
    clock_offset: int = 0
    """Gateway's wall clock minus the centre's at the last birth, µs (network delay included)."""

    def silent(self, now: int) -> bool:
        """Whether nothing was heard for three reporting periods (or ever)."""
        return now - self.heard > PERIODS_TO_SILENCE * self.period


class Newest:
    """The newest reading of every point of one registry of one gateway, as columns by point number; `time` -1 where there is none."""

    def __init__(self, registry: Registry) -> None:
        self.registry, n = registry, len(registry.points)
        self.time = np.full(n, -1, np.int64)
        self.value = np.full(n, np.nan)
        self.quality = np.zeros(n, np.uint16)

    def see(self, block: Block) -> None:
        """Take over what is not older than what is known; of equal times the later row."""
        if block.run is None and len(block) > 1 and (block.time[1:] < block.time[:-1]).any():
            block = block.take(np.argsort(block.time, kind="stable"))
        fresh = block.time >= self.time[block.at]
        if np.count_nonzero(fresh) < len(fresh):
            block = block.take(fresh)
        at = block.at
        self.time[at] = block.time
        self.value[at] = block.value
        self.quality[at] = block.quality


@dataclass(slots=True)
class Live:
    """The newest of everything. One writer (ingest), any number of readers in the same event loop."""

    gateways: dict[str, GatewayLive] = field(default_factory=dict)
    registries: dict[str, Registry] = field(default_factory=dict)
    """Name (content hash) → registry."""
    recalled: dict[str, dict[str, Last]] = field(default_factory=dict)
    """mine → point id → what the store knew at the start."""
    versions: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    """When items of a gateway came last (µs UTC), committed or not."""
    _names: dict[str, list[str]] = field(default_factory=dict)
    """Mine → its gateways, ascending."""
    _newest: dict[str, dict[tuple[str, str], Newest]] = field(default_factory=dict)
    _drawn: dict[str, tuple[int, dict[str, Last], dict[str, str]]] = field(default_factory=dict)

    def version(self, mine: str) -> int:
        """Grows with every change of the mine's values: a page asks again only when it moved."""
        return self.versions.get(mine, 0)

    def change(self, gateway: Gateway, **facts: object) -> GatewayLive:
        """Note facts of a gateway (fields of GatewayLive)."""
        key = str(gateway)
        if key not in self.gateways:
            self._names[gateway.mine] = sorted([*self._names.get(gateway.mine, ()), key])
        self.gateways[key] = replace(self.gateways.get(key) or GatewayLive(gateway), **facts)
        self.versions[gateway.mine] = self.version(gateway.mine) + 1
        return self.gateways[key]

    def heard(self, gateway: Gateway, now: int) -> None:
        """Items came from it."""
        known = self.gateways.get(str(gateway))
        if known is None or known.heard != now:
            self.change(gateway, heard=now)

    def see(self, gateway: Gateway, registry: Registry, block: Block) -> None:
        """Take over the newest readings of a block (replayed blocks never go back in time)."""
        of_mine, key = self._newest.setdefault(gateway.mine, {}), (str(gateway), registry.name)
        newest = of_mine.get(key)
        if newest is None:
            newest = of_mine[key] = Newest(registry)
        newest.see(block)
        self.versions[gateway.mine] = self.version(gateway.mine) + 1

    def see_all(self, blocks: Iterable[tuple[Gateway, Registry, Block, bool]]) -> None:
        """Take over the blocks of a group."""
        for gateway, registry, block, _ in blocks:
            self.registries[registry.name] = registry
            self.see(gateway, registry, block)

    @property
    def mines(self) -> set[str]:
        """Mines with readings."""
        return self.recalled.keys() | self._newest.keys()

    def of_mine(self, mine: str) -> list[GatewayLive]:
        """The gateways of a mine, by name."""
        return [self.gateways[name] for name in self._names.get(mine, ())]

    def last(self, mine: str, point: str) -> Last | None:
        """The newest reading of one point, without drawing up the mine's; may be asked from another thread."""
        best = self.recalled.get(mine, {}).get(point)
        for newest in list(self._newest.get(mine, {}).values()):
            row = newest.registry.number.get(point)
            if row is not None and newest.time[row] >= 0 and (best is None or newest.time[row] >= best.time):
                best = Last(int(newest.time[row]), float(newest.value[row]), int(newest.quality[row]))
        return best

    def newest(self, mine: str) -> list[tuple[str, Newest]]:
        """The newest readings of a mine as columns, by gateway and registry in the order they came first; not to be changed. Of equal
        times the later one counts, and all count before what was recalled."""
        return [(gateway, newest) for (gateway, _), newest in self._newest.get(mine, {}).items()]

    def values(self, mine: str) -> dict[str, Last]:
        """Point id → newest reading. Drawn up when asked for, once a version; not to be changed."""
        return self._draw(mine)[1]

    def owners(self, mine: str) -> dict[str, str]:
        """Point id → the gateway that reported it last."""
        return self._draw(mine)[2]

    def _draw(self, mine: str) -> tuple[int, dict[str, Last], dict[str, str]]:
        drawn = self._drawn.get(mine)
        if drawn is not None and drawn[0] == self.version(mine):
            return drawn
        values, owners = dict(self.recalled.get(mine, {})), dict[str, str]()
        for (gateway, _), newest in self._newest.get(mine, {}).items():
            rows = zip(newest.registry.points, newest.time.tolist(), newest.value.tolist(), newest.quality.tolist(), strict=True)
            for point, time, value, quality in rows:
                known = values.get(point.id)
                if time >= 0 and (known is None or time >= known.time):
                    values[point.id] = Last(time, value, quality)
                    owners[point.id] = gateway
        self._drawn[mine] = (self.version(mine), values, owners)
        return self._drawn[mine]
