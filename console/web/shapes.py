"""What the API answers with, as dataclasses: OpenAPI is made from them, the pages and the stream are drawn from them.

Moments are ISO-8601 UTC strings, names in `_us` are integers of µs UTC, names in `_s` are seconds. Every word stands in both languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from console.web.series import Columns

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A list: `next` is the cursor of the following part, null at the end."""

    items: list[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CutView:
    """A power-cut stage of the certified system, mirrored: cut at or above `cut_ge`, restored only below `restore_lt`."""

    cut_ge: float
    restore_lt: float | None
    scope: Words


@dataclass(frozen=True, slots=True)
class Duty:
    """What a clause asks people to do first."""

    clause: Words
    text: Words


@dataclass(frozen=True, slots=True)
class LimitsView:
    """The limit row a named person mapped the place to. `alarm_ge` null: no official value known."""

    row: str
    alarm_ge: float | None
    cuts: list[CutView]
    clause: Words
    confidence: str
    location: Words
    action: Duty | None
    mapped_by: str


@dataclass(frozen=True, slots=True)
class Installed:
    """Facts of the installation. Moments are null where unknown or still in use."""

    sensor: str
    serial: str
    valid_from: str | None
    valid_to: str | None
    registered: bool
    """Whether the point stands in the registry that its gateway uses now."""
    identifier: str = ""
    """Industrial internet identifier of what hangs here; empty where none is registered."""
    stream: str = ""
    """Which measured stream it sits in (`pipe:main`, `return:north`)."""


@dataclass(frozen=True, slots=True)
class PointView:
    """A point right now. `value` null: no reading, or not a number. `fresh_for_s`: how old its reading may be before it is unknown."""

    id: str
    quantity: str
    measures: Words
    unit: str
    decimals: int
    kind: str
    area: str
    place: Words
    gateway: str
    value: float | None
    text: str
    time: str | None
    time_us: int
    age_s: float | None
    fresh_for_s: float
    quality: int
    quality_words: Mapping[str, list[str]]
    state: str
    state_words: Words
    reason: str
    reason_words: Words
    alarm: str | None
    limits: LimitsView | None
    installed: Installed


@dataclass(frozen=True, slots=True)
class GatewayView:
    """A gateway right now."""

    id: str
    online: bool
    silent: bool
    heard: str | None
    silent_s: float | None
    period_s: float
    agent: str
    clock_state: str
    clock_offset_s: float
    registry: str


@dataclass(frozen=True, slots=True)
class AlarmCount:
    """Alarms of a mine: active ones, those nobody acknowledged (also returned ones), active ones raised under calibration, active ones of
    its gateways (link down, identity conflict); `planned`: active under an open permit, in none of the others; `highest`: the highest
    priority of the active ones (1 to 4; 0: none)."""

    active: int = 0
    unacknowledged: int = 0
    unverified: int = 0
    gateway: int = 0
    planned: int = 0
    highest: int = 0


@dataclass(frozen=True, slots=True)
class MineView:
    """A mine right now. `age_s` is the age of its newest reading; `points` counts its points by state."""

    id: str
    name: Words
    note: Words
    state: str
    state_words: Words
    reason: str
    reason_words: Words
    newest: str | None
    newest_us: int
    age_s: float | None
    alarms: AlarmCount | None
    points: dict[str, int]
    gateways: list[GatewayView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GapView:
    """A stretch without readings of a point: µs UTC, and what the gap ledger calls it (`no_reading` where it does not know it)."""

    start_us: int
    end_us: int
    words: list[str]
    reasons: list[str]
    reason_words: Words


@dataclass(frozen=True, slots=True)
class MarkView:
    """An alarm on a chart; `end_us` null while it is active."""

    alarm: str
    rule: str
    start_us: int
    end_us: int | None


@dataclass(frozen=True, slots=True)
class SeriesView(Columns):
    """A point's history in [start_us, end_us) µs UTC: the columns, every gap, the limits, and the alarms that touch it."""

    mine: str = ""
    point: str = ""
    unit: str = ""
    start_us: int = 0
    end_us: int = 0
    quality_words: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)
    """Names of the bits of each quality that occurs, by language."""
    gaps: list[GapView] = field(default_factory=list)
    limits: LimitsView | None = None
    alarms: list[MarkView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SparkView:
    """Means of a point per bucket of `width_us`, for a small line; empty buckets are absent."""

    point: str
    width_us: int
    time_us: list[int]
    mean: list[float | None]
