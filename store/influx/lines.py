"""Readings as line protocol: one line per quantity, mine and time, the mine's own point ids as field keys (docs/decisions/0011).

The shape of an instant repeats, so the text around its numbers is made once and kept as a template.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.columns import Block, join
from contracts.points import Registry
from contracts.quality import NOT_A_NUMBER
from store.influx.numbers import texts

IS_NAN, IS_PLUS_INF, IS_MINUS_INF, BIT_IS_OURS = 1 << 16, 1 << 17, 1 << 18, 1 << 19
"""InfluxDB has no such numbers: the quality field says which one it was, and whether NOT_A_NUMBER was set by us."""
_KEPT_NUMBERS = 1_000_000
"""Places for numbers in all templates together: some 60 MB."""
_TIME = b"\1"
"""Its place in a template; no tag or id can hold it."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_TAG = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})


class Rows(msgspec.Struct, frozen=True, eq=False):
    """Readings of one item as they are to be written. `fold` (n,) int64; `checked`: quality is written where it is 0 too."""

    owner: int
    """Which delivery of the call they are of; OF_SEVERAL of joined ones."""
    mine: str
    registry: Registry
    block: Block
    fold: NDArray[np.int64] | None = None
    checked: bool = False


OF_SEVERAL = -1


class Joined(msgspec.Struct, frozen=True, eq=False):
    """Rows of several deliveries as one: what they have at one instant shares its lines. `of`: them as they came."""

    rows: Rows
    of: Sequence[Rows]


class Piece(msgspec.Struct):
    """Lines of one delivery; `readings` fields in them."""

    owner: int
    data: bytes
    readings: int


@dataclass(frozen=True, slots=True)
class _Template:
    """The text of all lines, in parts: each second one is where a number belongs."""

    parts: list[bytes]
    order: NDArray[np.intp]
    """Rows in the order of their numbers in the text."""

    def filled(self, numbers: list[bytes], time: int) -> bytes:
        """The lines with those numbers, at that time."""
        text = self.parts.copy()
        text[1::2] = numbers
        return b"".join(text).replace(_TIME, b"%d" % time)


def tag(text: str) -> str:
    """A tag value: nothing in it can end the line (control characters and backslashes have no escape there)."""
    return _CONTROL.sub("_", text).translate(_TAG)


