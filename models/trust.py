"""Is a sensor to be believed? Each air sensor against its own habit and against its neighbours. Pure, row by row, at any cadence.

Five tests, each 1 at its threshold:

- `frozen`: it rests `TIMES` as long as it ever did while it was known to be well (`TIMES_COARSE` where the last digit is coarse), and most
  of the others moved meanwhile. A meter that stands at the bottom of its range (0.00 in a mine with little gas) is never called frozen;
- `spike`: one jump out and back again within seconds, faster than gas or a sensor's own response (T90 of 10 to 30 s) can be;
- `smooth`: it moves, but with a tenth of the noise it has had: something between it and us averages or makes its numbers up;
- `span`: methane that steps and stands flat as a calibration gas does (2.2 % for a minute or two), while no neighbour stirs and the
  air moves;
- `apart`: it went further within two minutes than it ever did, and its neighbours did not. Gas or sensor: somebody should look.

Thresholds are this project's (docs/models.md tells what they were tuned on).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE, SECOND
from models.base import Floats, Scores
from models.fitted import Column, Fitted, floats
from models.habit import Habit, Run
from models.places import Spot
from models.recent import Mean, Recent

FROZEN, SPIKE, SMOOTH, SPAN, APART = range(5)
TESTS = ("frozen", "spike", "smooth", "span", "apart")
JUMPS = {
    "methane": 0.3, "carbon_monoxide": 10.0, "carbon_dioxide": 0.2, "oxygen": 1.0, "temperature": 5.0, "humidity": 15.0, "pressure": 5.0,
    "wind_speed": 1.5, "dust": 60.0,
}  # fmt: skip
"""The air's quantities, and the smallest jump that is called a spike, in their units."""
LOOK = 5 * SECOND
GAP = 5 * MINUTE
TIMES, TIMES_COARSE, LEAST_REST, LEAST_ROWS = 1.5, 2.5, 4 * MINUTE, 8
HELD = 2 * MINUTE
"""A spike is over before anybody looks: it is told for so long."""
SPAN_RISE, SATURATED = 0.25, 3.5
NO_AIR = 0.35
"""m/s. Where an anemometer of the area reads less, a step is gas that nobody carries away."""
LEAP_KEPT = 100 * SECOND
"""A step that one row makes is no gas in a sensor that needs ten seconds: it was set anew."""
PIPE = 5.0
_PUFFS = ("carbon_monoxide", "carbon_dioxide", "dust")
"""What comes in puffs that are shorter than two rows of a slow system."""
"""%CH4. Above the second a catalytic meter is at the end of its range: flat there is no calibration."""


class TrustSettings(msgspec.Struct, frozen=True):
    """`spots`: what is known of the points; without it every point is its own area and of no known quantity."""

    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustScores(Scores):
    """`tests` (n, p, 5): each test's score, 0 where it finds nothing."""

    tests: Floats | None = None


