"""What the API says of answers, referrals and evidence. Moments as in `console.web.shapes`."""

from dataclasses import dataclass, field

from alerts.form import Facts, Form
from console.web.shapes import Words
from console.web.shapes_alarms import AlarmView


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause a mine may state. `refers`: it makes the alarm the inspector's at once."""

    id: str
    words: Words
    needs_words: bool
    refers: bool


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code with its words."""

    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One version of the mine's answer. `form`: what a person states; `facts`: what the data said then; neither replaces the other."""

    version: int
    at: str
    at_us: int
    by: str
    cause: Words
    form: Form
    facts: Facts
    contradictions: list[CodeView]
    pack: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What the inspector said of one version (0: of an alarm without an answer)."""

    version: int
    verdict: str
    verdict_words: Words
    at: str
    at_us: int
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class ReferralView:
    """Why the alarm is the inspector's. `ended` null: it is theirs now."""

    reason: str
    words: Words
    detail: Words
    at: str
    at_us: int
    ended: str | None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """An evidence file that was made. `digest`: BLAKE2b-256 of its bytes, as the audit chain has it."""

    id: str
    at: str
    at_us: int
    by: str
    digest: str
    key: str
    href: str


@dataclass(frozen=True, slots=True)
class HandlingView:
    """How an alarm is answered for. `standing`: due, answered, returned, closed; `owed`: whether an answer is due at all; `head`: of a cut,
    the alarm it is answered with. `facts`: what the data say now. `grades` null: no official value known. `may`: what the viewer can do."""

    alarm: str
    head: str | None
    owed: bool
    standing: str
    standing_words: Words
    version: int
    due: str | None
    due_us: int | None
    overdue: bool
    answers: list[AnswerView]
    verdicts: list[VerdictView]
    referrals: list[ReferralView]
    evidence: list[EvidenceView]
    facts: Facts
    causes: list[CauseView]
    grades: list[CodeView] | None
    unknown: Words
    may: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeskView:
    """An alarm on somebody's desk. `group`: overdue, returned, new, due, shelved, planned at the mine; waiting, returned, closed at the
    inspector. `reasons`: of its referrals."""

    group: str
    group_words: Words
    alarm: AlarmView
    standing: str
    due: str | None
    due_us: int | None
    reasons: list[ReferralView]
    answer: AnswerView | None
    said: VerdictView | None


@dataclass(frozen=True, slots=True)
class KeyView:
    """A signing key: its id, and its 32 public bytes as 64 hex digits."""

    key: str
    public: str
