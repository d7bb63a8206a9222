"""The province's page: counts, tiles, gaps, changes, suspicions."""

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.bodies import Level, Object, Status
from fleet.view.series import EvidenceCount, ForecastView, LineView, OfficialView, ReportedView, StepCount, TargetView, Words


@dataclass(frozen=True, slots=True)
class TileView:
    """A mine as a small square of its city's tile. `suspect`: a suspicion stands beside it (it is counted as its verdict says)."""

    mine: str
    name: Words
    outcome: Status
    official: Level | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class CityView:
    """A city: its counts of mines and a tile of each. `city` empty: the register does not say which."""

    city: str
    count: EvidenceCount
    official: int | None
    tiles: tuple[TileView, ...]


@dataclass(frozen=True, slots=True)
class GapView:
    """A criterion most mines do not meet: how many not met, how many without evidence, of `mines`. `alone`: mines that miss only it."""

    criterion: str
    title: Words
    system: str
    clause: Words
    not_met: int
    no_evidence: int
    mines: int
    alone: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A criterion that changed its status between two days of a mine, with the numbers: why the outcome changed."""

    criterion: str
    title: Words
    subject: str
    before: Status
    after: Status
    value_before: float | None
    value_after: float | None
    threshold: float | None
    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A mine whose outcome is another than a week before, and why."""

    mine: str
    name: Words
    since: str
    until: str
    before: Status
    after: Status
    reasons: tuple[ReasonView, ...]
    pack_changed: bool = False
    """The pack's text is another than then: the rule changed, not (only) the mine."""


@dataclass(frozen=True, slots=True)
class SuspicionView:
    """What does not fit in a mine's day. `kind`: bulk_flags, frozen_sensors, cut_peaks, late_upload (code of words)."""

    mine: str
    mine_name: Words
    day: str
    kind: str
    score: float
    threshold: float
    why: Words
    refs: tuple[str, ...]
    numbers: Mapping[str, float]
    n: int

    @property
    def stands(self) -> bool:
        """False where facts that came later no longer bear it."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack there is a count for, with the day's counts of mines by it: packs side by side."""

    id: str
    hash: str
    title: Words
    mines: EvidenceCount


@dataclass(frozen=True, slots=True)
class ProvinceView:
    """The province on one day by one pack. `evidence` by object; `official` None: not loaded; `head`: the log's head it was made from."""

    day: str
    pack: str
    pack_hash: str
    pack_title: Words
    packs: tuple[PackView, ...]
    evidence: Mapping[Object, EvidenceCount]
    official: OfficialView | None
    reported: tuple[ReportedView, ...]
    targets: tuple[TargetView, ...]
    line: LineView
    forecast: ForecastView
    pipeline: tuple[StepCount, ...]
    cities: tuple[CityView, ...]
    gaps: tuple[GapView, ...]
    changes: tuple[ChangeView, ...]
    suspects: tuple[SuspicionView, ...]
    head: tuple[int, str]
    first_day: str = ""
    """Oldest and newest day with verdicts; empty: none yet."""
    last_day: str = ""
    mines: int = 0
    """Mines registered."""
