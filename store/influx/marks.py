"""Which windows are dirty: rows in the `ledger` bucket, written before the readings, and the same in memory.

`dirty`: tags mine and day (on which the mark was made), time the window's start, fields `marked` and `cleared`, numbers that count up.
Dirty is what is marked with a larger number than it is cleared: so a clearing that arrives late never wins over a later mark. A past day
whose windows are all clean is deleted; nobody writes it any more, so a start reads the marks of a day or two.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.clock import DAY
from store.influx.lines import as_field, tag
from store.influx.reads import END, FIRST, micros, text, within
from store.influx.server import Server
from store.interface import WINDOW, Delivery, Window
from store.statistics import touched

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Mark:
    day: int
    number: int


class Marks:
    """`dirty`: every mark that stands or may stand, by window."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.dirty: dict[Window, set[Mark]] = {}
        self._sure: set[Window] = set()
        """Their newest mark was answered with 204 and no clearing of it was sent."""
        self._next, self._days = 0, set[int]()
        self._lock = threading.Lock()
        """Around memory, never around a call: statistics are computed in a thread of their own beside appends."""
        self._under_way: set[Window] = set()
        """What the append that is going on touches: its readings may not be seen yet, and its mark may be older than it."""
        self._load()
        self._mark_everything()

    def _load(self) -> None:
        bucket = text(self._server.address.bucket("ledger"))
        rows = list(
            self._server.rows(
                f'from(bucket: {bucket}) |> {within(FIRST, END)} |> filter(fn: (r) => r._measurement == "dirty")'
                ' |> keep(columns: ["_time", "_value", "_field", "mine", "day"])'
            )
        )
        cleared: dict[tuple[Window, int], int] = {}
        marked: dict[tuple[Window, int], int] = {}
        for row, time in zip(rows, micros([row["_time"] for row in rows]), strict=True):
            key = (row["mine"], time), int(row["day"])
            (marked if row["_field"] == "marked" else cleared)[key] = int(row["_value"])
            self._next = max(self._next, int(row["_value"]) + 1)
            self._days.add(int(row["day"]))
        for (window, day), number in marked.items():
            if number > cleared.get((window, day), -1):
                self.dirty.setdefault(window, set()).add(Mark(day, number))
        self._sure = set(self.dirty)

    def _mark_everything(self) -> None:
        """Where the bucket of the statistics is new to this ledger: a store made before there were any, or one put back."""
        ledger, raw = (text(self._server.address.bucket(kind)) for kind in ("ledger", "raw"))
        with self._server.asked():
            bucket = self._server.buckets.find_bucket_by_name(self._server.address.bucket("statistics")).id
        known = f'from(bucket: {ledger}) |> {within(0, 1)} |> filter(fn: (r) => r._measurement == "statistics")'
        if any(row["_value"] == bucket for row in self._server.rows(known)):
            return
        every = f'aggregateWindow(every: {WINDOW}us, fn: count, createEmpty: false, timeSrc: "_start")'
        flux = f'from(bucket: {raw}) |> {within(FIRST, END)} |> {every} |> keep(columns: ["_time", "mine"]) |> distinct(column: "_time")'
        found = {(row["mine"], row["_value"]) for row in self._server.rows(f'{flux} |> keep(columns: ["_value", "mine"])')}
        ordered = sorted(found)
        self._write([(mine, time) for (mine, _), time in zip(ordered, micros([time for _, time in ordered]), strict=True)])
        self._server.write("ledger", f"statistics bucket={as_field(bucket)} 0\n".encode())

    def mark(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when it returns; what stands already is not written again. Until `written`, nothing is computed that they touch."""
        with self._lock:
            self._under_way = touched(deliveries)
            windows = sorted(window for window in self._under_way - self._sure if FIRST < window[1] < END)
        if windows:
            self._write(windows, max(delivery.received for delivery in deliveries) // DAY)

    def _write(self, windows: Sequence[Window], day: int = 0) -> None:
        with self._lock:
            day = max({day, *self._days})
            self._days.add(day)
            marks = {window: Mark(day, self._next + at) for at, window in enumerate(windows)}
            self._next += len(marks)
            for window, mark in marks.items():
                self.dirty.setdefault(window, set()).add(mark)
        self._send((window, mark) for window, mark in marks.items())
        with self._lock:
            self._sure.update(marks)

    def written(self) -> None:
        """The append is over, whatever came of it."""
        with self._lock:
            self._under_way = set()

    def taken(self, windows: Iterable[Window]) -> list[tuple[Window, Mark]]:
        """The marks that stand on these windows now and that no append is under way for. From here on new readings mark them anew."""
        with self._lock:
            out = [(window, mark) for window in windows if window not in self._under_way for mark in self.dirty.get(window, ())]
            self._sure.difference_update(window for window, _ in out)
        return out

    def windows(self) -> list[Window]:
        """The dirty ones, ascending."""
        with self._lock:
            return sorted(self.dirty)

    def clear(self, taken: Sequence[tuple[Window, Mark]]) -> None:
        """The statistics have seen what those marks stood for."""
        self._send(taken, "cleared")
        with self._lock:
            for window, mark in taken:
                left = self.dirty.get(window, set())
                left.discard(mark)
                if not left:
                    self.dirty.pop(window, None)
            newest, used = max(self._days, default=0), {mark.day for marks in self.dirty.values() for mark in marks}
            past = self._days - used - {newest}
        for day in past:
            self._server.delete("ledger", END * 1000, f'_measurement="dirty" AND day="{day}"')
            with self._lock:
                self._days.discard(day)

    def _send(self, marks: Iterable[tuple[Window, Mark]], field: str = "marked") -> None:
        lines = [f"dirty,day={mark.day},mine={tag(mine)} {field}={mark.number}i {start}\n" for (mine, start), mark in marks]
        for at in range(0, len(lines), _AT_ONCE):
            self._server.write("ledger", "".join(lines[at : at + _AT_ONCE]).encode())
