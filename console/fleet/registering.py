"""What people enter into the fleet's log: checked, then appended, with a link in the audit chain. People stand there as pseudonyms.

Nothing is rewritten: what stands already is replaced only by an entry that says why (`correction`).
"""

import math
import re
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import msgspec
from sqlalchemy import Connection

from console.fleet import registers
from contracts.clock import DAY, HOUR
from contracts.errors import BadConfig, GiveUp
from contracts.facts import CITIES, FACTS
from contracts.identifiers import FORM, is_identifier
from contracts.topics import check_id
from fleet import packs, programme
from fleet.bodies import Assessment, Body, Declared, Object, Profile, Reported, Stage, Target, Workplace, write
from fleet.series.official import duplicate_of
from fleet.series.pipeline import out_of_order
from store.records import audit, fleet_log
from store.records.audit import pseudonym
from store.records.fleet_log import New

GAS_CLASSES = ("low", "high", "high+burst", "outburst")
"""低瓦斯, 高瓦斯, 高瓦斯且有冲击地压危险, 煤与瓦斯突出 (the rows of Table 19 ask for it)."""
WORKPLACES = ("face", "heading")
"""采煤工作面, 掘进工作面."""
LONGEST_TEXT = 300
LONGEST_PRESS = 1_000
"""A source in the press is often several places; a note explains what does not fit."""
_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
EPOCH_DAY = date(1970, 1, 1).toordinal()


class NotEntered(GiveUp):
    """What somebody wanted to enter is refused: which field, what stood there, what is allowed. `clash`: it does not fit what stands."""

    def __init__(self, field: str, value: object, allowed: str, *, clash: bool = False) -> None:
        super().__init__(f"{field} = {value!r} is refused; allowed: {allowed}")
        self.field, self.value, self.allowed, self.clash = field, value, allowed, clash


@dataclass(frozen=True, slots=True)
class Deed:
    """Who enters it, when (µs UTC)."""

    name: str
    now: int

    @property
    def actor(self) -> str:
        return pseudonym(self.name)


def enter_profile(db: Connection, body: Profile, deed: Deed) -> int:
    """A mine, or a washery by itself; the number of its entry."""
    _id("mine", body.mine)
    _text("name_zh", body.name_zh)
    _text("name_en", body.name_en)
    if body.city and body.city not in CITIES:
        raise NotEntered("city", body.city, ", ".join(CITIES))
    if body.object is Object.FACE:
        raise NotEntered("object", str(body.object), "mine, washery: a face is a workplace of its mine")
    _gas_class(body.gas_class)
    _identifier(body.identifier)
    for field in ("capacity_mt", "depth_m"):
        _positive(field, getattr(body, field))
    if not -12 <= body.zone_hours <= 14:
        raise NotEntered("zone_hours", body.zone_hours, "-12 to 14")
    return _enter(db, "profile", body.mine, "", body, deed)


def enter_workplace(db: Connection, body: Workplace, deed: Deed) -> int:
    """A face or heading of a registered mine."""
    _registered(db, body.mine)
    _key("id", body.id)
    if body.kind not in WORKPLACES:
        raise NotEntered("kind", body.kind, ", ".join(WORKPLACES))
    _text("name_zh", body.name_zh)
    _text("name_en", body.name_en)
    _gas_class(body.gas_class)
    _identifier(body.identifier)
    _positive("length_m", body.length_m)
    _span(body.valid_from, body.valid_to)
    return _enter(db, "workplace", body.mine, body.id, msgspec.structs.replace(body, by=deed.actor), deed)


def _identifier(text: str) -> None:
    if text and not is_identifier(text):
        raise NotEntered("identifier", text[:160], FORM)


def enter_declared(db: Connection, body: Declared, deed: Deed) -> int:
    """A fact by a person's word: with the document it rests on, and the days it holds."""
    _registered(db, body.mine)
    if body.name not in FACTS:
        raise NotEntered("name", body.name, ", ".join(FACTS))
    if body.subject:
        _key("subject", body.subject)
    if not math.isfinite(body.value):
        raise NotEntered("value", body.value, "a number")
    _span(body.valid_from, body.valid_to, end_needed=True)
    _sha256("document", body.document)
    _text("document_name", body.document_name)
    return _enter(db, "declared", body.mine, f"{body.name}/{body.subject}", msgspec.structs.replace(body, by=deed.actor), deed)


