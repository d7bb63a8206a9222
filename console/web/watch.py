"""The rim: one reading of the alarm journal a second and one picture of each mine, shared by every page, call and stream."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from console.web.access import Viewer
from console.web.alarms import active_from
from console.web.board import Active, Scene, mine_of, mines_of, points_of
from console.web.days import Days
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.seen import SeenDays, Sight, active_seen, live_of, plant_of, sight_of, visible
from console.web.shapes import MineView, PointView
from console.web.states import Standing
from console.web.summary import Summaries
from contracts.clock import SECOND
from store.records.alarms import AlarmRow, refreshed

READ_EVERY = SECOND
PATIENCE = 0.5
"""Seconds a page waits for the journal before it goes on with what was read last."""
TICK = SECOND // 4
TOGETHER = 20
"""Mines drawn up in one turn of the event loop: some 3 ms."""
BELIEVED = 10 * SECOND
"""An alarm list older than this is no longer believed: nothing is called normal by it."""

Picture = tuple[MineView, list[PointView]]
Read = tuple[Mapping[int, AlarmRow], Active]
"""The open alarms as last read, and what the board needs of them."""


class Watch:
    """What the pages know of the plant. All methods belong to one event loop."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.closing = asyncio.Event()
        self.days = Days(plant)
        self._read: Read = ({}, Active())
        self._due = False
        self._reading: asyncio.Future[Read] | None = None
        self._pictures: dict[str, tuple[int, int, Picture]] = {}
        self._views: dict[str, tuple[int, int, MineView]] = {}
        self._summaries = Summaries()
        self._alarmed: tuple[Mapping[tuple[str, str], Standing], dict[str, dict[str, Standing]]] = ({}, {})

    async def scene(self) -> Scene:
        """Everything needed for one instant: `now` is taken once, after the alarms were asked for."""
        await self._refresh()
        now = self.plant.clock.now()
        active = self._read[1]
        known = active.known and now - active.at <= BELIEVED
        return Scene(self.plant.live, self.plant.limits, replace(active, known=known), now)

    def picture(self, scene: Scene, mine: str) -> Picture:
        """A mine and its points; made anew once in a quarter of a second at most, and whenever the alarms were read again."""
        key = scene.now // TICK, scene.active.at
        kept = self._pictures.get(mine)
        if kept is None or kept[:2] != key:
            kept = self._pictures[mine] = (*key, (self.view(scene, mine), points_of(scene, mine)))
        return kept[2]

    def view(self, scene: Scene, mine: str) -> MineView:
        """A mine without its points: what a page of many mines needs. Made anew as its picture is."""
        key = scene.now // TICK, scene.active.at
        kept = self._views.get(mine)
        if kept is None or kept[:2] != key:
            active = scene.active
            found = self._summaries.of(scene.live, scene.pack, mine, self._standing(active).get(mine, {}), scene.now, active.known)
            kept = self._views[mine] = (*key, mine_of(scene, mine, found.counts, found.newest))
        return kept[2]

    async def views(self, scene: Scene, mines: Iterable[str]) -> list[MineView]:
        """The same of several. Whatever else the centre does (receipts) comes in between."""
        out = []
        for at, mine in enumerate(mines):
            out.append(self.view(scene, mine))
            if at % TOGETHER == TOGETHER - 1:
                await asyncio.sleep(0)
        return out

    def _standing(self, active: Active) -> dict[str, dict[str, Standing]]:
        """The active alarms of points by mine."""
        if self._alarmed[0] is not active.standing:
            of: dict[str, dict[str, Standing]] = {}
            for (mine, point), alarm in active.standing.items():
                of.setdefault(mine, {})[point] = alarm
            self._alarmed = active.standing, of
        return self._alarmed[1]

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
        now, (rows, active) = self.plant.clock.now(), self._read
        if self._reading is None and (self._due or not active.known or not 0 <= now - active.at < READ_EVERY):
            self._due = False
            self._reading = asyncio.ensure_future(self.plant.look(partial(_read, self.plant, self._read, now)))
        reading = self._reading
        if reading is None:
            return
        await asyncio.wait({reading}, timeout=PATIENCE)
        if self._reading is reading and reading.done():  # the first of several callers that waited takes it over
            self._reading = None
            try:
                self._read = reading.result()
            except SQLAlchemyError:
                self._read = rows, replace(active, known=False)


def _read(plant: Plant, before: Read, now: int) -> Read:
    """Only what changed since is read whole: in a storm there are thousands. What was read before is told by whoever asks, and kept by
    nobody else: a reading that is thrown away (`forget`) must not make the next one believe that nothing changed."""
    rows, active = before
    with plant.records.read() as db:
        fresh = refreshed(db, rows)
    return (rows, replace(active, at=now)) if fresh == rows and active.known else (fresh, active_from(fresh.values(), now))


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
        view, points = self._watch.picture(self._whole(scene, mine), mine)
        shown = {str(row.id) for row in scene.active.rows}
        return view, [point if point.alarm is None or point.alarm in shown else replace(point, alarm=None) for point in points]

    def view(self, scene: Scene, mine: str) -> MineView:
        return self._watch.view(self._whole(scene, mine), mine)

    def _whole(self, scene: Scene, mine: str) -> Scene:
        """The scene as everybody's pictures are made of it; Refused for a mine that is not theirs."""
        if not self._sight.sees(mine):
            raise Refused(404, "path.mine", mine, "one of: " + ", ".join(mines_of(scene.live)))
        return replace(scene, live=self._watch.plant.live)

    def forget(self) -> None:
        self._watch.forget()

    async def _visible(self, rows: tuple[AlarmRow, ...]) -> tuple[AlarmRow, ...]:
        if not self._sight.referred_only:
            return tuple(row for row in rows if self._sight.sees(row.mine))

        def read() -> list[AlarmRow]:
            with self.plant.records.read() as db:
                return visible(db, rows, self._sight)

        return tuple(await self.plant.look(read))


def seen_by(watch: Watch, viewer: Viewer) -> Watch:
    """The watch for a person: the whole one for who sees all."""
    sight = sight_of(viewer)
    return watch if sight.everything else SeenWatch(watch, sight)
