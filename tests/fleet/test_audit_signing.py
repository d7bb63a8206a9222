"""The log where it lies: what the centre does for its chain by itself, and what it does not sign."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import TypeVar

import pytest
from msgspec.structs import replace as replaced
from sqlalchemy import update

from console.fleet import chain, signing
from console.fleet.chain import BrokenLog
from console.fleet.permit_links import copy_permits
from console.fleet.signing import ChainUpkeep, signed_now
from contracts.clock import DAY, HOUR, ManualClock
from contracts.errors import Retry
from contracts.keys import BadSignature, key_id
from fleet.audit.heads import check_head, root_of
from fleet.audit.link import hash_of, permit_hash
from fleet.audit.verify import verify
from fleet.bodies import Permit, Profile, read, write
from store.memory import MemoryStore
from store.records import audit, fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import FLEET_LOG, New
from tests.fleet.audit_log import FIRST, PUBLIC, SECRET, noon, opened, whole_log

T = TypeVar("T")
MORNING = noon(FIRST) - 4 * HOUR
"""Eight in the morning."""


@pytest.fixture
def records() -> Iterator[Records]:
    made = open_records("sqlite://")
    yield made
    made.close()


def profiles(records: Records, *mines: str) -> None:
    with records.begin() as db:
        new = [New("profile", mine, "", "", write(Profile(mine=mine, name_zh=mine, name_en=mine))) for mine in mines]
        fleet_log.append(db, new, "p-x", MORNING)


async def run(work: Callable[[], T]) -> T:
    return work()


def entries(records: Records, kind: str = "") -> list[fleet_log.Entry]:
    with records.read() as db:
        return [entry for entry in fleet_log.entries(db) if kind in ("", entry.kind)]


def test_the_verifier_makes_the_same_hash_as_the_log_without_sharing_its_code() -> None:
    for record in whole_log().records:
        assert hash_of(record) == record.hash == fleet_log.link_hash(fleet_log.Entry(*(getattr(record, name) for name in record.__slots__)))


def test_the_hashes_are_those_the_documentation_says_made_with_the_standard_library_alone() -> None:
    for line in whole_log().lines()[1:-1]:
        said, body = json.loads(line), line.partition(b',"body":')[2].rpartition(b',"actor":"')[0]
        places = [said[name] for name in ("previous", "mine_previous", "n", "m", "at", "kind", "mine", "day", "key")]
        array = json.dumps([*places, b64encode(body).decode(), said["actor"]], ensure_ascii=False, separators=(",", ":"))
        assert said["hash"] == blake2b(array.encode(), digest_size=32).hexdigest()
        assert json.loads(body) == said["body"]


async def test_a_head_speaks_of_the_entry_before_it_and_of_the_end_of_every_chain(records: Records) -> None:
    profiles(records, "a", "b", "a")

    made = await signed_now(run, records, SECRET, MORNING)

    assert made is not None
    n, head = made
    before = entries(records)
    assert (n, head.n, head.hash, head.mines, head.day, head.key) == (4, 3, before[2].hash, 2, FIRST, key_id(PUBLIC))
    assert head.root == root_of({"a": (2, before[2].hash), "b": (1, before[1].hash)})
    assert check_head(head) == PUBLIC
    for values in ({"n": 2}, {"day": "2026-11-02"}, {"root": "0" * 64}, {"signature": head.signature.upper()}, {"public": "zz"}):
        with pytest.raises(BadSignature):
            check_head(replaced(head, **values))


async def test_an_empty_log_has_no_head(records: Records) -> None:
    assert await signed_now(run, records, SECRET, MORNING) is None


@pytest.mark.parametrize("values", [{"actor": "p-other"}, {"body": b"{}"}, {"hash": "0" * 64}, {"previous": "0" * 64}])
async def test_a_log_changed_where_it_lies_is_not_signed(records: Records, values: dict[str, object]) -> None:
    profiles(records, "a", "b", "c")
    with records.begin() as db:
        db.execute(update(FLEET_LOG).where(FLEET_LOG.c.n == 2).values(values))

    with pytest.raises(BrokenLog, match=r"entry [23]"):
        await signed_now(run, records, SECRET, MORNING)
    assert not entries(records, "head")


async def test_only_what_came_since_the_last_head_is_looked_at_again(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "AT_ONCE", 2)
    profiles(records, *"abcde")
    await signed_now(run, records, SECRET, MORNING)
    seen = list[int]()
    monkeypatch.setattr(chain, "hash_of", lambda record: seen.append(record.n) or record.hash)
    profiles(records, "f")

    await signed_now(run, records, SECRET, MORNING + DAY)

    assert seen == [6, 7]


async def test_what_is_written_meanwhile_is_looked_at_before_it_is_signed(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles(records, "a")
    calls = iter(["b", "c"])
    real = signing._sign

    def late(*given: object) -> list[fleet_log.Entry]:
        for mine in calls:
            profiles(records, mine)
            return real(*given)  # type: ignore[arg-type]
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(signing, "_sign", late)
    made = await signed_now(run, records, SECRET, MORNING)

    assert made is not None
    assert made[1].n == 3


class Upkeep:
    """A centre's, at a time; `well`: whether its records answer."""

    def __init__(self, records: Records) -> None:
        self.clock, self.well = ManualClock(MORNING), True
        self.records = records
        self.parts = ChainUpkeep(records, MemoryStore(), SECRET, self.clock, self.attempt)

    async def attempt(self, work: Callable[[], T]) -> T | None:
        return work() if self.well else None

    async def round(self) -> list[str]:
        await self.parts.round()
        return [entry.day for entry in entries(self.records, "head")]


