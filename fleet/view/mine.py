"""A mine's page: the tree of criteria, and what is registered, assessed, declared and doubted."""

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.bodies import Level, Object, Status, Step
from fleet.view.province import ReasonView, SuspicionView
from fleet.view.series import NoticeView, Words


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact of the day behind a criterion. `value` None: no evidence, `why` says why. Times µs UTC. `n`: the set's entry in the log."""

    name: str
    title: Words
    unit: str
    subject: str
    value: float | None
    completeness: float
    start_us: int
    end_us: int
    how: str
    way: str
    why: str
    by: str
    document: str
    refs: tuple[str, ...]
    numbers: Mapping[str, float]
    n: int


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion of a mine: verdict, numbers, clause, and the facts one click away.

    `days` that counted of `of`; `basis`: official, project or unknown; `threshold` None: no number is known (status open).
    """

    id: str
    title: Words
    status: Status
    subject: str
    value: float | None
    threshold: float | None
    unit: str
    days: int
    of: int
    why: str
    clause: Words
    basis: str
    confidence: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system of the pack, its status and criteria in the pack's order."""

    id: str
    title: Words
    status: Status
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True, slots=True)
class NextStepView:
    """The cheapest next step to yes: criteria to meet, cheapest first. `cost`: rank of the effort (project setting), 1 is least."""

    criterion: str
    title: Words
    text: Words
    cost: float | None


@dataclass(frozen=True, slots=True)
class StageView:
    """Where a project stands: one step, its date and authority; `blocker` empty where nothing holds it up."""

    project: str
    object: Object
    subject: str
    step: Step
    date: str
    authority: str
    blocker: str
    by: str
    n: int


@dataclass(frozen=True, slots=True)
class WorkplaceView:
    """A face or heading as registered. None: not stated, and so no evidence."""

    id: str
    kind: str
    name: Words
    gas_class: str
    length_m: float | None
    series_ventilation: bool | None
    intelligent: bool | None
    valid_from: str
    valid_to: str
    by: str
    n: int


@dataclass(frozen=True, slots=True)
class DeclaredView:
    """A fact by a person's word. `holds`: it is valid on the view's day."""

    name: str
    title: Words
    subject: str
    value: float
    unit: str
    valid_from: str
    valid_to: str
    document: str
    document_name: str
    by: str
    holds: bool
    n: int


@dataclass(frozen=True, slots=True)
class LinkView:
    """A gateway's link on the day: `kind` fibre, 5g, other or empty. Values None: not measured."""

    gateway: str
    kind: str
    round_trip_ms: float | None
    loss_share: float | None
    receipt_delay_ms: float | None
    available_share: float | None


@dataclass(frozen=True, slots=True)
class DrainageView:
    """Gas drainage of the day: pure methane at standard state (m3), rate (share, 0 to 1); None: no evidence, `why` says why."""

    pure_m3: float | None
    rate: float | None
    why: str
    formula: Words
    source: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A mine as registered. None or empty: not stated."""

    id: str
    name: Words
    city: str
    object: Object
    capacity_mt: float | None
    depth_m: float | None
    gas_class: str
    under_construction: bool
    zone_hours: int
    n: int


@dataclass(frozen=True, slots=True)
class MineView:
    """A mine on one day by one pack: the tree of criteria, what is registered, assessed, declared and doubted.

    `outcome` None: no verdict was made for that day. `official`: its highest valid level then, None without a notice; `assessments`: all of
    its notices, valid or not. `line`: its outcome by day. `links`, `drainage`: filled where measured.
    """

    day: str
    pack: str
    pack_hash: str
    pack_title: Words
    profile: ProfileView
    outcome: Status | None
    official: Level | None
    systems: tuple[SystemView, ...]
    next_steps: tuple[NextStepView, ...]
    changes: tuple[ReasonView, ...]
    stages: tuple[StageView, ...]
    assessments: tuple[NoticeView, ...]
    workplaces: tuple[WorkplaceView, ...]
    declared: tuple[DeclaredView, ...]
    suspicions: tuple[SuspicionView, ...]
    line: tuple[tuple[str, Status], ...]
    facts: tuple[FactView, ...]
    """All facts of the day, also those no criterion asks for."""
    head: tuple[int, str]
    links: tuple[LinkView, ...] = ()
    drainage: DrainageView | None = None
    verdict_n: int = 0
    """The verdict set's entry in the log; 0: none."""
