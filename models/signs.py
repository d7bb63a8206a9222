"""Signs of a hazard in the readings: what is seen now, at which points, and how sure that is. Pure, row by row, at any cadence.

The signs follow the physics of the mine, not a learned score (docs/models.md):

- a stopped fan says so, and the air or the pressure behind it falls;
- a pair of doors that are both open short-circuits the air;
- a supply that is fed while its fans stand;
- the heading's air speed falls although its fan runs (a torn duct): gas will gather;
- the return corner's methane leaves that of the face behind (fallen brattice): twice what the gob usually adds, still rising;
- an outburst: methane rises by 0.8 % within half a minute and another meter follows, or the meter's range ends;
- a belt fire: carbon monoxide at the belt goes on rising, window after window. A vehicle's exhaust is a step that stands and goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from contracts.clock import MINUTE, SECOND
from models.base import Floats
from models.places import BELT_CO, CORNER, FACE, Spot, areas
from models.recent import Mean, Recent

FAN_STOP, DOORS, FEED, GAS, OUTBURST, FIRE = "fan_stop", "doors_open", "feed_stuck", "gas_accumulation", "outburst", "belt_fire"
LOOK = 5 * SECOND
SLOW = 40 * MINUTE
"""Time constant of what is usual."""
PIPE = 5.0
"""%CH4. What usually reads more hangs in a drainage pipe, not in the air."""
_STILL = (0.2, 0.2, 0.17, 0.11)
"""Of the whole rise: what each window must have of it, the newest first."""
_WINDOWS = (15 * SECOND, 30 * SECOND, 60 * SECOND)


@dataclass(frozen=True, slots=True)
class Sign:
    """One hazard seen in one row. `subject` keeps two of a kind apart: an area, a fan, a pair. `sure` 0 to 1."""

    kind: str
    subject: str
    area: str
    points: tuple[str, ...]
    sure: float


@dataclass(frozen=True, slots=True)
class _Area:
    """Columns of an area's points by what they are; -1 where it has none."""

    name: str
    gas: tuple[int, ...]
    face: int
    corner: int
    wind: tuple[int, ...]
    oxygen: int
    fans: tuple[int, ...]