def as_field(text: str) -> str:
    """A string field, quoted."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class _Layout:
    """Points of a registry in the order of their lines: `rank` of each, the number of its line, and `name=` of its field."""

    rank: NDArray[np.intp]
    line: NDArray[np.intp]
    fields: list[bytes]
    heads: list[bytes]

    @classmethod
    def of(cls, registry: Registry, tags: str, of_quality: bool) -> "_Layout":
        points = registry.points
        quantities = sorted({point.quantity for point in points})
        line = np.array([quantities.index(point.quantity) for point in points], np.intp)
        rank = np.empty(len(points), np.intp)
        rank[np.argsort(line, kind="stable")] = np.arange(len(points))
        heads = [f"quality{tags},quantity={tag(name)} " if of_quality else f"{tag(name)}{tags} " for name in quantities]
        return cls(rank, line, [f"{point.id}=".encode() for point in points], [head.encode() for head in heads])

    def template(self, point: NDArray[np.int32]) -> _Template:
        """The text around the numbers of those points at one time."""
        order = np.argsort(self.rank[point], kind="stable")
        placed = point[order]
        line = self.line[placed]
        parts = [b"," + self.fields[n] for n in placed.tolist()]
        for at in np.flatnonzero(np.diff(line, prepend=-1)).tolist():
            parts[at] = (b" " + _TIME + b"\n" if at else b"") + self.heads[line[at]] + parts[at][1:]
        text = [b""] * (2 * len(parts) + 1)
        text[::2] = [*parts, b" " + _TIME + b"\n"]
        return _Template(text, order)


@dataclass(slots=True)
class Encoder:
    """Makes lines; keeps the templates of the shapes it met."""

    _layouts: dict[tuple[str, str, int, bool], _Layout] = field(default_factory=dict)
    _templates: dict[tuple[str, str, bytes, int, bool], _Template] = field(default_factory=dict)
    _numbers: int = 0

    def values(self, rows: Rows) -> Iterator[Piece]:
        """The lines of the values; what is no finite number has none."""
        finite = np.isfinite(rows.block.value)
        numbers = None if finite.all() else finite
        for at, fold, part in _runs(rows, numbers):
            template = self._template(rows, part.point, fold, of_quality=False)
            yield Piece(rows.owner, template.filled(texts(part.value[template.order]), at), len(part))

    def quality(self, rows: Rows) -> Iterator[Piece]:
        """The lines of the quality: where it is not 0, or the value is no finite number, or somebody is to rely on a 0."""
        block = rows.block
        odd = ~np.isfinite(block.value)
        if not rows.checked and not odd.any() and not block.quality.any():
            return
        marks = marked(block.value, block.quality)
        wanted = None if rows.checked else marks != 0
        for at, fold, part in _runs(rows, wanted):
            template = self._template(rows, part.point, fold, of_quality=True)
            marks = marked(part.value, part.quality)[template.order].tolist()
            yield Piece(rows.owner, template.filled([b"%di" % mark for mark in marks], at), len(part))

    def _template(self, rows: Rows, point: NDArray[np.int32], fold: int, *, of_quality: bool) -> _Template:
        key = (rows.mine, rows.registry.name, point.tobytes(), fold, of_quality)
        template = self._templates.get(key)
        if template is None:
            if self._numbers >= _KEPT_NUMBERS:
                self._templates.clear()
                self._layouts.clear()
                self._numbers = 0
            template = self._templates[key] = self._layout(rows, fold, of_quality).template(point)
            self._numbers += len(point)
        return template

    def _layout(self, rows: Rows, fold: int, of_quality: bool) -> _Layout:
        key = (rows.mine, rows.registry.name, fold, of_quality)
        layout = self._layouts.get(key)
        if layout is None:
            tags = (f",fold={fold}" if fold else "") + f",mine={tag(rows.mine)}"
            layout = self._layouts[key] = _Layout.of(rows.registry, tags, of_quality)
            self._numbers += len(rows.registry.points)
        return layout


def joined(rows: Sequence[Rows]) -> Iterator[Joined]:
    """The same rows by mine, those of one registry together. A series met twice in a request costs InfluxDB less than in two, and one
    line with all the points of an instant less than several."""
    groups: dict[tuple[str, str, bool], list[Rows]] = {}
    for one in rows:
        groups.setdefault((one.mine, one.registry.name, one.checked), []).append(one)
    for (mine, _, checked), of in sorted(groups.items()):
        if len(of) == 1:
            yield Joined(of[0], of)
            continue
        fold = None
        if any(one.fold is not None for one in of):
            fold = np.concatenate([np.zeros(len(one.block), np.int64) if one.fold is None else one.fold for one in of])
        yield Joined(Rows(OF_SEVERAL, mine, of[0].registry, join([one.block for one in of]), fold, checked), of)


def _runs(rows: Rows, mask: NDArray[np.bool_] | None) -> Iterator[tuple[int, int, Block]]:
    """The chosen rows by (time, fold)."""
    block, fold = rows.block, rows.fold
    if mask is not None:
        block, fold = block.take(mask), fold[mask] if fold is not None else None
    if not len(block):
        return
    time = block.time
    if fold is None and time[0] == time[-1] and bool((time == time[0]).all()):
        yield int(time[0]), 0, block
        return
    steps = np.diff(time)
    if fold is not None or steps.min() < 0:  # else they are in order: a gateway sends its instants one after the other
        fold = np.zeros(len(block), np.int64) if fold is None else fold
        order = np.lexsort((fold, time))
        block, fold = block.take(order), fold[order]
        steps = np.diff(block.time) | np.diff(fold)
    edges = (np.flatnonzero(steps) + 1).tolist()
    for start, end in zip([0, *edges], [*edges, len(block)], strict=True):
        yield int(block.time[start]), int(fold[start]) if fold is not None else 0, block.rows(start, end)


def marked(value: NDArray[np.float64], quality: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The quality field: the 16 bits, and above them what kind of no number it was."""
    marks = quality.astype(np.int64)
    kind = np.isnan(value) * IS_NAN + (value == np.inf) * IS_PLUS_INF + (value == -np.inf) * IS_MINUS_INF
    ours = (kind > 0) & ((marks & NOT_A_NUMBER) == 0)
    out: NDArray[np.int64] = marks | kind | np.where(ours, BIT_IS_OURS | NOT_A_NUMBER, 0)
    return out


def unmarked(mark: int) -> tuple[int, float | None]:
    """The quality as it was sent, and the value where it was no finite number."""
    quality = mark & 0xFFFF
    if mark & BIT_IS_OURS:
        quality &= ~NOT_A_NUMBER
    if mark & IS_NAN:
        return quality, float("nan")
    if mark & (IS_PLUS_INF | IS_MINUS_INF):
        return quality, float("inf") if mark & IS_PLUS_INF else float("-inf")
    return quality, None
