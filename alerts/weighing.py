"""The readings of points where something may happen, one by one. Pure."""

from math import isnan

from alerts.latches import ACTIVE, NORMAL, UNKNOWN, UNVERIFIED, Latches
from alerts.limits import ALARM, DEVICE, FIRST_CUT, Limits
from alerts.transitions import EVERY_RULE, PROJECT, Change, Reason, Transition
from contracts import quality as q
from contracts.clock import SECOND

FRESH = 60 * SECOND
"""A reading further from `now` clears nothing, and a stamp further ahead of it does not count as judged (a clock was wrong)."""


class _Run:
    """Older readings above a value, one after the other: a past alarm."""

    def __init__(self, time: int) -> None:
        self.start, self.end, self.count = time, time, 0
        self.peak, self.quality, self.unverified = float("-inf"), 0, True

    def add(self, time: int, value: float, quality: int) -> None:
        self.start, self.end, self.count = min(self.start, time), max(self.end, time), self.count + 1
        self.peak, self.quality = max(self.peak, value), self.quality | quality
        self.unverified = self.unverified and bool(quality & q.CALIBRATION)

    @property
    def numbers(self) -> dict[str, float]:
        return {"start": float(self.start), "end": float(self.end), "peak": self.peak, "count": float(self.count)}


class Weighing:
    """Moves latches (its own copy) by readings in the order they came, and notes what changed."""

    def __init__(self, limits: Limits, latches: Latches, now: int) -> None:
        self.limits, self.latches, self.now = limits, latches, now
        self._transitions: list[Transition] = []
        self._runs: dict[int, dict[int, _Run]] = {}
        self._touched: set[int] = set()

    def add(self, point: int, time: int, value: float, quality: int) -> None:
        """One reading."""
        self._touched.add(point)
        if quality & q.UNUSABLE or isnan(value):
            return
        high, low = self._compare(point, value, quality)
        if time <= self.latches.newest[point]:
            self._older(point, time, value, quality, high)
            return
        if point in self._runs:
            self._end_runs(point)
        for column in high:
            self._enter(point, column, time, value, quality)
        if abs(self.now - time) <= FRESH and not quality & q.NOT_CLEARING:
            self._clear(point, low, time, value, quality)
        if time <= self.now + FRESH:
            self.latches.newest[point] = time
            self.latches.anchor(point, time, value)

    def close(self) -> list[Transition]:
        """No more readings: what changed, in order."""
        for point in list(self._runs):
            self._end_runs(point)
        for point in self._touched:
            self.latches.busy[point] = self.latches.state[point].any()
        return self._transitions

    def _compare(self, point: int, value: float, quality: int) -> tuple[list[int], list[int]]:
        """Columns at or above their value, and columns below the value to leave at."""
        over = bool(quality & q.OVER_RANGE) and value >= 0
        reported = bool(quality & self.limits.device_bits[point])
        high: list[int] = []
        low: list[int] = []
        for column, enter, leave in self.limits.columns[point]:
            if column == DEVICE:
                if not reported:
                    low.append(column)
                elif ALARM not in high:  # our limit says the same already: one cause, one alarm
                    high.append(column)
            elif over or value >= enter:
                high.append(column)
            elif value < leave:
                low.append(column)
        return high, low

    def _older(self, point: int, time: int, value: float, quality: int, high: list[int]) -> None:
        runs = self._runs.setdefault(point, {})
        for column in [column for column in runs if column not in high]:
            self._end_run(point, column, runs.pop(column))
        for column in high:
            active = self.latches.state[point, column] > NORMAL and time >= self.latches.since[point, column]
            if active:
                self.latches.peak[point, column] = max(self.latches.peak[point, column], value)
            else:
                runs.setdefault(column, _Run(time)).add(time, value, quality)

    def _end_runs(self, point: int) -> None:
        for column, run in self._runs.pop(point).items():
            self._end_run(point, column, run)

    def _end_run(self, point: int, column: int, run: _Run) -> None:
        limit, clause = self._entered_at(point, column)
        self._tell(
            point, column, Change.PAST, (run.end, run.peak, run.quality), limit, clause, Reason.OLDER_READINGS, run.unverified, run.numbers
        )

    def _enter(self, point: int, column: int, time: int, value: float, quality: int) -> None:
        latches, state, unverified = self.latches, int(self.latches.state[point, column]), bool(quality & q.CALIBRATION)
        if state > NORMAL:
            latches.peak[point, column] = max(latches.peak[point, column], value)
            if state == ACTIVE or unverified:
                return
        else:
            latches.since[point, column], latches.peak[point, column] = time, value
        latches.state[point, column] = UNVERIFIED if unverified else ACTIVE
        limit, clause = self._entered_at(point, column)
        rise = latches.rise_per_minute(point, time, value)
        numbers = {"start": float(latches.since[point, column]), "peak": float(latches.peak[point, column])}
        if rise is not None:
            numbers["rise_per_min"] = rise
        change = Change.CUT if column >= FIRST_CUT else Change.RAISE
        reason = Reason.VERIFIED if state == UNVERIFIED else self._why_entered(column, value, limit, unverified)
        self._tell(point, column, change, (time, value, quality), limit, clause, reason, unverified, numbers)

    def _why_entered(self, column: int, value: float, limit: float | None, unverified: bool) -> Reason:
        if unverified:
            return Reason.UNDER_CALIBRATION
        if column == DEVICE:
            return Reason.DEVICE_STATE
        return Reason.LIMIT_REACHED if limit is not None and value >= limit else Reason.OVER_RANGE

    def _clear(self, point: int, low: list[int], time: int, value: float, quality: int) -> None:
        """A fresh, good reading below the values to leave at."""
        if len(low) == len(self.limits.columns[point]) and (self.latches.state[point, low] == UNKNOWN).all():
            self.latches.state[point, low] = NORMAL
            self._transitions.append(
                Transition(point, EVERY_RULE, Change.RETURN, time, value, None, quality, PROJECT, Reason.FIRST_READING)
            )
            return
        for column in low:
            self._leave(point, column, time, value, quality)

    def _leave(self, point: int, column: int, time: int, value: float, quality: int) -> None:
        state = int(self.latches.state[point, column])
        if state == NORMAL or time <= self.latches.since[point, column] <= self.now + FRESH:  # the second: the clock was set back a little
            return
        self.latches.state[point, column] = NORMAL
        limit, clause, reason = self._left_at(point, column)
        numbers: dict[str, float] = {}
        if state == UNKNOWN:
            reason = Reason.FIRST_READING
        else:
            numbers = {"start": float(self.latches.since[point, column]), "peak": float(self.latches.peak[point, column])}
        change = Change.RESTORE if column >= FIRST_CUT else Change.RETURN
        self._tell(point, column, change, (time, value, quality), limit, clause, reason, False, numbers)

    def _entered_at(self, point: int, column: int) -> tuple[float | None, str]:
        """The value to enter at, and what it rests on."""
        row = self.limits.rows[point]
        if column == DEVICE or row is None:
            return None, ""
        return float(self.limits.enter[point, column]), row.reference

    def _left_at(self, point: int, column: int) -> tuple[float | None, str, Reason]:
        row = self.limits.rows[point]
        if column == DEVICE or row is None:
            return None, "", Reason.DEVICE_CLEARED
        limit = float(self.limits.leave[point, column])
        if column < FIRST_CUT:
            return limit, PROJECT, Reason.BELOW_DEADBAND
        if row.cuts[column - FIRST_CUT].restore_lt is None:
            return limit, PROJECT, Reason.NO_RESTORE_VALUE
        return limit, row.reference, Reason.BELOW_RESTORE

    def _tell(
        self,
        point: int,
        column: int,
        change: Change,
        reading: tuple[int, float, int],
        limit: float | None,
        clause: str,
        reason: Reason,
        unverified: bool,
        numbers: dict[str, float],
    ) -> None:
        rule = self.limits.rules[column]
        self._transitions.append(Transition(point, rule, change, *reading[:2], limit, reading[2], clause, reason, unverified, numbers))
