"""The rim: one reading of the alarm journal a second and one picture of each mine, shared by every page, call and stream."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from console.web.alarms import active_from
from console.web.board import Active, Scene, mine_of, mines_of, points_of
from console.web.days import Days
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import MineView, PointView
from contracts.clock import SECOND

READ_EVERY = SECOND
PATIENCE = 0.5
"""Seconds a page waits for the journal before it goes on with what was read last."""
BELIEVED = 10 * SECOND
"""An alarm list older than this is no longer believed: nothing is called normal by it."""

Picture = tuple[MineView, list[PointView]]


class Watch:
    """What the pages know of the plant. All methods belong to one event loop."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.closing = asyncio.Event()
        self.days = Days(plant)
        self._read = Active()
        self._due = False
        self._reading: asyncio.Future[Active] | None = None
        self._pictures: dict[str, tuple[int, int, Picture]] = {}

    async def scene(self) -> Scene:
        """Everything needed for one instant: `now` is taken once, after the alarms were asked for."""
        await self._refresh()
        now = self.plant.clock.now()
        known = self._read.known and now - self._read.at <= BELIEVED
        return Scene(self.plant.live, self.plant.limits, replace(self._read, known=known), now)

    def picture(self, scene: Scene, mine: str) -> Picture:
        """A mine and its points; made anew once in a quarter of a second at most, and whenever the alarms were read again."""
        tick = scene.now // (SECOND // 4)
        kept = self._pictures.get(mine)
        if kept is None or kept[:2] != (tick, scene.active.at):
            points = points_of(scene, mine)
            kept = self._pictures[mine] = (tick, scene.active.at, (mine_of(scene, mine, points), points))
        return kept[2]

    def known_mine(self, scene: Scene, mine: str) -> Picture:
        """The picture of a mine, or Refused naming the mines there are."""
        if mine not in mines_of(scene.live):
            raise Refused(404, "path.mine", mine, "one of: " + ", ".join(mines_of(scene.live)))
        return self.picture(scene, mine)

    def known_point(self, scene: Scene, mine: str, point: str) -> tuple[MineView, PointView]:
        """A mine and one of its points, or Refused."""
        view, points = self.known_mine(scene, mine)
        found = next((candidate for candidate in points if candidate.id == point), None)
        if found is None:
            raise Refused(404, "path.point", point, f"one of: {', '.join(candidate.id for candidate in points[:50])}")
        return view, found

    def forget(self) -> None:
        """The journal was changed: read it again at the next call (a reading under way may be older than the change)."""
        self._due, self._reading = True, None

    async def _refresh(self) -> None:
        now = self.plant.clock.now()
        if self._reading is None and (self._due or not self._read.known or not 0 <= now - self._read.at < READ_EVERY):
            self._due = False
            self._reading = asyncio.ensure_future(self.plant.run(self._reader(now)))
        reading = self._reading
        if reading is None:
            return
        await asyncio.wait({reading}, timeout=PATIENCE)
        if self._reading is reading and reading.done():  # the first of several callers that waited takes it over
            self._reading = None
            try:
                self._read = reading.result()
            except SQLAlchemyError:
                self._read = replace(self._read, known=False)

    def _reader(self, now: int) -> Callable[[], Active]:
        def read() -> Active:
            with self.plant.records.read() as db:
                return active_from(self.plant.journal.active(db), now)

        return read
