"""What the API says of who is told."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One recipient. `address`: scheme and host only. `mines` empty: all. `example`: what a message looks like. `reached`, `failed`: the
    last message accepted, and refused for good; `waiting_since`: the oldest that waits; null: none. `reason`: why one failed or waits.
    `role`: `all`, `mine`, `inspector` or `admin`; `areas` empty: all; `step`: 0 hears at once; `on_duty`: by its rota (`rota` empty: it
    stands in none and hears always)."""

    name: str
    channel: str
    address: str
    lang: str
    mines: list[str]
    admin: bool
    per_minute: int
    waiting: int
    waiting_since: str | None
    reached: str | None
    failed: str | None
    reason: str
    example: Words
    role: str
    role_words: Words
    areas: list[str]
    district: str
    step: int
    rota: list[str]
    on_duty: bool


@dataclass(frozen=True, slots=True)
class DutyView:
    """A shift of today. `now`: it is being worked."""

    rota: str
    start: str
    start_us: int
    end: str
    end_us: int
    who: list[str]
    now: bool


@dataclass(frozen=True, slots=True)
class CalledView:
    """Who is called on a step, and after how many minutes without an acknowledgement."""

    step: int
    after_min: int
    who: list[str]


@dataclass(frozen=True, slots=True)
class HoleView:
    """Something nobody would hear of as the configuration stands (`alerts.coverage`)."""

    what: str
    where: str
    who: list[str]
    words: Words


@dataclass(frozen=True, slots=True)
class RoutingView:
    """How people are called. All numbers are project settings of this centre's configuration; 0: never."""

    escalate_after_min: int
    repeat_after_min: int
    follow_up_s: int
    all_clear_s: int
    steps: list[CalledView]
    today: list[DutyView]
    holes: list[HoleView]


@dataclass(frozen=True, slots=True)
class TrialView:
    """`outcome`: accepted, again (unclear or not yet), refused (never)."""

    recipient: str
    at: str
    outcome: str
    reason: str
