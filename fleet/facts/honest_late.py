"""What came late although the link was up (CMSR 2025 Art. 525: real-time upload; the clause has no number). Pure.

A link that was down is declared: the centre saw the gateway gone and raised its alarm. What the gateway made meanwhile comes late and is
explained. Late over a link that was up is not: somebody, or a busy line, held it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE, SECOND
from contracts.facts import Fact
from fleet.facts.day import Day, made, nothing
from fleet.facts.upload import LATE_S

HOW = "upload.late_undeclared@1"
AROUND = 2 * MINUTE
"""A link is down a little before the centre can tell, and busy a little after it is back (project setting)."""


@dataclass(frozen=True, slots=True)
class Down:
    """A span [start, end) µs UTC in which the gateway's link was down; `ref`: where that stands."""

    start: int
    end: int
    ref: str


@dataclass(frozen=True, slots=True)
class Items:
    """Items a gateway made on the day and the centre holds: (n,) each, µs UTC; `absent`: so many more were made and did not come."""

    made: NDArray[np.int64]
    received: NDArray[np.int64]
    absent: int = 0


def late_undeclared(day: Day, gateway: str, items: Items, downs: Sequence[Down]) -> Fact:
    """The share of a gateway's items that were late and made while its link was up."""
    whole = len(items.made) + items.absent
    if not whole:
        return nothing(day, "late_undeclared_share", HOW, "no_items", subject=gateway)
    late = items.received - items.made > LATE_S * SECOND
    explained = np.zeros(len(items.made), np.bool_)
    for down in downs:
        explained |= (items.made >= down.start - AROUND) & (items.made < down.end + AROUND)
    undeclared = int((late & ~explained).sum())
    numbers = {
        "late": float(late.sum()),
        "explained": float((late & explained).sum()),
        "items_made": float(whole),
        "links_down": float(len(downs)),
    }
    complete = len(items.made) / whole
    refs = [down.ref for down in downs]
    return made(day, "late_undeclared_share", HOW, undeclared / whole, complete, subject=gateway, numbers=numbers, evidence=refs)