def enter_assessment(db: Connection, body: Assessment, deed: Deed) -> int:
    """An official assessment, from its public notice. The same notice twice is refused, by whatever id."""
    body = msgspec.structs.replace(body, id=body.id or notice_id(body), by=deed.actor)
    check_assessment(db, body, deed)
    return _enter(db, "assessment", body.mine, body.id, body, deed)


def check_assessment(db: Connection, body: Assessment, deed: Deed) -> None:
    """NotEntered for a notice that cannot stand."""
    found = _registered(db, body.mine)
    _key("id", body.id)
    if body.object is Object.FACE and not body.subject:
        raise NotEntered("subject", "", "which face of the mine")
    if body.object is Object.MINE and (body.subject or found.object is not Object.MINE):
        raise NotEntered("subject", body.subject or found.object, "nothing: the whole mine is assessed, and it is registered as a mine")
    if body.subject:
        _key("subject", body.subject)
    _text("authority", body.authority)
    _text("document", body.document)
    if body.document_sha256:
        _sha256("document_sha256", body.document_sha256)
    if body.rule and body.rule not in packs.names():
        raise NotEntered("rule", body.rule, f"empty, or one of {', '.join(packs.names())}")
    _past("notice_date", body.notice_date, found, deed)
    _span(body.notice_date, body.valid_to, first="notice_date")
    if body.revoked:
        _span(body.notice_date, body.revoked, first="notice_date", last="revoked")
        _past("revoked", body.revoked, found, deed)
    others = registers.bodies(registers.assessments(db, body.mine))
    if same := duplicate_of(body, others):
        raise NotEntered("notice_date", body.notice_date, f"another notice: this one stands as {same.id} ({same.document})", clash=True)
    if body.id != notice_id(body) and _id_elsewhere(db, body):  # an id that is made names its mine
        raise NotEntered("id", body.id, "an id no other mine's notice has", clash=True)


def enter_stage(db: Connection, body: Stage, deed: Deed) -> int:
    """A step of a project, with what holds it up. Steps of one project are of one object and go forward in time."""
    found = _registered(db, body.mine)
    _key("project", body.project)
    if body.subject:
        _key("subject", body.subject)
    _past("date", body.date, found, deed)
    for field in ("authority", "blocker"):
        if len(getattr(body, field)) > LONGEST_TEXT:
            raise NotEntered(field, getattr(body, field)[:40], f"at most {LONGEST_TEXT} characters")
    others = [one for one in registers.bodies(registers.stages(db, body.mine)) if one.project == body.project]
    if wrong := next((one for one in others if (one.object, one.subject) != (body.object, body.subject)), None):
        raise NotEntered("object", body.object, f"that of the project: {wrong.object} {wrong.subject}".strip(), clash=True)
    if late := out_of_order(others, body):
        raise NotEntered("date", body.date, f"a date that fits {late.step} on {late.date}", clash=True)
    return _enter(db, "stage", body.mine, f"{body.project}/{body.step}", msgspec.structs.replace(body, by=deed.actor), deed)


def enter_reported(db: Connection, body: Reported, deed: Deed) -> int:
    """A total told by the press: no assessment, and of no mine."""
    _key("id", body.id)
    if why := programme.faulty_report(body):
        raise NotEntered(why.partition(":")[0].partition(" ")[0], body.date, why)
    for field in ("where", "note", "note_zh"):
        if len(getattr(body, field)) > LONGEST_PRESS:
            raise NotEntered(field, getattr(body, field)[:40], f"at most {LONGEST_PRESS} characters")
    return _enter(db, "reported", "", body.id, body, deed)


def enter_target(db: Connection, body: Target, deed: Deed) -> int:
    """A target of the programme, with its source."""
    _key("id", body.id)
    if why := programme.faulty_target(body):
        raise NotEntered(why.partition(":")[0].partition(" ")[0], body.id, why)
    if not 2000 <= body.year <= 2100:
        raise NotEntered("year", body.year, "2000 to 2100")
    return _enter(db, "target", "", body.id, body, deed)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading the programme's file: entered, standing already, standing otherwise (ids; nothing was done to these)."""

    entered: tuple[str, ...]
    already: tuple[str, ...]
    differs: tuple[str, ...]


