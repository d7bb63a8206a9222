"""`InfluxStore`: `store.interface.Store` over InfluxDB 2.7+.

An append writes, each after the one before was answered with 204: fold claims, quality, values beside held rows with polls, ranges. What
breaks off before the ranges are there is not held: it comes again and overwrites itself.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import structlog

from contracts.errors import Conflict, Retry
from contracts.payload import Poll
from contracts.ranges import Ranges
from store.held import by_epoch, in_few
from store.influx import reads
from store.influx.buckets import require_buckets
from store.influx.folds import settle
from store.influx.held import HeldRows
from store.influx.lines import Encoder, Joined, Piece, Rows, as_field, joined
from store.influx.reads import text, within
from store.influx.refusal import RefusedField, point_and_time, write_batch
from store.influx.server import CONNECTIONS, Refused, Server
from store.influx.statistics import Statistics
from store.interface import Appended, Buckets, Delivery, HeldColumns, HeldItem, Last, RefusedReading, Series, Window, Windows
from store.statistics import answer, whole, windows_of

BATCH = 20_000
"""Readings a request: influxd takes a tenth less CPU for each than with 5,000 (measured: docs/benchmarks.md)."""
WRITERS = min(3, CONNECTIONS)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0

log = structlog.get_logger("store")


@dataclass(slots=True)
class _Sending:
    """Batches under way, and what was refused."""

    server: Server
    pool: ThreadPoolExecutor
    encode: Callable[[Encoder, Rows], Iterator[Piece]]
    under_way: "list[Future[list[RefusedField]]]" = field(default_factory=list)
    refused: list[RefusedField] = field(default_factory=list)
    _lines: list[bytes] = field(default_factory=list)
    _of: list[Rows] = field(default_factory=list)
    """What the lines were made of, or more."""
    _readings: int = 0

    def add(self, encoder: Encoder, together: Joined) -> None:
        self._of += together.of
        for piece in self.encode(encoder, together.rows):
            self._lines.append(piece.data)
            self._readings += piece.readings
            if self._readings >= BATCH:
                self._flush()
                self._of += together.of

    def _flush(self) -> None:
        lines, of = self._lines, self._of
        self._lines, self._of, self._readings = [], [], 0
        if lines:
            self.under_way.append(self.pool.submit(self._send, lines, of))

    def _send(self, lines: list[bytes], of: list[Rows]) -> list[RefusedField]:
        """Where something is refused, all goes again by delivery: then it is clear whose it is."""

        def write(data: bytes) -> None:
            self.server.write("raw", data)

        try:
            write(b"".join(lines))
        except Refused:
            encoder = Encoder()  # the other one is in use in the thread that appends
            return write_batch(write, [piece for rows in of for piece in self.encode(encoder, rows)])
        return []

    def finish(self) -> None:
        """Wait for all, also where one failed: nothing of ours may arrive after a later write."""
        self._flush()
        done, self.under_way = [(future.exception(), future) for future in self.under_way], []
        for error, _ in done:
            if error is not None:
                raise error
        self.refused = list(dict.fromkeys(one for _, future in done for one in future.result()))


class InfluxStore:
    """One owner at a time (`token`: its fencing token). `wait_s`: how long to wait for an InfluxDB that does not answer yet."""

    read_beside = False

    def __init__(self, server: Server, wait_s: float = 0.0, token: int = 0) -> None:
        self._server, self._encoder, self._token = server, Encoder(), token
        self._pool = ThreadPoolExecutor(WRITERS, "influx")
        try:
            self._open(wait_s)
        except BaseException:
            self.close()
            raise

    def _open(self, wait_s: float) -> None:
        end, pause = time.monotonic() + wait_s, _FIRST_WAIT_S
        while True:
            try:
                require_buckets(self._server)
                self._held, self._statistics = HeldRows(self._server, self._token), Statistics(self._server)
                self.generation = self._read_generation() or self.renew()
                return
            except Retry as error:
                if time.monotonic() >= end:
                    raise
                log.warning("waiting for InfluxDB", why=str(error))
                time.sleep(min(pause, max(0.0, end - time.monotonic())))
                pause = min(2 * pause, _LONGEST_WAIT_S)

    @property
    def server(self) -> Server:
        """Where it is."""
        return self._server

    # ------------------------------------------------------------ append

    def append(self, deliveries: Sequence[Delivery]) -> Appended:
        stored = self._sift(deliveries)
        fresh = [(at, delivery) for at, delivery in enumerate(deliveries) if stored[at]]
        if not fresh:
            return Appended(stored)
        try:
            self._statistics.mark([delivery for _, delivery in fresh])
            return self._write_all(fresh, stored)
        finally:
            self._statistics.marks.written()

    def _write_all(self, fresh: Sequence[tuple[int, Delivery]], stored: Sequence[bool]) -> Appended:
        rows, refused, folds = self._settle(fresh)
        groups = list(joined(rows))
        refused += self._write(groups, of_quality=True)
        held = self._pool.submit(self._held.write_rows, fresh)  # beside the values: a row counts for nothing until the ranges name it
        try:
            refused += self._write(groups, of_quality=False)
        finally:
            wait([held])
        refused += held.result()
        bad = {one.owner for one in refused}
        kept = [delivery for at, delivery in fresh if at not in bad]
        if kept:
            self._held.record(kept)
        return Appended([new and at not in bad for at, new in enumerate(stored)], folds, [_reading(one) for one in refused])

    def _sift(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Which are not held yet, here or earlier in the call."""
        called: dict[tuple[str, str, int], int] = {}
        stored = []
        for delivery in deliveries:
            key = (delivery.gateway, delivery.epoch, delivery.seq)
            held = called[key] if key in called else self._held.digest_of(*key)
            if held not in (None, delivery.digest):
                raise Conflict(f"{delivery.gateway} {delivery.epoch} {delivery.seq} is held with another content")
            stored.append(held is None)
            called[key] = delivery.digest
        return stored

    def _settle(self, fresh: Sequence[tuple[int, Delivery]]) -> tuple[list[Rows], list[RefusedField], int]:
        """The rows to write; folds are claimed when it returns."""
        rows = [Rows(at, d.gateway.partition("/")[0], d.registry, d.block) for at, d in fresh if not d.doubt and len(d.block)]
        doubtful = [Rows(at, d.gateway.partition("/")[0], d.registry, d.block) for at, d in fresh if d.doubt and len(d.block)]
        if not doubtful:
            return rows, [], 0
        settled = settle(self._server, rows, doubtful)
        refused = write_batch(lambda lines: self._server.write("ledger", lines), settled.claims) if settled.claims else []
        return rows + settled.rows, refused, settled.folds

    def _write(self, groups: Sequence[Joined], *, of_quality: bool) -> list[RefusedField]:
        sending = _Sending(self._server, self._pool, Encoder.quality if of_quality else Encoder.values)
        for together in groups:
            sending.add(self._encoder, together)
        sending.finish()
        return sending.refused

    # ------------------------------------------------------------ what is held

    def held(self, gateway: str) -> dict[str, Ranges]:
        return {epoch: Ranges(extent.ranges) for epoch, extent in self._held.of(gateway).items()}

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        return self._held.digest_of(gateway, epoch, seq)

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        return self._held.range_digest(gateway, epoch, first, last)

    def spans(self, gateway: str) -> dict[str, tuple[int, int]]:
        return {epoch: (e.low, e.high) for epoch, e in self._held.of(gateway).items() if e.low <= e.high}

    def items(self, gateway: str, start: int, end: int) -> list[HeldItem]:
        return self._held.items(gateway, start, end)

    def item_columns(self, gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
        return by_epoch(self.items(gateway, start, end))

    def polls(self, gateway: str, start: int, end: int) -> list[Poll]:
        return self._held.polls(gateway, start, end)

    def runs(self, gateway: str, start: int, end: int) -> list[Poll]:
        return in_few(self.polls(gateway, start, end))

    def newest(self, gateway: str) -> int:
        return max((high for _, high in self.spans(gateway).values()), default=0)

    # ------------------------------------------------------------ readings

    def series(self, mine: str, point: str, start: int, end: int) -> Series:
        return reads.series(self._server, mine, point, start, end)

    def buckets(self, mine: str, point: str, start: int, end: int, width: int) -> Buckets:
        return answer(
            (max(start, reads.FIRST), min(end, reads.END)),
            width,
            self._statistics.dirty(mine),
            lambda low, high: self._statistics.kept(mine, point, low, high),
            lambda low, high, wide: windows_of(self.series(mine, point, low, high), wide),
        )

    def windows(self, mine: str, start: int, end: int, points: Collection[str] | None = None) -> dict[str, Windows]:
        low, high = whole(max(start, reads.FIRST), min(end, reads.END))
        return self._statistics.of_mine(mine, low, high, points) if low < high else {}

    def dirty(self) -> list[Window]:
        return self._statistics.marks.windows()

    def recompute(self, windows: Sequence[Window]) -> None:
        self._statistics.recompute(windows)

    def last(self, mine: str) -> dict[str, Last]:
        return reads.last(self._server, mine)

    def count(self, mine: str, start: int, end: int) -> dict[str, int]:
        return reads.count(self._server, mine, start, end)

    def drop_before(self, time: int) -> int:
        """To the reading: InfluxDB deletes by time. In production the bucket's own retention does it."""
        for window in [window for window in self.dirty() if window[1] < time]:
            self.recompute([window])
        dropped = sum(reads.count(self._server, None, reads.FIRST, time).values())
        if dropped:
            self._server.delete("raw", time * 1000)
        return dropped

    def seal(self) -> int:
        """InfluxDB compacts by itself."""
        return 0

    # ------------------------------------------------------------ generation

    def renew(self) -> str:
        generation = secrets.token_hex(8)
        self._server.write("ledger", f"generation id={as_field(generation)} 0\n".encode(), "ns")
        self.generation = generation
        return generation

    def cached_bytes(self) -> int:
        """InfluxDB keeps its own."""
        return 0

    def _read_generation(self) -> str | None:
        bucket = text(self._server.address.bucket("ledger"))
        flux = f'from(bucket: {bucket}) |> {within(0, 1)} |> filter(fn: (r) => r._measurement == "generation") |> keep(columns: ["_value"])'
        return next((row["_value"] for row in self._server.rows(flux)), None)

    def close(self) -> None:
        self._pool.shutdown()
        self._server.close()


def _reading(field: RefusedField) -> RefusedReading:
    point, at = point_and_time(field.line)
    return RefusedReading(field.owner, point, at, field.reason)
