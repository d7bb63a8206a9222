"""What stands in the log of the fleet (`store.records.fleet_log`), one struct a kind. Canonical JSON; ISO dates; people are pseudonyms.

A correction is a newer entry of the same (kind, mine, day, key), with `correction` saying why; nothing is rewritten.
"""

from enum import StrEnum
from typing import TypeVar

import msgspec

from contracts.errors import BadPayload
from contracts.facts import FactSet


class Body(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all. `correction`: why this entry replaces the one before it; empty for a first one."""

    correction: str = ""


class Object(StrEnum):
    """What is assessed. Counted apart, always."""

    MINE = "mine"
    FACE = "face"
    WASHERY = "washery"


class Level(StrEnum):
    """初级, 中级, 高级."""

    PRIMARY = "primary"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Step(StrEnum):
    """Of a project: 自评, 申报, 初审, 评定, 公示."""

    SELF_ASSESSMENT = "self_assessment"
    APPLICATION = "application"
    FIRST_REVIEW = "first_review"
    ASSESSMENT = "assessment"
    NOTICE = "notice"


class Status(StrEnum):
    """Of a criterion, a system, a mine. Open: no official number is known, or its paper is not in force yet; shown, never counted."""

    MET = "met"
    NOT_MET = "not_met"
    NO_EVIDENCE = "no_evidence"
    OPEN = "open"


class Profile(Body, frozen=True, kw_only=True):
    """kind `profile`, key "": a mine as it is registered. What is not known stays None or empty."""

    mine: str
    name_zh: str
    name_en: str
    city: str = ""
    object: Object = Object.MINE
    capacity_mt: float | None = None
    depth_m: float | None = None
    gas_class: str = ""
    under_construction: bool = False
    zone_hours: int = 8
    identifier: str = ""
    """Industrial internet identifier (`contracts.identifiers`)."""


class Workplace(Body, frozen=True, kw_only=True):
    """kind `workplace`, key = id: a face or heading (采掘工作面), as Table 19 and Art. 537 ask for it. None: not stated."""

    mine: str
    id: str
    kind: str
    name_zh: str
    name_en: str
    gas_class: str = ""
    length_m: float | None = None
    series_ventilation: bool | None = None
    intelligent: bool | None = None
    valid_from: str
    valid_to: str = ""
    by: str = ""
    identifier: str = ""


class Declared(Body, frozen=True, kw_only=True):
    """kind `declared`, key = name/subject: a fact by a person's word. `document`: sha256 (hex) of what it rests on."""

    mine: str
    name: str
    subject: str = ""
    value: float
    valid_from: str
    valid_to: str
    document: str
    document_name: str
    by: str


class Assessment(Body, frozen=True, kw_only=True):
    """kind `assessment`, key = id: an official one, by its public notice. `rule`: the pack it was made by. `revoked`: date, or empty."""

    id: str
    mine: str
    object: Object
    subject: str = ""
    authority: str
    level: Level
    notice_date: str
    document: str
    document_sha256: str = ""
    rule: str = ""
    valid_to: str = ""
    revoked: str = ""
    by: str = ""


class Reported(Body, frozen=True, kw_only=True):
    """kind `reported` (mine ""), key = id: a total told by the press. `date`: as exact as it was told (2023-04, 2024-12-31)."""

    id: str
    date: str
    total: int
    what: str = "intelligent_mines_total"
    told_on: str = ""
    where: str
    confidence: str
    baseline: str = ""
    note: str = ""
    note_zh: str = ""


class Target(Body, frozen=True, kw_only=True):
    """kind `target` (mine ""), key = id: `increment` (new in the year, from each of `baselines`), `total`, or `scope` (no number)."""

    id: str
    year: int
    kind: str
    value: int | None = None
    baselines: dict[str, int] = {}
    note_zh: str = ""
    note_en: str = ""
    source: str = ""
    confidence: str = ""


class Stage(Body, frozen=True, kw_only=True):
    """kind `stage`, key = project/step: where a project stands. `blocker`: what holds it up; empty where nothing does."""

    project: str
    mine: str
    object: Object
    subject: str = ""
    step: Step
    date: str
    authority: str = ""
    blocker: str = ""
    by: str = ""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """One criterion of one subject on one day. `value`, `threshold`: in the fact's unit; `days` that counted of `of`.

    `why`: a code of words.
    """

    criterion: str
    status: Status
    subject: str = ""
    value: float | None = None
    threshold: float | None = None
    days: int = 0
    of: int = 0
    why: str = ""


class VerdictSet(Body, frozen=True, kw_only=True):
    """kind `verdicts`, key = pack id: a mine's day by one pack. `pack_hash`: of the pack's bytes; `systems`: by system id.

    `facts`: the hash of the log entry of each day's fact set that it rests on, oldest first. `before_valid`: the day lies before the
    pack's first day, so this is a comparison and was nobody's duty.
    """

    mine: str
    day: str
    pack: str
    pack_hash: str
    outcome: Status
    systems: dict[str, Status]
    verdicts: tuple[Verdict, ...]
    facts: tuple[str, ...] = ()
    before_valid: bool = False


class PackBody(Body, frozen=True, kw_only=True):
    """kind `pack` (mine ""), key = pack hash: the very text the verdicts were made by."""

    id: str
    hash: str
    text: str


class Count(Body, frozen=True, kw_only=True):
    """kind `count` (mine ""), key = pack id: a published count of a day: by object, how many of each status, and which met.

    `officially` counts valid assessments by object and level on that day; None: no notice was loaded.
    """

    day: str
    pack: str
    pack_hash: str
    by_evidence: dict[str, dict[str, int]]
    met: tuple[str, ...]
    officially: dict[str, dict[str, int]] | None = None
    suspects: tuple[str, ...] = ()


class Pin(Body, frozen=True, kw_only=True):
    """kind `pin`, key = what it is of: raw evidence copied beside a verdict or an accusation when it was made: retention cannot take it.

    `of`: hash of that entry. `span`: [start, end) µs UTC. `series`: by point, rows of [time µs UTC, value (null: no number), quality].
    What is too much is kept as `windows`: rows of [start µs, minimum, mean, maximum, readings] of 5 minutes, or as `days`: one such row
    of all (start 0). `digests`: BLAKE2b-256 of each point's readings, whichever way it is kept (`fleet.pins`). `left_out`: points not read.
    """

    mine: str
    of: str
    series: dict[str, list[tuple[int, float | None, int]]] = {}
    facts: tuple[str, ...] = ()
    numbers: dict[str, float] = {}
    span: tuple[int, int] = (0, 0)
    windows: dict[str, list[tuple[int, float | None, float | None, float | None, int]]] = {}
    days: dict[str, tuple[int, float | None, float | None, float | None, int]] = {}
    digests: dict[str, str] = {}
    left_out: tuple[str, ...] = ()


class Suspicion(Body, frozen=True, kw_only=True):
    """kind `suspicion`, key = kind of cheating: what does not fit in a mine's day, with what a person can follow."""

    mine: str
    day: str
    kind: str
    score: float
    threshold: float
    why_zh: str
    why_en: str
    evidence: tuple[str, ...] = ()
    numbers: dict[str, float] = {}

    @property
    def withdrawn(self) -> bool:
        """Whether facts that came later no longer bear it."""
        return self.score < self.threshold


class Permit(Body, frozen=True, kw_only=True):
    """kind `permit`, key = n of the link: what the audit chain says of a permit, with that link's number and hash.

    `what`: the link's kind; with `at` (µs UTC), `subject`, `actor` and `previous` the link's hash can be made again from here.
    """

    link: int
    link_hash: str
    what: str
    payload: str
    at: int = 0
    subject: str = ""
    actor: str = ""
    previous: str = ""


class Head(Body, frozen=True, kw_only=True):
    """kind `head` (mine ""), key = day: the log as it was signed on a day (ISO date, UTC+8). It speaks of the entry just before its own.

    `n`, `hash`: that entry's; `mines`: how many chains end there (the province's own is one) and `root`: hash of their heads; `public`: the
    signing key, 64 hex digits, `key` its id. `signature` covers all other fields (`fleet.audit.heads`).
    """

    day: str
    n: int
    hash: str
    mines: int
    root: str
    key: str
    public: str
    signature: str = ""


KINDS: dict[str, type[msgspec.Struct]] = {
    "facts": FactSet,
    "profile": Profile,
    "workplace": Workplace,
    "declared": Declared,
    "assessment": Assessment,
    "reported": Reported,
    "target": Target,
    "stage": Stage,
    "verdicts": VerdictSet,
    "pack": PackBody,
    "count": Count,
    "pin": Pin,
    "suspicion": Suspicion,
    "permit": Permit,
    "head": Head,
}
_encoder = msgspec.json.Encoder(order="deterministic")
T = TypeVar("T", bound=msgspec.Struct)


def write(body: msgspec.Struct) -> bytes:
    """Canonical JSON: equal bodies, equal bytes."""
    return _encoder.encode(body)


def read(data: bytes, kind: type[T]) -> T:
    """The body; BadPayload naming the place where it is none."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise BadPayload("fleet", str(error)[:300]) from error
