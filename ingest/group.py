"""The items of one group, and what became of them."""

from collections import Counter
from dataclasses import dataclass, field

from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from ingest.pipeline import Identity, Opened, Placed, Refused


@dataclass(slots=True)
class Outcome:
    """What a group did, for the live view and the receipts."""

    touched: set[Gateway] = field(default_factory=set)
    blocks: list[tuple[Gateway, Registry, Block, bool]] = field(default_factory=list)
    """(gateway, registry, block, replayed)."""
    alarmed: set[str] = field(default_factory=set)
    stored: int = 0
    readings: int = 0
    duplicates: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Of `refused`, by reason."""
    waiting: int = 0
    folds: int = 0
    renewed: bool = False
    """The store has a new generation: every gateway must be told again."""

    def add(self, other: "Outcome") -> None:
        """Take over what another group did."""
        self.touched |= other.touched
        self.blocks += other.blocks
        self.alarmed |= other.alarmed
        self.reasons.update(other.reasons)
        for name in ("stored", "readings", "duplicates", "refused", "waiting", "folds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Group:
    """The items of one group, sorted by what becomes of them."""

    placed: list[Placed] = field(default_factory=list)
    events: list[Opened] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    duplicates: list[Identity] = field(default_factory=list)
    seen: dict[tuple[str, str, str, int], int] = field(default_factory=dict)
