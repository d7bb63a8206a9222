"""What the API says of alarms. Moments as in `console.web.shapes`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.web.shapes import Duty, Words


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm (ISA-18.2 states). `point` empty: an alarm of the gateway. Moments of the condition are source time; null: none.

    `late`: told more than 60 s after it happened. `unknown`: its present value is not known. `may`: what a person can do now.
    `priority`: 1 (highest) to 4, a project setting; 0: not known. `again`: the latest raise, where `raised` is an earlier one.
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
    priority: int
    priority_words: Words
    priority_why: Words
    again: str | None
    again_us: int | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a timeline. `time`: source; `decided`: edge or centre; `sent`: put into the gateway's outbox; `received`: centre; `at`:
    written. The first three are the gateway's clock where it decided, the others the centre's."""

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
    detail: str = ""
    sent: str | None = None
    sent_us: int | None = None
    notices: list["NoticeView"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One message of a step: to whom, on which channel, and what became of it. `after_s`: from the centre's receipt to when the channel
    had accepted it (or it was given up); null while it waits."""

    recipient: str
    channel: str
    state: str
    state_words: Words
    attempts: int
    settled: str | None
    settled_us: int | None
    after_s: float | None
    reason: str
    together: int = 0
    """How many other steps, also of other alarms, were in the same message."""


@dataclass(frozen=True, slots=True)
class AlarmStory:
    """An alarm with everything that happened to it, oldest first."""

    alarm: AlarmView
    timeline: list[StepView]
    clock_offset_s: float | None = None
    """The gateway's clock minus the centre's at its last birth (network delay included); null: not heard since the centre started."""
