"""Kept statistics and raw readings put together to one answer. Pure.

A window is whole and clean, and its kept statistics are the truth; or it is dirty or cut by the ends of the question, and its raw readings
are. Where both are there the one of more readings counts: raw readings may have been dropped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.quality import NOT_CLEARING
from store.interface import WINDOW, Buckets, Delivery, Series, Window, Windows

MOST_SPANS = 8
"""Raw readings are asked for so often at most for one answer; from then on in one piece."""
Span = tuple[int, int]

NO_WINDOWS = Windows(*(np.empty(0, kind) for kind in (np.int64, float, float, float, float, np.int64, np.int64, np.int64)))


def touched(deliveries: Iterable[Delivery]) -> set[Window]:
    """The windows that deliveries have readings in."""
    out = set[Window]()
    for delivery in deliveries:
        if (span := delivery.span) is None:
            continue
        mine, low, high = delivery.gateway.partition("/")[0], span[0] // WINDOW, span[1] // WINDOW
        out.add((mine, low * WINDOW))
        if high != low:  # nearly every item lies in one
            every = [high] if high - low == 1 else np.unique(delivery.block.time // WINDOW).tolist()
            out.update((mine, start * WINDOW) for start in every)
    return out


def whole(start: int, end: int) -> Span:
    """The whole windows within [start, end): from, to; nothing where to <= from."""
    return -(-start // WINDOW) * WINDOW, end // WINDOW * WINDOW


def raw_spans(start: int, end: int, dirty: Iterable[int]) -> list[Span]:
    """Where raw readings answer: windows that are dirty, and those that start or end cut."""
    low, high = whole(start, end)
    if low >= high:
        return [(start, end)] if start < end else []
    spans = [(start, low), *((at, at + WINDOW) for at in sorted(dirty) if low <= at < high), (high, end)]
    out: list[Span] = []
    for first, last in spans:
        if first >= last:
            continue
        if out and out[-1][1] == first:
            out[-1] = out[-1][0], last
        else:
            out.append((first, last))
    return out if len(out) <= MOST_SPANS else [(out[0][0], out[-1][1])]


def answer(
    span: Span, width: int, dirty: Iterable[int], kept: Callable[[int, int], Windows], raw: Callable[[int, int, int], Windows]
) -> Buckets:
    """`Store.buckets`. `kept(start, end)` gives statistics of whole windows, `raw(start, end, width)` those of raw readings."""
    if width % WINDOW:
        return as_buckets(raw(*span, width), width)
    low, high = whole(*span)
    parts = [kept(low, high)] if low < high else []
    parts += [raw(*part, WINDOW) for part in raw_spans(*span, dirty)]
    return as_buckets(grouped(one_each(parts), width), width)


def one_each(parts: Sequence[Windows]) -> Windows:
    """One row a window: the one of most readings; of equals the later part's."""
    found = joined(parts)
    order = np.lexsort((found.count, found.start))  # stable: later parts come last
    starts = found.start[order]
    return take(found, order[np.append(starts[1:] != starts[:-1], True)] if len(order) else order)


def by_series(parts: Sequence[tuple[NDArray[np.int32], Windows]], names: Mapping[int, str]) -> dict[str, Windows]:
    """As `one_each`, of many points at once: each part's series numbers and rows, in any order; by name, each ascending by start."""
    series, found = np.concatenate([numbers for numbers, _ in parts]), joined([rows for _, rows in parts])
    order = np.lexsort((found.count, found.start, series))
    of, starts = series[order], found.start[order]
    order = order[np.append((of[1:] != of[:-1]) | (starts[1:] != starts[:-1]), True)] if len(order) else order
    of, rows = series[order], take(found, order)
    first = np.flatnonzero(np.append(True, of[1:] != of[:-1])) if len(of) else order
    last = np.append(first[1:], len(of))
    spans = zip(of[first].tolist(), first.tolist(), last.tolist(), strict=True) if len(of) else ()
    asked = ((names[number], low, high) for number, low, high in spans if number in names)
    return {point: Windows(*(getattr(rows, name)[low:high] for name in Windows.__slots__)) for point, low, high in asked}


def joined(parts: Sequence[Windows]) -> Windows:
    """All rows, one after the other."""
    if not parts:
        return NO_WINDOWS
    return Windows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Windows.__slots__))


def take(found: Windows, at: NDArray[np.intp]) -> Windows:
    """Some rows, in that order."""
    return Windows(*(getattr(found, name)[at] for name in Windows.__slots__))


def grouped(found: Windows, width: int) -> Windows:
    """Windows ascending by start, made to wider ones."""
    start = found.start // width * width
    if not len(start):
        return found
    first = np.flatnonzero(np.append(True, start[1:] != start[:-1]))
    with np.errstate(all="ignore"):  # nothing but NaN: NaN; infinities of both signs: NaN
        numbers = np.add.reduceat(found.numbers, first)
        total = np.add.reduceat(np.where(found.numbers > 0, found.mean * found.numbers, 0.0), first)
        return Windows(
            start[first],
            np.fmin.reduceat(found.minimum, first),
            np.where(numbers > 0, total, np.nan) / numbers,
            np.fmax.reduceat(found.maximum, first),
            found.last[np.append(first[1:], len(start)) - 1],
            np.add.reduceat(found.count, first),
            numbers,
            np.add.reduceat(found.good, first),
        )


def windows_of(raw: Series, width: int) -> Windows:
    """Statistics of ascending readings per bucket of `width` µs. NaN is counted, not averaged."""
    if not len(raw.time):
        return NO_WINDOWS
    start = raw.time // width * width
    first = np.flatnonzero(np.diff(start, prepend=start[0] - 1))
    nan = np.isnan(raw.value)
    count = np.diff(np.append(first, len(start)))
    numbers = np.add.reduceat((~nan).astype(np.int64), first)
    good = np.add.reduceat((((raw.quality & NOT_CLEARING) == 0) & ~nan).astype(np.int64), first)
    with np.errstate(all="ignore"):
        mean = np.add.reduceat(np.where(nan, 0.0, raw.value), first) / np.where(numbers == 0, np.nan, numbers)
    low = np.fmin.reduceat(raw.value, first)
    high = np.fmax.reduceat(raw.value, first)
    return Windows(start[first], low, mean, high, raw.value[first + count - 1], count.astype(np.int64), numbers, good)


def as_buckets(found: Windows, width: int) -> Buckets:
    """Without what a reader does not need."""
    return Buckets(width, found.start, found.minimum, found.mean, found.maximum, found.last, found.count, found.good)
