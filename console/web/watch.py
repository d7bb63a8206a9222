"""The rim: one reading of the alarm journal a second and one picture of each mine, shared by every page, call and stream."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from console.web.access import Viewer
from console.web.alarms import active_from
from console.web.board import Active, Scene, mine_of, mines_of, points_of
from console.web.days import Days
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.seen import SeenDays, Sight, active_seen, live_of, plant_of, sight_of, visible
from console.web.shapes import MineView, PointView
from contracts.clock import SECOND
from store.records.alarms import AlarmRow, refreshed

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
        self._rows: Mapping[int, AlarmRow] = {}
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

    async def pictures(self, scene: Scene, mines: Iterable[str]) -> list[Picture]:
        """The same of several. A province's take seconds: whatever else the centre does (receipts) comes in between."""
        out = []
        for mine in mines:
            out.append(self.picture(scene, mine))
            await asyncio.sleep(0)
        return out

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
                fresh = refreshed(db, self._rows)
            if fresh == self._rows and self._read.known:  # only what changed is read whole: in a storm there are thousands
                return replace(self._read, at=now)
            self._rows = fresh
            return active_from(fresh.values(), now)

        return read


class SeenWatch(Watch):
    """What one person may see: the pictures are everybody's, the mines are theirs."""

    def __init__(self, watch: Watch, sight: Sight) -> None:
        self._watch, self._sight = watch, sight
        self.plant, self.days, self.closing = plant_of(watch.plant, sight), SeenDays(watch.days, sight), watch.closing

    async def scene(self) -> Scene:
        whole = await self._watch.scene()
        rows = await self._visible(whole.active.rows)
        return replace(whole, live=live_of(whole.live, self._sight), active=active_seen(whole.active, rows, self._sight))

    def picture(self, scene: Scene, mine: str) -> Picture:
        """As everybody's; an alarm that may not be seen has no link."""
        if not self._sight.sees(mine):
            raise Refused(404, "path.mine", mine, "one of: " + ", ".join(mines_of(scene.live)))
        view, points = self._watch.picture(replace(scene, live=self._watch.plant.live), mine)
        shown = {str(row.id) for row in scene.active.rows}
        return view, [point if point.alarm is None or point.alarm in shown else replace(point, alarm=None) for point in points]

    def forget(self) -> None:
        self._watch.forget()

    async def _visible(self, rows: tuple[AlarmRow, ...]) -> tuple[AlarmRow, ...]:
        if not self._sight.referred_only:
            return tuple(row for row in rows if self._sight.sees(row.mine))

        def read() -> list[AlarmRow]:
            with self.plant.records.read() as db:
                return visible(db, rows, self._sight)

        return tuple(await self.plant.run(read))


def seen_by(watch: Watch, viewer: Viewer) -> Watch:
    """The watch for a person: the whole one for who sees all."""
    sight = sight_of(viewer)
    return watch if sight.everything else SeenWatch(watch, sight)
