"""Items that may have killed their worker, or that fail whenever they are taken. The counter lives outside the worker, in a small
file, so it survives the death it counts.

What is in hand is written down before it is touched (no fsync: the process dies, not the machine). After a death the items that
were in hand are taken one by one, so that the guilty one is alone when it strikes again; at DEATHS it becomes a dead letter.
One that ends in a Python error while it is alone in hand counts the same way, if others were committed since it did so before:
where nothing can be committed at all, no item is to blame.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

DEATHS = 3
MOST = 10_000
"""Suspects remembered; beyond it the oldest are forgotten (and counted anew)."""


class Counted(msgspec.Struct):
    """Deaths and failures an item was present at, and the last error in words (empty: it was a death)."""

    deaths: int
    why: str = ""


class Suspects:
    """Digest of an item → how often it did harm."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._in_hand, self._counts = folder / "in-hand", folder / "suspects.json"
        self._of: dict[int, Counted] = self._read()
        self._commits = 0
        self._at: dict[int, int] = {}
        """Digest → `_commits` when it failed last."""
        for digest in self._left_behind():
            self._count(digest, "")
        self._write()
        self._in_hand.write_bytes(b"")

    def _read(self) -> dict[int, Counted]:
        try:
            found = msgspec.json.decode(self._counts.read_bytes(), type=dict[str, int | Counted])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}
        return {int(key): Counted(one) if isinstance(one, int) else one for key, one in found.items()}

    def _left_behind(self) -> list[int]:
        try:
            return [int(line) for line in self._in_hand.read_text(encoding="ascii").split()]
        except (FileNotFoundError, ValueError):
            return []

    def _count(self, digest: int, why: str) -> None:
        before = self._of.pop(digest, Counted(0))
        self._of[digest] = Counted(before.deaths + 1, why)
        while len(self._of) > MOST:
            oldest = next(iter(self._of))
            del self._of[oldest]
            self._at.pop(oldest, None)

    def _write(self) -> None:
        fresh = self._counts.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode({str(key): one for key, one in self._of.items()}))
        fresh.rename(self._counts)

    @property
    def deaths(self) -> dict[int, int]:
        """Digest of every suspect → deaths and failures."""
        return {digest: one.deaths for digest, one in self._of.items()}

    def __contains__(self, digest: int) -> bool:
        return digest in self._of

    def guilty(self, digest: int) -> str:
        """Why an item is not to be opened any more; empty where it may be."""
        one = self._of.get(digest)
        if one is None or one.deaths < DEATHS:
            return ""
        return f"failed {one.deaths} times, at last with {one.why}" if one.why else f"its worker died {one.deaths} times with it in hand"

    def take(self, digests: Iterable[int]) -> None:
        """These items are in hand now."""
        self._in_hand.write_text("\n".join(map(str, digests)), encoding="ascii")

    def failed(self, digest: int, why: str) -> int:
        """One that was in hand alone ended in an error; how often that counted by now."""
        if self._commits > self._at.get(digest, 0):
            self._count(digest, why)
            self._at[digest] = self._commits
            self._write()
        return self.deaths.get(digest, 0)

    def put_down(self) -> None:
        """Nothing is in hand any more, and it is not known whose fault that is."""
        self._in_hand.write_bytes(b"")

    def done(self, digests: Iterable[int]) -> None:
        """They were committed, and did no harm."""
        self.put_down()
        self._commits += 1
        known = [digest for digest in digests if digest in self._of]
        for digest in known:
            del self._of[digest]
            self._at.pop(digest, None)
        if known:
            self._write()
