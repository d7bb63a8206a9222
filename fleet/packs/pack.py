"""A criteria pack: what an "intelligent mine" must have, by which paper. Frozen data, no I/O.

What no paper read by us says stays null and is called open; it is shown and never counted.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Days = Annotated[int, msgspec.Meta(ge=1, le=366)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
ALL = "all"
"""The system that is the whole mine."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of what stands in the file."""


class Text(Strict, frozen=True, kw_only=True):
    """A text in both languages."""

    zh: str
    en: str


class Fold(StrEnum):
    """How the days of a window become one value."""

    LAST = "last"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    SUM = "sum"
    STREAK = "streak"
    RATIO = "ratio"
    SHARE = "share"


class Op(StrEnum):
    """How a value is held against what is asked. `holds`: a yes (1) by declaration; `unexpired`: a day number not before the day."""

    GE = ">="
    LE = "<="
    EQ = "=="
    HOLDS = "holds"
    UNEXPIRED = "unexpired"


CONDITIONS = (Op.HOLDS, Op.UNEXPIRED)
"""These ask for no number."""


class Document(Text, frozen=True, kw_only=True):
    """An instrument. `confidence`: how we know it; `read`: how much of its text was read."""

    issued: str = ""
    in_force: str = ""
    confidence: str
    seen_at: str = ""
    read_zh: str = ""
    read_en: str = ""


class Query(Strict, frozen=True, kw_only=True):
    """A fact folded over the `days` that end with the day judged. A day counts where its fact is at least so complete (0 to 1).

    Fewer than `least` days that count: no evidence. `per`: what a ratio divides by; `at`: from which value on a day is a good one
    (streak, share); `at_most`: the other way round. All these numbers are project settings.
    """

    fact: str
    fold: Fold = Fold.LAST
    days: Days = 1
    least: Days = 1
    completeness: Share = 0.0
    per: str = ""
    at: float | None = None
    at_most: float | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts it reads."""
        return (self.fact, self.per) if self.per else (self.fact,)


class Criterion(Text, frozen=True, kw_only=True):
    """One criterion. `threshold` None: no official number known (open), unless `op` asks for none. `clause` empty: its number was not read.

    `applies`: to every mine, or only to producing ones or those under construction. `valid_from`: where it is later than the pack's own,
    the criterion is open until then.
    """

    id: Id
    system: str
    document: str
    clause: str = ""
    confidence: str
    basis: Literal["official", "project", "unknown"]
    valid_from: Day
    scope: Literal["mine", "face"] = "mine"
    applies: Literal["all", "producing", "construction"] = "all"
    query: Query | None = None
    op: Op = Op.GE
    threshold: float | None = None
    unit: str = ""
    how_zh: str = ""
    how_en: str = ""
    open_zh: str = ""
    open_en: str = ""

    @property
    def counted(self) -> bool:
        """Whether a verdict on it counts: an official number, or a condition that asks for none, and something to ask."""
        return self.basis == "official" and self.query is not None and (self.threshold is not None or self.op in CONDITIONS)


class System(Text, frozen=True, kw_only=True):
    """A system that is scored. `weight` None: no weight was read; a weight names the document it was read in."""

    id: Id
    weight: float | None = None
    document: str = ""
    confidence: str = ""
    note_zh: str = ""
    note_en: str = ""


class Level(Text, frozen=True, kw_only=True):
    """初级, 中级, 高级. `score_min` None: the bound was not read; a bound names the document it was read in."""

    id: Id
    score_min: float | None = None
    document: str = ""
    confidence: str = ""


class Who(Text, frozen=True, kw_only=True):
    """A kind of mine and who assesses it; `field`, `op`, `value`: where it can be told from the register."""

    id: Id
    field: str = ""
    op: Literal["", ">", ">="] = ""
    value: float | None = None


class Assessing(Strict, frozen=True, kw_only=True):
    """Who assesses whom, in which steps."""

    document: str
    confidence: str
    lead: Text
    steps: tuple[Text, ...]
    against: Text
    province: tuple[Who, ...] = ()
    city: Text


class Aim(Text, frozen=True, kw_only=True):
    """A number official papers aim at that is no condition of being counted: shown, never judged."""

    id: Id
    level: Literal["mine", "face", "province", "nation"]
    by: str = ""
    document: str
    confidence: str
    note_zh: str = ""
    note_en: str = ""


class Pack(Strict, frozen=True, kw_only=True):
    """A whole pack. `hash` names the bytes it was read from, which are `text`."""

    schema: int
    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    title: Text
    role: Literal["in_force", "predecessor", "comparison"]
    scope: Text
    as_of: Day
    valid_from: Day
    valid_to: Day | None = None
    replaced_by: str = ""
    documents: dict[str, Document]
    not_read: tuple[Text, ...]
    settings: Text
    levels: tuple[Level, ...]
    levels_note: Text
    systems: tuple[System, ...]
    weights_note: Text
    assessing: Assessing | None = None
    aims: tuple[Aim, ...] = ()
    criteria: tuple[Criterion, ...]
    hash: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        """Id and content hash."""
        return f"{self.id}@{self.hash}"

    @property
    def facts(self) -> frozenset[str]:
        """Names of all facts it reads."""
        return frozenset(fact for one in self.criteria if one.query for fact in one.query.facts)

    @property
    def window(self) -> int:
        """Days of the longest window: so many fact sets a verdict rests on."""
        return max((one.query.days for one in self.criteria if one.query), default=1)

    @property
    def starts(self) -> date:
        """Its first day."""
        return date.fromisoformat(self.valid_from)

    def criterion(self, name: str) -> Criterion | None:
        """By id."""
        return next((one for one in self.criteria if one.id == name), None)
