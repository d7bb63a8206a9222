"""What the API says of the fleet beside the views of `fleet.view`: lists, comparison, sample, log. Days: ISO dates of the mine's zone."""

from dataclasses import dataclass
from typing import Any

from fleet.bodies import Level, Status
from fleet.view import Words


@dataclass(frozen=True, slots=True)
class FleetMine:
    """A mine of the list. `official` null: no valid notice; whether any was ever loaded stands in `/fleet`. `suspect`: false for who does
    not audit."""

    id: str
    name: Words
    city: str
    outcome: Status
    official: Level | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class FleetPack:
    """A criteria pack of the product. `role`: in_force, predecessor, comparison. `criteria`: how many; `counted`: with a known official
    number or condition; `open`: the others. `in_use`: the one that counts where none is asked for."""

    id: str
    hash: str
    title: Words
    scope: Words
    role: str
    valid_from: str
    valid_to: str | None
    criteria: int
    counted: int
    open: int
    in_use: bool


@dataclass(frozen=True, slots=True)
class DayFacts:
    """The facts of a mine's day, as they stand in the log: entry `n` with its `hash`. `facts`: as in `contracts.facts.Fact`."""

    day: str
    n: int
    hash: str
    facts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FleetSide:
    """One pack of a comparison with its count of mines. `in_force`: on that day; else it is a comparison only."""

    id: str
    hash: str
    title: Words
    met: int
    not_met: int
    no_evidence: int
    all: int
    in_force: bool


@dataclass(frozen=True, slots=True)
class FleetTurn:
    """A mine whose outcome is another by the second pack. `by`: criteria it lacks in the pack that says less of it."""

    id: str
    name: Words
    city: str
    before: Status
    after: Status
    by: list[Words]


@dataclass(frozen=True, slots=True)
class FleetComparison:
    """Two packs on one day: who meets `a` and not `b` (falls out), the other way round (comes in), and other differences. The lists name
    only mines that the viewer sees, `*_count` counts them."""

    day: str
    a: FleetSide
    b: FleetSide
    falls_out: list[FleetTurn]
    comes_in: list[FleetTurn]
    other: list[FleetTurn]
    out_count: int
    in_count: int
    other_count: int


@dataclass(frozen=True, slots=True)
class FleetDrawn:
    """A drawn mine: its lot (SHA-256 of `seed|mine`), and the entry of the log with its verdicts (0: none was made)."""

    id: str
    name: Words
    city: str
    outcome: Status
    lot: str
    verdict_n: int


@dataclass(frozen=True, slots=True)
class FleetSample:
    """A sample anybody can draw again: of `mines` (`population` of them, `list_hash`: SHA-256 of the ids in ascending order, one a line)
    the `k` with the smallest lots. `head`: the log it rests on."""

    method: str
    seed: str
    k: int
    among: str
    day: str
    pack: str
    pack_hash: str
    population: int
    list_hash: str
    mines: list[str]
    drawn: list[FleetDrawn]
    head: tuple[int, str]


@dataclass(frozen=True, slots=True)
class FleetEntry:
    """An entry of the log. `sound`: its hash is that of its content. `newer_n`: the entry that replaces it, 0 where it counts.
    `body`: as in `fleet.bodies`, `body_sha256` of its exact bytes."""

    n: int
    m: int
    at: str
    at_us: int
    kind: str
    mine: str
    day: str
    key: str
    actor: str
    previous: str
    mine_previous: str
    hash: str
    sound: bool
    newer_n: int
    body_sha256: str
    body: dict[str, Any]