class Trust(Fitted[TrustSettings]):
    """Sensor trust. Learned per point: `noise` (mean step between rows), `rest` (longest, µs), `swing` (largest in two minutes), `low`."""

    kind: ClassVar[str] = "trust"
    asks: ClassVar[type[msgspec.Struct]] = TrustSettings
    shapes: ClassVar[Mapping[str, Column]] = {name: floats("p") for name in ("noise", "rest", "swing", "low", "step")}

    def _learn(self, times: NDArray[np.int64], values: Floats) -> dict[str, NDArray[Any]]:
        step, known = np.empty(len(self.points)), {spot.point: spot for spot in self.settings.spots}
        for column, point in enumerate(self.points):
            step[column] = known[point].step if point in known else _last_digit(values[:, column])
        habit = Habit(len(self.points), step)
        for time, row in zip(times.tolist(), values, strict=True):
            habit.step(time, row)
        return {"noise": habit.noise(), "rest": habit.rest(), "swing": habit.swing, "low": habit.low, "step": step}

    def _begin(self) -> None:
        spots = {spot.point: spot for spot in self.settings.spots}
        mine = [spots.get(point, Spot(point, "", f"?{point}")) for point in self.points]
        self._jump = np.array([JUMPS.get(spot.quantity, np.nan if self.settings.spots else 0.0) for spot in mine])
        self._jump = np.fmax(self._jump, np.fmax(12.0 * self.learned["noise"], 6.0 * self.learned["step"]))
        self._times = np.array([TIMES if spot.quantity in ("methane", "pressure") else TIMES_COARSE for spot in mine])
        self._stirs = np.where(self._jump > 0, np.fmin(0.5 * self._jump, np.where(self._jump <= 0.3, 0.1, np.inf)), 0.0)
        self._air = np.array([spot.quantity in JUMPS or not self.settings.spots for spot in mine])
        self._gas = np.array([spot.quantity == "methane" for spot in mine]) & ~(self.learned["low"] > PIPE)
        self._puffs = np.array([spot.quantity in _PUFFS for spot in mine])
        area = np.array([spot.area for spot in mine])
        self._near = (area[:, None] == area[None, :]) & self._air[None, :] & ~np.eye(len(mine), dtype=bool)
        alike = self._near & np.array([[one.quantity == other.quantity for other in mine] for one in mine])
        self._peers = np.where(alike.any(axis=1)[:, None], alike, self._near)
        self._winds = (area[:, None] == area[None, :]) & np.array([spot.quantity == "wind_speed" for spot in mine])[None, :]
        self._peer_count = self._peers.sum(axis=1)
        self._near_gas = self._near & self._gas[None, :]
        self._state = _State(len(mine))

    def _judge(self, times: NDArray[np.int64], values: Floats) -> Scores:
        tests = np.zeros((len(values), len(self.points), len(TESTS)))
        for at, (time, row) in enumerate(zip(times.tolist(), values, strict=True)):
            tests[at] = self._row(time, row)
        parts = np.where(np.isnan(values) | ~self._air, np.nan, tests.max(axis=2))
        known = np.isfinite(parts).any(axis=1)
        total = np.full(len(parts), np.nan)
        total[known] = np.nanmax(parts[known], axis=1)
        return TrustScores(self.points, total, parts, tests=tests)

    def _row(self, time: int, row: Floats) -> Floats:
        state, learned = self._state, self.learned
        elapsed = time - state.time if state.time >= 0 else 0
        if elapsed > GAP:
            self._state = state = _State(len(row))
            elapsed = 0
        known = ~np.isnan(row)
        state.follow(time, row, known, learned["step"])
        state.quick.step(row, elapsed)
        jumped = np.abs(row - state.last)
        state.diff.step(jumped, elapsed)
        if (jumped > self._stirs).any() or state.stirred >= time - LEAP_KEPT:
            self._leaps(time, jumped)
            self._spikes(time, row, jumped, elapsed)
        state.recent.push(time, state.quick.now)
        if time - state.looked >= LOOK or state.looked < 0:
            state.looked = time
            self._look(time, row, known)
        state.last, state.time = np.where(known, row, state.last), time
        out = state.found.copy()
        out[:, SPIKE] = np.where(time - state.spiked <= HELD, state.spike, 0.0)
        return out

    def _leaps(self, time: int, jumped: Floats) -> None:
        """The largest step between two rows, lately."""
        s, size = self._state, np.nan_to_num(jumped)
        if (jumped > self._stirs).any():
            s.stirred = time
        larger = (size >= s.leap) | (time - s.leap_at > LEAP_KEPT)
        s.leap, s.leap_at = np.where(larger, size, s.leap), np.where(larger, time, s.leap_at)

    def _spikes(self, time: int, row: Floats, jumped: Floats, elapsed: int) -> None:
        """One jump out of the level, and back again within 8 s, or one to two rows of a slow system."""
        s = self._state
        size = np.abs(row - s.base)
        longest = max(8 * SECOND, int(2.2 * elapsed))
        back = s.out & (size < 0.3 * s.peak)
        told = back & (time - s.out_at <= longest) & (s.first >= 0.8 * s.peak) & self._air
        if elapsed > 10 * SECOND:
            told &= ~self._puffs
        s.spike = np.where(told, s.peak / self._jump, s.spike)
        s.spiked = np.where(told, time, s.spiked)
        s.out &= ~back & (time - s.out_at <= longest)
        s.peak = np.where(s.out, np.fmax(s.peak, size), s.peak)
        begins = ~s.out & (jumped >= self._jump) & self._air & ~back
        s.base = np.where(begins | np.isnan(s.base), s.last, s.base)
        s.first = np.where(begins, jumped, s.first)
        s.peak = np.where(begins, jumped, s.peak)
        s.out_at = np.where(begins, time, s.out_at)
        s.out |= begins

    def _look(self, time: int, row: Floats, known: NDArray[np.bool_]) -> None:
        """The tests that need no look at every row."""
        s, learned = self._state, self.learned
        cadence = s.cadence
        rest = (time - s.since).astype(np.float64)
        usual = np.fmax(learned["rest"], s.longest)
        needed = np.fmax(np.fmax(LEAST_REST, LEAST_ROWS * cadence), self._times * usual)
        bottom = row <= np.fmin(learned["low"], 0.0) + 1.001 * learned["step"]
        others = known & self._air & ~bottom
        begun = np.sort(s.since[others])
        moved = len(begun) - np.searchsorted(begun, s.since, side="right")
        among = others.sum() - others
        lively = (among >= 2) & (2 * moved > among)
        frozen = np.where(self._air & known & ~bottom & lively & np.isfinite(learned["rest"]), rest / needed, 0.0)
        usual_noise = learned["noise"]
        judged = self._air & known & (usual_noise > 0.3 * learned["step"]) & (rest < MINUTE) & (time - s.begun > 20 * MINUTE)
        smooth = np.where(judged, 0.1 * usual_noise / np.fmax(s.diff.now, 1e-12), 0.0)
        s.found = np.stack([frozen, np.zeros(len(row)), np.fmin(smooth, 10.0), self._span(), self._apart()], axis=1)
        s.found = np.nan_to_num(s.found)

    def _span(self) -> Floats:
        """A quick rise to a flat level: at a slow system's cadence four flat rows, else 15 s of them after a rise within 12 s."""
        now, recent, cadence = self._state.quick.now, self._state.recent, int(self._state.cadence)
        slow = cadence > 10 * SECOND
        before = recent.ago(55 * SECOND + cadence * (22 if slow else 15) // 10)
        rise, early = now - before, before - recent.ago(80 * SECOND + cadence * (22 if slow else 15) // 10)
        spans = (15 * SECOND, 15 * SECOND + 6 * cadence // 5, *([15 * SECOND + 11 * cadence // 5] if slow else []))
        last = np.max([np.abs(now - recent.ago(span)) for span in spans], axis=0)
        noise, step = self.learned["noise"], self.learned["step"]
        quiet = (
            np.abs(rise) * (0.03 if slow else 0.08) + np.fmin(2.5 * noise, 0.02 if slow else 0.04) + np.where(step >= 0.1, 0.6 * step, 0.0)
        )
        moves = np.where(np.isnan(rise), 0.0, np.abs(rise))
        flat = self._gas & (rise > 0) & (last <= quiet) & (np.abs(early) <= quiet + 0.02)
        for at in np.flatnonzero(flat & (rise >= SPAN_RISE)).tolist():
            still = np.where(self._winds[at], now, np.inf).min() < NO_AIR
            flat[at] = not still and np.where(self._near_gas[at], moves, 0.0).max() <= 0.25 * rise[at] + 0.03
        if not slow and flat.any():
            ago = [recent.ago(seconds * SECOND) for seconds in (15, 21, 27, 33, 39, 45, 51)]
            quickest = np.max([np.nan_to_num(one - other) for one, other in zip(ago, ago[2:], strict=False)], axis=0)
            flat &= (quickest >= 0.55 * rise) & (self._state.leap < 0.6 * rise)
        least = np.fmax(SPAN_RISE, 3.0 * step)
        return np.where(flat & (rise >= SPAN_RISE) & (now < SATURATED), rise / least, 0.0)

    def _apart(self) -> Floats:
        moved = np.abs(self._state.quick.now - self._state.recent.ago(2 * MINUTE))
        size = moved / (1.5 * self.learned["swing"] + 3.0 * self.learned["step"])
        size = np.where(np.isnan(size), 0.0, size)
        count = self._peer_count
        far = size >= 0.7
        with_it = (self._peers & far[None, :]).sum(axis=1) if far.any() else np.zeros(len(size))
        return np.where(self._air & ((count == 0) | (2 * with_it <= count)), np.fmin(size, 1e6), 0.0)


def _last_digit(values: Floats) -> float:
    """The smallest step between readings, for points nobody described."""
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    steps = steps[steps > 0]
    return float(steps.min()) if len(steps) else 0.0


class _State:
    """What scoring remembers."""

    def __init__(self, columns: int) -> None:
        self.time = self.looked = self.begun = -1
        self.stirred = -(10**15)
        self.cadence = 0.0
        self.last, self.base = np.full(columns, np.nan), np.full(columns, np.nan)
        self.quick, self.diff = Mean(columns, 3 * SECOND), Mean(columns, 10 * MINUTE)
        self.recent = Recent(columns, 3 * MINUTE)
        self.run = Run(columns)
        self.out = np.zeros(columns, np.bool_)
        self.first, self.peak, self.spike = np.zeros(columns), np.zeros(columns), np.zeros(columns)
        self.out_at, self.spiked = np.zeros(columns, np.int64), np.full(columns, -(10**15))
        self.found = np.zeros((columns, len(TESTS)))
        self.leap, self.leap_at = np.zeros(columns), np.zeros(columns, np.int64)

    @property
    def since(self) -> NDArray[np.int64]:
        return self.run.since

    @property
    def longest(self) -> Floats:
        return self.run.longest

    def follow(self, time: int, row: Floats, known: NDArray[np.bool_], step: Floats) -> None:
        """How long each point has not moved, and the usual time between rows."""
        if self.begun < 0:
            self.begun = time
        elif time > self.time:
            self.cadence = min(float(time - self.time), 60.0 * SECOND) if not self.cadence else self.cadence
        self.run.step(time, row, known, step, self.found[:, FROZEN] < 1)
