"""What a source promises."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from contracts.columns import Block
from contracts.payload import Poll


@dataclass(frozen=True, slots=True)
class Answer:
    """What one poll brought. `block` is None where nobody answered; `polls` says which instants were due and answered."""

    block: Block | None
    polls: tuple[Poll, ...]
    why: str = ""
    """Why nobody answered, or what is missing."""
    rest: "tuple[Answer, ...]" = ()
    """What the other peers behind this source brought (units of a line, topics of a broker), each answered or silent for itself."""

    @property
    def parts(self) -> "tuple[Answer, ...]":
        return (self, *self.rest)

    @classmethod
    def of(cls, first: "Answer", *rest: "Answer") -> "Answer":
        """Several as one."""
        return replace(first, rest=rest)


class Source(Protocol):
    """Polled once per `period` (µs), at instants that are multiples of it. Never writes to what it reads."""

    name: str
    period: int

    def resume(self, cursor: int) -> None:
        """Go on after `cursor`, the place of the newest poll on disk (0: from the start)."""
        ...

    async def poll(self, due: int) -> Answer:
        """Read what is due at that instant (µs UTC). Does not raise for a device that is silent."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Counts(Protocol):
    """A source that counts what came and what became of it, by name, since its start."""

    counts: Counter[str]


@runtime_checkable
class ShowsRaw(Protocol):
    """A source that can show what stood behind the readings (`davy edge probe`)."""

    def raw(self) -> dict[int, str]:
        """Number of every point it reads, to what its peer said of it last; empty text where nothing came."""
        ...
