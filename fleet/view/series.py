"""The three series, the targets, the pipeline and its forecast, as they are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.bodies import Level, Object, Step


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class EvidenceCount:
    """Objects of one kind on one day, by what the evidence says. `all` is their sum."""

    met: int
    not_met: int
    no_evidence: int

    @property
    def all(self) -> int:
        return self.met + self.not_met + self.no_evidence


@dataclass(frozen=True, slots=True)
class NoticeView:
    """An official assessment that is counted, by its notice. `n`: its entry in the log; `valid_to`, `revoked`: ISO dates or empty."""

    id: str
    mine: str
    mine_name: Words
    object: Object
    subject: str
    level: Level
    authority: str
    notice_date: str
    document: str
    document_sha256: str
    rule: str
    valid_to: str
    revoked: str
    n: int


@dataclass(frozen=True, slots=True)
class OfficialView:
    """Officially assessed on that day: by object and level, each object once, at its highest valid level.

    `notices`: one of each counted object, in the order of mines. Where no notice was ever entered there is no OfficialView: "not loaded".
    """

    counts: Mapping[Object, Mapping[Level, int]]
    notices: tuple[NoticeView, ...]

    def of(self, kind: Object) -> int:
        """How many of a kind, of any level."""
        return sum(self.counts.get(kind, {}).values())


@dataclass(frozen=True, slots=True)
class ReportedView:
    """A total told by the press; no official assessment, and it names no mine. `date` as exact as it was told (2023-04, 2024-12-31)."""

    id: str
    date: str
    total: int
    what: str
    told_on: str
    where: str
    confidence: str
    baseline: str
    note: Words


@dataclass(frozen=True, slots=True)
class BaselineView:
    """What an increment counts from, as the press told it, and what the end-of-year total then means: `total` - `value` = `new`."""

    id: str
    value: int
    total: int | None
    new: int | None
    met: bool | None
    """Whether `new` reaches the target; None where no total is known."""
    source: str
    """Who told the baseline."""
    total_source: str
    """Who told the total."""


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target of the programme. `kind`: increment, total or scope (no number: `value` None).

    `when`: past, now, next or later, as seen from the view's day. `baselines`: by the press, every one of them, none preferred.
    `official_new`: objects first officially assessed in that year, None where no notice is loaded: the progress that counts.
    """

    id: str
    year: int
    kind: str
    value: int | None
    note: Words
    source: str
    confidence: str
    when: str
    baselines: tuple[BaselineView, ...] = ()
    official_new: int | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """Three lines over time, side by side, never one. `official` None: not loaded. `reported`: dots at dates as told."""

    evidence: tuple[tuple[str, int], ...]
    official: tuple[tuple[str, int], ...] | None
    reported: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """How many more notices by a day, counted from the day it was made: 10th, 50th and 90th percentile."""

    day: str
    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True)
class ForecastView:
    """A dated forecast from the pipeline, or a reason why there is none (`why`, a code of words; `points` empty then).

    `made`: the day it was made from; `finished`: how many finished projects it learned from; `under_way`: how many it speaks about;
    `blocked`: under way but held up, counted as not arriving; `method`: in words.
    """

    made: str
    method: Words
    finished: int
    under_way: int
    blocked: int
    points: tuple[ForecastPoint, ...] = ()
    why: str = ""
    unknown: int = 0
    """Under way and free, but at a step too few finished projects went through: nothing is said of them."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """Projects whose newest step is this one. `blocked`: of these, held up."""

    step: Step
    projects: int
    blocked: int
