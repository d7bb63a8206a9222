"""The auditor's sample: which mines are drawn is decided by a public seed alone, so that anybody can draw the same ones. Pure.

A mine's lot is SHA-256 of `seed|mine` (UTF-8), read as a number; the k smallest lots are drawn. An id of a mine never holds a `|`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

METHOD = "sha256(seed|mine), k smallest"


@dataclass(frozen=True, slots=True)
class Lot:
    """A drawn mine and its lot, 64 hex digits."""

    mine: str
    lot: str


def lot_of(seed: str, mine: str) -> str:
    """The lot of a mine under this seed."""
    return sha256(f"{seed}|{mine}".encode()).hexdigest()


def draw_sample(seed: str, k: int, mines: Iterable[str]) -> tuple[Lot, ...]:
    """The k mines with the smallest lots, the smallest first; all of them where there are fewer."""
    lots = sorted((Lot(mine, lot_of(seed, mine)) for mine in set(mines)), key=lambda one: (one.lot, one.mine))
    return tuple(lots[: max(k, 0)])


def list_hash(mines: Iterable[str]) -> str:
    """What the sample was drawn from, as one hash: SHA-256 of the ids in ascending order, one a line."""
    return sha256("".join(f"{mine}\n" for mine in sorted(set(mines))).encode()).hexdigest()