def load_series(db: Connection, deed: Deed, correction: str = "") -> Loaded:
    """The programme that comes with the product, into the log; twice changes nothing. What stands otherwise is replaced only where
    `correction` says why."""
    entered, already, differs = [], [], []
    file = programme.shanxi()
    wanted: list[tuple[str, Reported | Target]] = [
        *(("target", one) for one in file.targets),
        *(("reported", one) for one in file.reported),
    ]
    for kind, one in wanted:
        there = registers.newest(db, kind, "", one.id)
        if there is not None and bare(there[1]) == one:
            already.append(one.id)
        elif there is not None and not correction:
            differs.append(one.id)
        else:
            body = one if there is None else msgspec.structs.replace(one, correction=correction)
            _enter(db, kind, "", one.id, body, deed)
            entered.append(one.id)
    return Loaded(tuple(entered), tuple(already), tuple(differs))


def notice_id(body: Assessment) -> str:
    """An id for a notice that has none: of what it says, so that the same notice gets the same."""
    said = [body.object, body.mine, body.subject, body.level, body.notice_date, body.authority, body.document]
    return f"{body.notice_date}-{blake2b(msgspec.json.encode(said), digest_size=6).hexdigest()}"


def bare(body: Body) -> Body:
    """Without what says why it replaced another."""
    return msgspec.structs.replace(body, correction="")


def today(zone_hours: int, now: int) -> str:
    """The mine's own day, as ISO date."""
    return date.fromordinal(EPOCH_DAY + (now + zone_hours * HOUR) // DAY).isoformat()


def _enter(db: Connection, kind: str, mine: str, key: str, body: Body, deed: Deed) -> int:
    """Append it, and a link to it in the audit chain. What stands already needs a correction; what does not cannot be corrected."""
    there = registers.newest(db, kind, mine, key)
    if there is None and body.correction:
        raise NotEntered("correction", body.correction, "empty: nothing stands there that could be corrected", clash=True)
    if there is not None and bare(there[1]) == bare(body):
        raise NotEntered("correction", body.correction, f"another text: entry {there[0]} says the same", clash=True)
    if there is not None and not body.correction.strip():
        raise NotEntered("correction", "", f"why entry {there[0]} is replaced", clash=True)
    if len(body.correction) > LONGEST_TEXT:
        raise NotEntered("correction", body.correction[:40], f"at most {LONGEST_TEXT} characters")
    [entry] = fleet_log.append(db, [New(kind, mine, "", key, write(body))], deed.actor, deed.now)
    facts = {"n": entry.n, "hash": entry.hash, "mine": mine, "key": key, "correction": body.correction}
    audit.append(db, f"fleet.{kind}", f"entry {entry.n}", facts, deed.actor, deed.now)
    return entry.n


def _registered(db: Connection, mine: str) -> Profile:
    _id("mine", mine)
    found = registers.profile(db, mine)
    if found is None:
        raise NotEntered("mine", mine, "a registered mine: enter its profile first")
    return found.body


def _id_elsewhere(db: Connection, body: Assessment) -> bool:
    return any(one.body.mine != body.mine for one in registers.kept(db, "assessment", Assessment, key=body.id))


def _id(field: str, value: str) -> None:
    try:
        check_id(field, value)
    except BadConfig as error:
        raise NotEntered(field, value, error.allowed) from error


def _key(field: str, value: str) -> None:
    if not _KEY.match(value):
        raise NotEntered(field, value, "1 to 50 of A-Z a-z 0-9 . _ -, the first a letter or digit")


def _text(field: str, value: str) -> None:
    if not value.strip() or len(value) > LONGEST_TEXT:
        raise NotEntered(field, value[:40], f"words, at most {LONGEST_TEXT} characters")


def _gas_class(value: str) -> None:
    if value and value not in GAS_CLASSES:
        raise NotEntered("gas_class", value, f"empty (not stated), {', '.join(GAS_CLASSES)}")


def _positive(field: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise NotEntered(field, value, "more than 0, or nothing where it is not known")


def _sha256(field: str, value: str) -> None:
    if not _SHA256.match(value):
        raise NotEntered(field, value[:70], "the SHA-256 of the document: 64 hex digits, lower case")


def day_of(field: str, value: str) -> str:
    """The ISO date itself, or NotEntered."""
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise NotEntered(field, value, "a date such as 2024-12-31")


def _span(start: str, end: str, *, first: str = "valid_from", last: str = "valid_to", end_needed: bool = False) -> None:
    day_of(first, start)
    if end or end_needed:
        day_of(last, end)
        if end < start:
            raise NotEntered(last, end, f"not before {first} {start}")


def _past(field: str, value: str, mine: Profile, deed: Deed) -> None:
    """A notice or a step that has not happened yet is none."""
    if day_of(field, value) > today(mine.zone_hours, deed.now):
        raise NotEntered(field, value, f"not after today ({today(mine.zone_hours, deed.now)})")
