"""A small real log of the fleet that holds every kind of entry, written by the parts that write it; and hands to forge one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Connection

from console.fleet import chain
from console.fleet.permit_links import copy_permits
from contracts.clock import DAY, HOUR, SECOND
from contracts.facts import Fact, FactSet, Way, write_facts
from contracts.keys import public_of
from fleet import judging
from fleet.audit.form import FORMAT, Header, entry_line, export, header_line, last_line, read_lines, record_of
from fleet.audit.heads import Tails, signed_head
from fleet.audit.link import GENESIS, Record, hash_of
from fleet.bodies import (
    KINDS,
    Assessment,
    Declared,
    Head,
    Level,
    Object,
    Pin,
    Profile,
    Reported,
    Stage,
    Step,
    Suspicion,
    Target,
    Workplace,
    read,
    write,
)
from fleet.packs import load, read_pack
from fleet.packs.pack import Pack
from store.records import audit, fleet_log
from store.records.engine import open_records
from store.records.fleet_log import New

SECRET, FOREIGN = bytes(range(32)), bytes(range(1, 33))
PUBLIC = public_of(SECRET)
FIRST, SECOND_DAY = "2026-11-01", "2026-11-02"
DAYS = (FIRST, SECOND_DAY)
MINES = ("alpha", "beta")
ACTOR = "p-0123456789abcdef"
DOCUMENT = "ab" * 32
SAYS = {"calibration_on_time_rate": 1.0, "must_methane_points_missing": 0.0, "settings_wider_than_table19": 0.0}
WORDS = ("upgrade_done", "organisation_set_up")


def noon(day: str) -> int:
    """µs UTC of noon, UTC+8."""
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()) * SECOND + 4 * HOUR


@cache
def small_pack() -> Pack:
    """The pack in force, with windows of two days."""
    text = load("shanxi-2025").text
    for was, now in (("days: 30", "days: 2"), ("least: 24", "least: 1"), ("threshold: 30", "threshold: 2")):
        assert was in text
        text = text.replace(was, now)
    return read_pack(text.encode())


def facts_of(mine: str, day: str, *, calibrated: float = 1.0, auto_hours: float = 9.0) -> FactSet:
    """A day of a mine that meets everything, but for what is said otherwise."""
    start = noon(day) - 12 * HOUR
    span = (1.0, start, start + DAY, "test@1")
    said = SAYS | {"calibration_on_time_rate": calibrated}
    made = [Fact("systems_running_share", 0.97, *span, subject="kj", evidence=("point:T01",))]
    made += [Fact("face_auto_hours", auto_hours, *span, subject="1101"), Fact("face_producing_hours", 10.0, *span, subject="1101")]
    made += [Fact(name, value, *span, evidence=("point:T01",)) for name, value in said.items()]
    held = {"by": ACTOR, "document": DOCUMENT, "valid_to": "2027-01-01"}
    made += [Fact(name, 1.0, *span, way=Way.DECLARED, evidence=(f"document:{DOCUMENT}",), **held) for name in WORDS]
    return FactSet(mine, day, tuple(sorted(made, key=lambda fact: (fact.name, fact.subject))))


def registered() -> list[New]:
    """What people enter before the first day."""
    entered: list[tuple[str, str, str, msgspec.Struct]] = []
    for mine in MINES:
        entered.append(
            ("profile", mine, "", Profile(mine=mine, name_zh=f"{mine}煤矿", name_en=f"{mine} mine", city="大同", capacity_mt=1.2))
        )
        place = Workplace(mine=mine, id="1101", kind="face", name_zh="1101工作面", name_en="Face 1101", intelligent=True, valid_from=FIRST)
        entered.append(("workplace", mine, "1101", place))
        for name in WORDS:
            said = Declared(
                mine=mine, name=name, value=1.0, valid_from=FIRST, valid_to="2027-01-01", document=DOCUMENT, document_name="文件", by=ACTOR
            )
            entered.append(("declared", mine, f"{name}/", said))
    return [New(kind, mine, "", key, write(body)) for kind, mine, key, body in entered]


def published() -> list[New]:
    """The other two series and the pipeline."""
    notice = Assessment(
        id="n1",
        mine="alpha",
        object=Object.MINE,
        authority="省",
        level=Level.PRIMARY,
        notice_date=FIRST,
        document="晋能源〔2026〕1号",
        by=ACTOR,
    )
    told = Reported(id="r1", date="2024-12-31", total=268, where="press", confidence="seen")
    target = Target(id="t1", year=2026, kind="increment", value=150)
    stage = Stage(project="p1", mine="beta", object=Object.MINE, step=Step.APPLICATION, date=FIRST, by=ACTOR)
    found = [
        ("assessment", "alpha", "n1", notice),
        ("reported", "", "r1", told),
        ("target", "", "t1", target),
        ("stage", "beta", f"p1/{stage.step}", stage),
    ]
    return [New(kind, mine, "", key, write(body)) for kind, mine, key, body in found]


def accused(day: str) -> list[New]:
    """A suspicion and a pin."""
    one = Suspicion(mine="beta", day=day, kind="frozen", score=0.9, threshold=0.5, why_zh="不动", why_en="still", evidence=("point:T01",))
    pin = Pin(
        mine="beta", of="0" * 64, series={"T01": [(noon(day), 0.31, 0), (noon(day) + SECOND, None, 128)]}, span=(noon(day), noon(day) + DAY)
    )
    return [New("suspicion", "beta", day, "frozen", write(one)), New("pin", "beta", day, "suspicion/frozen", write(pin))]


def write_day(db: Connection, day: str, at: int) -> None:
    """Facts, verdicts and the count of a day, then its head, as the centre writes them."""
    calm = {"alpha": facts_of("alpha", day), "beta": facts_of("beta", day, calibrated=0.9)}
    fleet_log.append(db, [New("facts", mine, day, "", write_facts(facts)) for mine, facts in calm.items()], "centre", at)
    when = date.fromisoformat(day)
    if day == SECOND_DAY:
        fleet_log.append(db, accused(day), "centre", at)
    judging.record(db, small_pack(), when, when, "centre", at)
    assert sign(db, at) is not None


def sign(db: Connection, at: int) -> fleet_log.Entry | None:
    """Look at the log and sign its head."""
    done, more = chain.start_of_check(db), True
    while more:
        done, more = chain.checked_on(db, done)
    return chain.sign(db, SECRET, done, at)


def opened(mine: str, point: str, db: Connection) -> None:
    """A link of the audit chain about a permit, and one about something else."""
    audit.append(db, "permit.opened", "permit 3", {"mine": mine, "point": point, "reason": "调校"}, ACTOR, noon(FIRST))
    audit.append(db, "sign_in.in", "person 1", {"way": "password"}, ACTOR, noon(FIRST))


@dataclass(frozen=True)
class Log:
    """The whole log: its entries, and every mine's last one."""

    records: tuple[Record, ...]
    tails: Tails

    def lines(self, only: tuple[str, ...] | None = None) -> list[bytes]:
        """An honest export."""
        head = self.records[-1]
        header = Header(FORMAT, noon("2026-11-03"), "test", head.n, only)
        some = [one for one in self.records if only is None or one.mine in ("", *only)]
        return list(export(SECRET, header, some, head, self.tails, "2026-11-03"))