class Signs:
    """The signs of one gateway's points, in the order of `spots`."""

    def __init__(self, spots: tuple[Spot, ...]) -> None:
        self.spots = spots
        self._at = {spot.point: column for column, spot in enumerate(spots)}
        self._groups = sorted({spot.fans for spot in spots if spot.fans})
        self._supplies = [column for column, spot in enumerate(spots) if spot.quantity == "feed_state" and spot.fans]
        self._pairs = [(at, self._at[spot.pair]) for at, spot in enumerate(spots) if spot.pair and at < self._at.get(spot.pair, -1)]
        self._areas = [self._area(name) for name in areas(spots, "methane")]
        self._belts = [column for column, spot in enumerate(spots) if spot.row == BELT_CO]
        self._smoke = areas(spots, "smoke")
        self.restart()

    def restart(self) -> None:
        """Forget what was seen."""
        count = len(self.spots)
        self._time = self._looked = -1
        self._cadence = 0
        self._row = np.full(count, np.nan)
        self._quick, self._steady = Mean(count, 3 * SECOND), Mean(count, 10 * SECOND)
        self._usual = Mean(count, SLOW)
        self._excess = Mean(len(self._areas), SLOW)
        self._recent, self._calmed = Recent(count, 4 * MINUTE), Recent(count, 4 * MINUTE)
        self._calm = Mean(count, 40 * SECOND)
        self._stirred = Mean(count, 30 * SECOND)
        self._rows: dict[tuple[str, str], int] = {}
        self._departed: dict[str, tuple[int, float, bool]] = {}
        self._last: tuple[Sign, ...] = ()

    def _area(self, name: str) -> _Area:
        def of(quantity: str) -> tuple[int, ...]:
            return tuple(at for at, spot in enumerate(self.spots) if spot.area == name and spot.quantity == quantity)

        gas = of("methane")
        fans = next((self.spots[at].fans for at in gas if self.spots[at].fans), ())
        face = next((at for at in gas if self.spots[at].row in FACE), -1)
        corner = next((at for at in gas if self.spots[at].row == CORNER), -1)
        return _Area(
            name, gas, face, corner, of("wind_speed"), next(iter(of("oxygen")), -1), tuple(self._at[fan] for fan in fans if fan in self._at)
        )

    def step(self, time: int, row: Floats, disturbed: bool = False) -> tuple[Sign, ...]:
        """The signs at `time` for a row of readings (NaN unknown). While the air is `disturbed` by something already found, what is usual
        is not learned. They are looked for every five seconds; between, the last ones stand."""
        elapsed = time - self._time if self._time >= 0 else 0
        if elapsed > 5 * MINUTE:
            self.restart()
            elapsed = 0
        self._cadence = elapsed or self._cadence
        self._time, self._row = time, row
        self._recent.push(time, self._quick.step(row, elapsed))
        self._calmed.push(time, self._calm.step(row, elapsed))
        self._steady.step(row, elapsed)
        self._stirred.step(row, elapsed)
        if self._looked < 0 or time - self._looked >= LOOK:
            since = time - self._looked if self._looked >= 0 else 0
            self._looked = time
            self._last = tuple(self._seen())
            self._learn(since, disturbed)
        return self._last

    def _learn(self, elapsed: int, disturbed: bool) -> None:
        now, usual = self._steady.now, self._usual.now
        near = (now > 0.7 * usual) & (now < 1.5 * usual + 0.05)
        self._usual.step(now, elapsed, np.zeros(len(now), np.bool_) if disturbed else near)
        excess = np.array([self._over(area) for area in self._areas])
        held = self._excess.now
        pace = np.where(excess < 1.6 * held + 0.03, 1.0, 0.3)
        near_excess = np.minimum(excess, 2.0 * held + 0.05)
        self._excess.step(np.where(np.isnan(held), excess, held + pace * (near_excess - held)), 0 if disturbed else elapsed)

    def _seen(self) -> Iterator[Sign]:
        yield from self._fans()
        yield from self._doors()
        yield from self._feeds()
        for at, area in enumerate(self._areas):
            yield from self._heading(area)
            yield from self._corner(at, area)
            yield from self._outburst(area)
        for column in self._belts:
            yield from self._fire(column)

    def _twice(self, kind: str, subject: str, there: bool) -> bool:
        """Whether it has been there in two looks running."""
        count = self._rows[kind, subject] = self._rows.get((kind, subject), 0) + 1 if there else 0
        return count >= 2

    def _stand(self, fans: tuple[str, ...]) -> bool:
        states = [self._row[self._at[fan]] for fan in fans if fan in self._at]
        return bool(states) and all(state < 0.5 for state in states)

    def _fans(self) -> Iterator[Sign]:
        for fans in self._groups:
            if self._stand(fans):
                area = self.spots[self._at[fans[0]]].area
                seen = [
                    at for at, spot in enumerate(self.spots) if spot.area == area and spot.quantity in ("wind_speed", "negative_pressure")
                ]
                fell = [at for at in seen if self._steady.now[at] < 0.7 * self._usual.now[at]]
                yield Sign(FAN_STOP, fans[0], area, (*fans, *(self.spots[at].point for at in fell)), 0.98 if fell else 0.8)

    def _doors(self) -> Iterator[Sign]:
        for one, other in self._pairs:
            name = self.spots[one].point
            if self._twice(DOORS, name, bool(self._row[one] >= 0.5 and self._row[other] >= 0.5)):
                lost = [
                    at
                    for at, spot in enumerate(self.spots)
                    if spot.quantity == "wind_speed" and self._steady.now[at] < 0.9 * self._usual.now[at]
                ]
                points = (name, self.spots[other].point, *(self.spots[at].point for at in lost))
                yield Sign(DOORS, name, self.spots[one].area, points, 0.98 if lost else 0.8)

    def _feeds(self) -> Iterator[Sign]:
        for column in self._supplies:
            spot = self.spots[column]
            if self._twice(FEED, spot.point, self._stand(spot.fans) and bool(self._row[column] >= 0.5)):
                yield Sign(FEED, spot.point, spot.area, (spot.point, *spot.fans), 0.95)

    def _heading(self, area: _Area) -> Iterator[Sign]:
        """The fan runs and the air does not come."""
        if not area.fans or not area.wind or not any(self._row[fan] >= 0.5 for fan in area.fans):
            return
        wind = area.wind[0]
        now, usual = self._steady.now[wind], self._usual.now[wind]
        low = bool(usual > 0.1 and now < 0.6 * usual and np.isfinite(self._row[wind]))
        if self._twice(GAS, area.name, low):
            rising = [at for at in area.gas if self._quick.now[at] > 1.15 * self._usual.now[at] + 0.02]
            points = (self.spots[wind].point, *(self.spots[at].point for at in rising))
            yield Sign(GAS, area.name, area.name, points, 0.9 if rising else 0.6)

    def _over(self, area: _Area) -> float:
        """%CH4 by which the corner is above the face (whose gas is stirred in within half a minute)."""
        if area.corner < 0:
            return float("nan")
        face = self._stirred.now[area.face] if area.face >= 0 else 0.0
        return float(self._quick.now[area.corner] - face)

    def _corner(self, at: int, area: _Area) -> Iterator[Sign]:
        excess, usual = self._over(area), float(self._excess.now[at])
        name = area.name
        least = max(0.07, 2.5 * self.spots[area.corner].step) if area.corner >= 0 else np.inf
        away = bool(excess > 1.5 * usual + 0.4 * least)
        if not away:
            self._departed.pop(name, None)
            return
        first, most, quick = self._departed.get(name, (self._time, excess, False))
        gone = self._time - first
        big = bool(excess > 1.95 * usual + 0.02 and excess - usual > least and np.isfinite(self._row[area.corner]))
        self._departed[name] = first, max(most, excess), quick or (big and gone <= 2 * MINUTE)
        if not big:
            return
        before = self._recent.ago(15 * SECOND)
        rise = self._quick.now[area.corner] - self._recent.ago(MINUTE)[area.corner]
        still = float(self._quick.now[area.corner] - before[area.corner]) >= 0.12 * (excess - usual) and rise >= 0.5 * (excess - usual)
        thin = area.oxygen >= 0 and self._steady.now[area.oxygen] < self._usual.now[area.oxygen] - 0.12
        limit = self.spots[area.corner].limit or 1.0
        soon = (
            self._quick.now[area.corner] >= 0.7 * limit and still and gone >= (20 * SECOND if self._cadence > 10 * SECOND else 35 * SECOND)
        )
        stays = quick and gone >= 4 * MINUTE and excess >= 0.85 * max(most, excess)
        if soon or stays:
            points = [area.corner, *([area.oxygen] if thin else [])]
            yield Sign(GAS, f"{name}/corner", name, tuple(self.spots[one].point for one in points), 0.9 if thin else 0.7)

    def _outburst(self, area: _Area) -> Iterator[Sign]:
        now, before, minute = self._quick.now, self._recent.ago(30 * SECOND), self._recent.ago(MINUTE)
        for column in area.gas:
            if self._usual.now[column] > PIPE:
                continue
            rise = now[column] - before[column]
            if not (rise >= 0.8 and now[column] >= 1.2 and np.isfinite(self._row[column])):
                continue
            others = [at for at in area.gas if at != column and now[at] - minute[at] >= 0.3]
            if others or now[column] >= 3.3:
                points = tuple(self.spots[at].point for at in (column, *others))
                yield Sign(OUTBURST, area.name, area.name, points, 0.9 if others else 0.7)
                return

    def _fire(self, column: int) -> Iterator[Sign]:
        """Four windows running in which it rose, the last two by a fifth of the whole at least; or smoke."""
        spot = self.spots[column]
        smoke = [point for point in self._smoke.get(spot.area, ()) if self._row[self._at[point]] >= 0.5]
        if smoke:
            yield Sign(FIRE, spot.point, spot.area, (spot.point, *smoke), 0.95)
            return
        slow = self._cadence > 10 * SECOND
        for window in (self._cadence, *_WINDOWS[1:]) if slow else _WINDOWS:
            kept = self._calmed if window >= MINUTE else self._recent
            steps = [float((kept.ago(at * window) - kept.ago((at + 1) * window))[column]) for at in range(len(_STILL))]
            whole, least = sum(steps), 4.0 if window >= MINUTE or not (slow or window < 20 * SECOND) else 5.0
            if whole >= least and all(step >= part * whole for step, part in zip(steps, _STILL, strict=True)):
                yield Sign(FIRE, spot.point, spot.area, (spot.point,), 0.8)
                return
