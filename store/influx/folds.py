"""Two readings, one time: the readings in doubt are compared with what is stored and claimed, and get the fold they keep.

A fold above 0 is claimed in the `ledger` bucket before its line is written, so that a resend after any break uses it again.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.clock import HOUR
from store.influx import reads
from store.influx.lines import Piece, Rows, as_field, tag
from store.influx.reads import text, within
from store.influx.server import Server

Place = tuple[str, str, int]
"""(mine, point, time)."""
Content = tuple[bytes, int]
"""(value bits, quality); every NaN is one."""


@dataclass(slots=True)
class Known:
    """What stands or is promised at places: `written` and `claimed` folds by content."""

    written: dict[Place, dict[Content, int]] = field(default_factory=dict)
    claimed: dict[Place, dict[Content, int]] = field(default_factory=dict)

    def settle(self, place: Place, content: Content) -> tuple[int, bool] | None:
        """The fold and whether it must be claimed; None where the reading stands already."""
        here, promised = self.written.setdefault(place, {}), self.claimed.setdefault(place, {})
        if content in here:
            return None
        if content in promised:
            fold, new = promised[content], False
        else:
            used = [*here.values(), *promised.values()]
            fold = max(used) + 1 if used else 0
            new = fold > 0
        here[content] = fold
        return fold, new


@dataclass(slots=True)
class Settled:
    """Rows to write, the claims that go before them, and how many folds above 0."""

    rows: list[Rows]
    claims: list[Piece]
    folds: int


def content_of(value: float, quality: int) -> Content:
    return (b"nan" if math.isnan(value) else np.float64(value).tobytes()), quality


def settle(server: Server, sure: Sequence[Rows], doubtful: Sequence[Rows]) -> Settled:
    """Give every reading in doubt its fold. Those of the call that are in no doubt count as written."""
    known = _known(server, doubtful)
    places = {(rows.mine, point, time) for rows in doubtful for point, time, _ in _readings(rows)}
    for rows in sure:
        for point, time, content in _readings(rows):
            if (rows.mine, point, time) in places:
                known.written.setdefault((rows.mine, point, time), {})[content] = 0
    out = Settled([], [], 0)
    for rows in doubtful:
        fold = np.full(len(rows.block), -1, np.int64)
        claims = []
        for at, (point, time, content) in enumerate(_readings(rows)):
            settled = known.settle((rows.mine, point, time), content)
            if settled is None:
                continue
            fold[at], new = settled
            out.folds += settled[0] > 0
            if new:
                claims.append(_claim(rows.mine, point, time, settled[0], content))
        if claims:
            out.claims.append(Piece(rows.owner, "".join(claims).encode(), len(claims)))
        kept: NDArray[np.bool_] = fold >= 0
        out.rows.append(Rows(rows.owner, rows.mine, rows.registry, rows.block.take(kept), fold[kept], checked=True))
    return out


def _readings(rows: Rows) -> Iterator[tuple[str, int, Content]]:
    block, points = rows.block, rows.registry.points
    for number, time, value, quality in zip(
        block.point.tolist(), block.time.tolist(), block.value.tolist(), block.quality.tolist(), strict=True
    ):
        yield points[number].id, time, content_of(value, quality)


def _known(server: Server, doubtful: Sequence[Rows]) -> Known:
    known = Known()
    for mine in sorted({rows.mine for rows in doubtful}):
        times = np.unique(np.concatenate([rows.block.time for rows in doubtful if rows.mine == mine]))
        for start, end in _spans(times):
            for (point, time, fold), (value, quality) in reads.stored(server, mine, start, end + 1).readings().items():
                known.written.setdefault((mine, point, time), {})[content_of(value, quality)] = fold
            for point, time, fold, content in _claims(server, mine, start, end + 1):
                known.claimed.setdefault((mine, point, time), {})[content] = fold
    return known


def _spans(times: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """The times as few spans without an hour of nothing in them."""
    if len(times):
        edges = np.flatnonzero(np.diff(times) > HOUR)
        for first, last in zip([0, *(edges + 1).tolist()], [*edges.tolist(), len(times) - 1], strict=True):
            yield int(times[first]), int(times[last])


def _claim(mine: str, point: str, time: int, fold: int, content: Content) -> str:
    said = f"{content[0].hex()} {content[1]}"
    return f"claim,fold={fold},mine={tag(mine)} {point}={as_field(said)} {time}\n"


def _claims(server: Server, mine: str, start: int, end: int) -> Iterator[tuple[str, int, int, Content]]:
    flux = (
        f"from(bucket: {text(server.address.bucket('ledger'))}) |> {within(start, end)}"
        f' |> filter(fn: (r) => r._measurement == "claim" and r.mine == {text(mine)})'
        ' |> keep(columns: ["_time", "_field", "_value", "fold"])'
    )
    for row in server.rows(flux):
        bits, quality = row["_value"].split(" ")
        yield row["_field"], reads.micros([row["_time"]])[0], int(row["fold"]), (bytes.fromhex(bits), int(quality))