@cache
def whole_log() -> Log:
    """Two mines, two days, every kind of entry."""
    log = written(lambda _: None)
    assert {one.kind for one in log.records} == set(KINDS)
    return log


def written(more: Callable[[Connection], None]) -> Log:
    """The log of two days, and what `more` writes behind it."""
    records = open_records("sqlite://")
    with records.begin() as db:
        fleet_log.append(db, registered(), ACTOR, noon(FIRST) - DAY)
        opened("alpha", "T01", db)
        copy_permits(db, noon(FIRST))
        fleet_log.append(db, published(), ACTOR, noon(FIRST))
        for day in DAYS:
            write_day(db, day, noon(day) + DAY)
        more(db)
        found = tuple(chain.record_of(entry) for entry in fleet_log.entries(db))
        tails = fleet_log.tails(db)
    records.close()
    return Log(found, tails)


def taken(lines: Iterable[bytes]) -> tuple[Header, list[Record], bytes]:
    """Header, entries and last line of an export."""
    said = list(read_lines(lines))
    header = said[0][2]
    assert isinstance(header, Header)
    return header, [record_of(line) for _, _, line in said[1:-1]], said[-1][1]  # type: ignore[arg-type]


def changed(record: Record, **values: Any) -> Record:
    """The entry with other fields."""
    return replace(record, **values)


def rehashed(
    records: Iterable[Record], secret: bytes | None = None, spoiled: Mapping[int, dict[str, Any]] = MappingProxyType({})
) -> tuple[list[Record], dict[str, tuple[int, str]]]:
    """All numbers, links and hashes made to fit again, also where a body names one; with a key the heads are signed again too.

    `spoiled`: by number, links that are wrong before they are hashed.
    """
    made: list[Record] = []
    tails: dict[str, tuple[int, str]] = {}
    named: dict[bytes, bytes] = {}
    previous = GENESIS
    for n, record in enumerate(records, 1):
        m, mine_previous = tails.get(record.mine, (0, GENESIS))
        one = replace(record, n=n, m=m + 1, previous=previous, mine_previous=mine_previous)
        if one.kind in ("verdicts", "pin"):
            for was, now in named.items():
                one = replace(one, body=one.body.replace(was, now))
        if one.kind == "head" and secret is not None:
            one = replace(one, body=write(signed_head(secret, read(one.body, Head).day, n - 1, previous, tails)))
        one = replace(one, **spoiled.get(n, {}))
        one = replace(one, hash=hash_of(one))
        named[record.hash.encode()] = one.hash.encode()
        previous = one.hash
        tails[one.mine] = (one.m, one.hash)
        made.append(one)
    return made, tails


def forged(
    records: Iterable[Record], secret: bytes, *, heads: bytes | None = None, spoiled: Mapping[int, dict[str, Any]] = MappingProxyType({})
) -> list[bytes]:
    """An export of a log that was made to fit: re-hashed, its heads signed with `heads`, its last line with `secret`."""
    made, tails = rehashed(records, heads, spoiled)
    first = header_line(Header(FORMAT, noon("2026-11-03"), "test", made[-1].n))
    return [first, *map(entry_line, made), last_line(secret, first, made[-1].n, made[-1].hash, "2026-11-03", noon("2026-11-03"), tails)]


def with_body(kind: str, change: Callable[[Any], msgspec.Struct], *, mine: str | None = None, day: str | None = None) -> list[Record]:
    """The log with the newest body of a kind (of a mine, of a day) changed, nothing made to fit."""
    records = list(whole_log().records)
    at = max(i for i, one in enumerate(records) if one.kind == kind and mine in (None, one.mine) and day in (None, one.day))
    records[at] = replace(records[at], body=write(change(read(records[at].body, KINDS[kind]))))
    return records


def other(value: Any) -> Any:
    """Another value of the same sort."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return b'{"x":1}' if value != b'{"x":1}' else b"{}"
    if len(value) == 64:
        return ("0" if value[0] != "0" else "1") + value[1:]
    return f"{value}x"


FIELDS = tuple(field.name for field in fields(Record))
