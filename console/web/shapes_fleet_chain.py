"""What the API says of the chain of the fleet's log. Moments as in `console.web.shapes`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeadView:
    """A signed head. `number`: its own entry; `n`, `hash`: of the entry it speaks of; `anchor`: `n:hash:day`, to be kept elsewhere."""

    number: int
    day: str
    n: int
    hash: str
    mines: int
    root: str
    key: str
    public: str
    signature: str
    anchor: str


@dataclass(frozen=True, slots=True)
class FleetKeyView:
    """The public key heads and exports are signed with, 64 hex digits; `key` its id."""

    key: str
    public: str
