"""What the API says of alarm health. Moments as in `console.web.shapes`; shares are 0 to 1."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class BoundView:
    """What practice asks of a figure. `verdict`: `met`, `manageable`, `over`, or `unknown` where there is no figure to compare."""

    at_most: float
    manageable: float | None
    source: Words
    verdict: str


@dataclass(frozen=True, slots=True)
class ActorView:
    """An alarm (mine, point or gateway, rule) and how often it came; `share` of all that people were called for."""

    mine: str
    point: str
    subject: str
    place: Words
    rule: str
    rule_words: Words
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class StandingView:
    """An alarm that was active at the end of the time looked at."""

    mine: str
    point: str
    subject: str
    place: Words
    rule: str
    rule_words: Words
    since: str
    since_us: int
    age_s: float


@dataclass(frozen=True, slots=True)
class AsideView:
    """An alarm nobody is called for now. `state`: planned, shelved, suppressed or out_of_service; `until`: of shelving."""

    mine: str
    point: str
    subject: str
    place: Words
    rule: str
    rule_words: Words
    state: str
    state_words: Words
    until: str | None
    until_us: int | None


@dataclass(frozen=True, slots=True)
class WaitsView:
    """Time to acknowledge, of those acknowledged; `never`: not acknowledged by the end, counted apart."""

    count: int
    median_s: float | None
    p90_s: float | None
    longest_s: float | None
    never: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many alarms the mine answered to have been this; empty `cause`: not answered."""

    cause: str
    cause_words: Words
    count: int


@dataclass(frozen=True, slots=True)
class PriorityCount:
    """`priority` 1 is the highest; 0: not known."""

    priority: int
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class TenMinutes:
    """A ten-minute period with any alarm."""

    start_us: int
    count: int


@dataclass(frozen=True, slots=True)
class HealthView:
    """Alarm health of [start, end). `mine` empty: all that may be seen. `operators`: on duty on average by the rota, null: not known.
    `set_aside`: raises in that time nobody was called for; `aside_now`: alarms set aside right now. `cut_short`: too many transitions to
    read them all, the newest are left out."""

    mine: str
    start: str
    end: str
    start_us: int
    end_us: int
    called: int
    operators: float | None
    per_hour: float
    per_operator_hour: float | None
    peak: int
    peak_at_us: int | None
    floods: float
    busy: float
    tens: list[TenMinutes]
    standing: list[StandingView]
    stale: list[StandingView]
    chattering: list[ActorView]
    fleeting: list[ActorView]
    top: list[ActorView]
    top_share: float
    priorities: list[PriorityCount]
    waits: WaitsView
    set_aside: dict[str, int]
    aside_now: list[AsideView]
    causes: list[CauseCount]
    bounds: dict[str, BoundView]
    notes: Words
    cut_short: bool