async def test_the_centre_signs_once_a_day_after_six_and_catches_up_when_it_was_off(records: Records) -> None:
    profiles(records, "a")
    upkeep = Upkeep(records)
    upkeep.clock.advance(-2 * HOUR - 1)
    assert await upkeep.round() == []
    upkeep.clock.advance(1)
    assert await upkeep.round() == [FIRST]
    upkeep.clock.advance(10 * HOUR)
    assert await upkeep.round() == [FIRST]
    upkeep.clock.advance(3 * DAY)
    assert await upkeep.round() == [FIRST, "2026-11-04"]


async def test_records_that_do_not_answer_and_a_broken_log_are_no_reason_to_end(records: Records) -> None:
    profiles(records, "a")
    upkeep = Upkeep(records)
    upkeep.well = False
    assert await upkeep.round() == []
    with pytest.raises(Retry):
        await upkeep.parts._run(lambda: 1)
    upkeep.well = True
    with records.begin() as db:
        db.execute(update(FLEET_LOG).values(actor="p-other"))
    assert await upkeep.round() == []


def test_permits_are_copied_once_in_order_and_with_all_their_hash_is_made_of(records: Records) -> None:
    with records.begin() as db:
        fleet_log.append(db, [New("profile", "east", "", "", write(Profile(mine="east", name_zh="x", name_en="x", zone_hours=14)))], "p", 1)
        for mine in ("north", "east"):
            opened(mine, "T01", db)
        assert copy_permits(db, MORNING) is False
        assert copy_permits(db, MORNING) is False
        opened("north", "T02", db)
        copy_permits(db, MORNING)

    found = entries(records, "permit")
    assert [(one.mine, one.key, one.day) for one in found] == [("north", "1", FIRST), ("east", "3", FIRST), ("north", "5", FIRST)]
    with records.read() as db:
        links = {link.n: link for link in audit.links(db)}
    for entry in found:
        body = read(entry.body, Permit)
        assert body.link_hash == links[body.link].hash == permit_hash(body)
        assert (body.what, body.subject, body.actor) == ("permit.opened", "permit 3", links[body.link].actor)


def test_a_copy_that_broke_off_goes_on_where_it_was(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.fleet.permit_links.AT_ONCE", 3)
    with records.begin() as db:
        for _ in range(4):
            opened("north", "T01", db)
    with records.engine.connect() as db:
        copy_permits(db, MORNING)
        db.rollback()
    more = True
    while more:
        with records.begin() as db:
            more = copy_permits(db, MORNING)

    assert [one.key for one in entries(records, "permit")] == ["1", "3", "5", "7"]


def test_what_the_centre_signed_holds_for_an_outsider() -> None:
    report = verify(whole_log().lines(), {PUBLIC})

    assert report.holds
    assert (report.first_head, report.last_head) == ("2026-11-02", "2026-11-03")
