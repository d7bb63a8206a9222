"""Sets of sequence numbers as ranges, each with the digest of the items in it (the sum of their hashes modulo 2^64)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from contracts.digest import MASK


class Ranges:
    """Disjoint, ascending ranges [first, last]; neighbours are joined."""

    def __init__(self, rows: Iterable[tuple[int, int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._digests: list[int] = []
        for first, last, digest in sorted(rows):
            self.add(first, last, digest)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return iter(zip(self._firsts, self._lasts, self._digests, strict=True))

    def __len__(self) -> int:
        """How many numbers are in the set."""
        return sum(last - first + 1 for first, last, _ in self)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"

    def add(self, first: int, last: int, digest: int) -> None:
        """Add a range none of whose numbers is in the set yet; ValueError otherwise."""
        if last < first:
            raise ValueError(f"range {first}..{last} is empty")
        at = bisect_right(self._firsts, first)
        if (at > 0 and self._lasts[at - 1] >= first) or (at < len(self._firsts) and self._firsts[at] <= last):
            raise ValueError(f"range {first}..{last} overlaps what is there")
        joins_left = at > 0 and self._lasts[at - 1] == first - 1
        joins_right = at < len(self._firsts) and self._firsts[at] == last + 1
        if joins_left and joins_right:
            self._lasts[at - 1] = self._lasts[at]
            self._digests[at - 1] = (self._digests[at - 1] + digest + self._digests[at]) & MASK
            del self._firsts[at], self._lasts[at], self._digests[at]
        elif joins_left:
            self._lasts[at - 1] = last
            self._digests[at - 1] = (self._digests[at - 1] + digest) & MASK
        elif joins_right:
            self._firsts[at] = first
            self._digests[at] = (self._digests[at] + digest) & MASK
        else:
            self._firsts.insert(at, first)
            self._lasts.insert(at, last)
            self._digests.insert(at, digest & MASK)

    def through(self) -> int:
        """The last number of the range that starts at 0; -1 where there is none."""
        return self._lasts[0] if self._firsts and self._firsts[0] == 0 else -1

    def missing(self, first: int, last: int) -> list[tuple[int, int]]:
        """The ranges of [first, last] that are not in the set."""
        out: list[tuple[int, int]] = []
        at = first
        for low, high, _ in self:
            if high < at:
                continue
            if low > last:
                break
            if low > at:
                out.append((at, low - 1))
            at = max(at, high + 1)
        if at <= last:
            out.append((at, last))
        return out
