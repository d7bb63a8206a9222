"""What the API says of alarms. Moments as in `console.web.shapes`."""

from collections.abc import Mapping
from dataclasses import dataclass

from console.web.shapes import Duty, Words


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm (ISA-18.2 states). `point` empty: an alarm of the gateway. Moments of the condition are source time; null: none.

    `late`: told more than 60 s after it happened. `unknown`: its present value is not known. `may`: what a person can do now.
    """

    id: str
    mine: str
    mine_name: Words
    gateway: str
    point: str
    place: Words
    quantity: str
    unit: str
    rule: str
    title: Words
    text: Words
    state: str
    state_words: Words
    open: bool
    active: bool
    unverified: bool
    late: bool
    unknown: bool
    suppressed: bool
    raised: str | None
    raised_us: int | None
    returned: str | None
    returned_us: int | None
    shelved_until: str | None
    shelved_until_us: int | None
    value: float | None
    limit: float | None
    peak: float | None
    clause: Words
    action: Duty | None
    may: list[str]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of an alarm's timeline. `time`: source; `decided`: edge or centre; `received`: centre; `at`: written."""

    at: str
    at_us: int
    time: str | None
    decided: str | None
    received: str | None
    change: str
    change_words: Words
    before: str
    before_words: Words
    after: str
    after_words: Words
    reason: str
    reason_words: Words
    name: str
    """Who did it, as typed: not authenticated. Empty where it was no person."""
    value: float | None
    limit: float | None
    quality: int
    quality_words: Mapping[str, list[str]]
    unverified: bool
    numbers: dict[str, float]


@dataclass(frozen=True, slots=True)
class AlarmStory:
    """An alarm with everything that happened to it, oldest first."""

    alarm: AlarmView
    timeline: list[StepView]
