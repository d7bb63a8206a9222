"""Calibration flags without permits: many at once at one gateway are an alarm of the mine, and the inspector's where they stay.

An exceedance under such a flag is the inspector's at once, by itself (`alerts.planned`); flags that hide nothing yet are given five
minutes, so that one cheat is one message. Which points carry the flag is followed by block, where any does.
"""

import numpy as np
from numpy.typing import NDArray

from alerts.journal import FLAGS_RULE, Journal
from alerts.referral import Why, refer_now
from contracts import quality as q
from contracts.clock import MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from store.records import alarms as table
from store.records import handling
from store.records.engine import Records

MOST, FOR, STAY = 3, 10 * SECOND, 5 * MINUTE
"""So many flags without a permit at one gateway for FOR are an alarm of the mine, for STAY the inspector's (project settings)."""
_FLAG = np.uint16(q.CALIBRATION)


class Unpermitted:
    """`see` each block, `tick` every second."""

    def __init__(self, records: Records, journal: Journal) -> None:
        self._records, self._journal = records, journal
        self._flagged: dict[Gateway, tuple[Registry, NDArray[np.bool_]]] = {}
        self._since: dict[Gateway, int] = {}
        self._told: set[Gateway] = set()
        self._referred: set[Gateway] = set()
        with records.read() as db:
            for row in table.alarms(db, rule=FLAGS_RULE, open_only=True):
                if row.active:
                    self._told.add(Gateway.parse(row.gateway))

    def see(self, gateway: Gateway, registry: Registry, block: Block) -> None:
        """The newest word of each point of the block."""
        known = self._flagged.get(gateway)
        marked = (block.quality & _FLAG) != 0
        if known is None or known[0].name != registry.name:
            if not marked.any():
                return
            known = (registry, np.zeros(len(registry.points), np.bool_))
            self._flagged[gateway] = known
        known[1][block.point] = marked
        if not known[1].any():
            del self._flagged[gateway]

    def tick(self, standing: set[tuple[str, str]], now: int) -> set[str]:
        """`standing`: (mine, point) with a permit that stands."""
        changed = set[str]()
        for gateway in {*self._flagged, *self._told}:
            points = self._without(gateway, standing)
            if len(points) < MOST:
                self._since.pop(gateway, None)
                if gateway in self._told:
                    self._tell(gateway, [], now)
                    self._referred.discard(gateway)
                    changed.add(gateway.mine)
            elif now - self._since.setdefault(gateway, now) >= FOR and gateway not in self._told:
                self._tell(gateway, points, now)
                changed.add(gateway.mine)
            elif now - self._since[gateway] >= STAY and gateway not in self._referred:
                self._refer(gateway, points, now)
                changed.add(gateway.mine)
        return changed

    def _without(self, gateway: Gateway, standing: set[tuple[str, str]]) -> list[str]:
        if gateway not in self._flagged:
            return []
        registry, flags = self._flagged[gateway]
        return [registry.points[at].id for at in np.flatnonzero(flags).tolist() if (gateway.mine, registry.points[at].id) not in standing]

    def _tell(self, gateway: Gateway, points: list[str], now: int) -> None:
        known = self._flagged.get(gateway)
        with self._records.begin() as db:
            self._journal.flags(db, str(gateway), points, now, known[0] if known else None)
        self._told ^= {gateway}

    def _refer(self, gateway: Gateway, points: list[str], now: int) -> None:
        """Make them the inspector's, unless an exceedance they hide is so already."""
        with self._records.begin() as db:
            standing = table.alarms(db, mine=gateway.mine, open_only=True)
            known = any(row.unverified and handling.referrals(db, row.id) for row in standing)
            for row in standing if not known else ():
                if row.rule == FLAGS_RULE and row.gateway == str(gateway):
                    refer_now(db, self._journal, row.id, Why.FLAG_WITHOUT_PERMIT, now, " ".join(points))
        self._referred.add(gateway)
