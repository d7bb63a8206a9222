"""Opens a task of monitoring by hand (人工监测, CMSR 2025 Art. 531) where a sensor has failed and stays so. In the store's thread.

Failed: its state says so, or its alarm says that it stands still. The task stays until a person closes it with words.
"""

import numpy as np
from numpy.typing import NDArray

from alerts import still
from alerts.calibration_desk import About, begin
from contracts import quality as q
from contracts.clock import MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from store.records import alarms as table
from store.records import calibrations
from store.records.engine import Records

LASTING, EVERY = 10 * MINUTE, 30 * SECOND
"""A fault that lasts so long opens a task (a project setting); looked for so often."""
SURE = 2 * MINUTE
"""So long after a start nothing is called well: a sensor may not have spoken yet."""
_FAULT = np.uint16(q.SENSOR_FAULT | q.SUBSTATION_FAULT | q.NOT_POLLED)
_GASES = ("methane", "carbon_monoxide")


class ManualTasks:
    """`see` each block, `tick` every second."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._since: dict[Gateway, tuple[Registry, NDArray[np.int64]]] = {}
        """Of each point: since when it has failed, 0: it has not."""
        self._looked = self._began = 0

    def see(self, gateway: Gateway, registry: Registry, block: Block) -> None:
        """The newest word of each point of the block."""
        failed = (block.quality & _FAULT) != 0
        known = self._since.get(gateway)
        if known is None or known[0].name != registry.name:
            if not failed.any():
                return
            known = (registry, np.zeros(len(registry.points), np.int64))
            self._since[gateway] = known
        since = known[1]
        since[block.point] = np.where(failed, np.where(since[block.point] == 0, block.time, since[block.point]), 0)

    def tick(self, now: int) -> None:
        """Open what is due, and note what is well again."""
        if now - self._looked < EVERY:
            return
        self._looked, self._began = now, self._began or now
        found, failing = self._failed(now - LASTING), self._failed(now)
        with self._records.read() as db:
            for row in table.alarms(db, rule=still.RULE, open_only=True):
                if row.active and now - row.created >= LASTING:
                    found.setdefault((row.mine, row.point), ("stuck", row.raised_at))
            standing = {(task.mine, task.point): task for task in calibrations.tasks(db, open_only=True)}
        sure = now - self._began >= SURE
        again = [task for key, task in standing.items() if task.mended and key in found]
        well = [task for key, task in standing.items() if sure and not (task.mended or task.name or key in found or key in failing)]
        due = {key: why for key, why in found.items() if key not in standing}
        if not (well or again or due):
            return
        with self._records.begin() as db:
            for (mine, point), (cause, since) in due.items():
                begin(db, About(mine, point, ""), cause, since, now)
            for task in (*well, *again):
                calibrations.change_task(db, task.id, {"mended": 0 if task.mended else now})

    def _failed(self, before: int) -> dict[tuple[str, str], tuple[str, int]]:
        """Points that failed at `before` at the latest, and have not been well since."""
        out: dict[tuple[str, str], tuple[str, int]] = {}
        for gateway, (registry, since) in self._since.items():
            for at in np.flatnonzero((since > 0) & (since <= before)).tolist():
                point = registry.points[at]
                if point.limit_row or point.quantity in _GASES:
                    out[gateway.mine, point.id] = ("fault", int(since[at]))
        return out
