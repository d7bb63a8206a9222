"""Days judged anew and held against the log: what stands there is the same, what was changed is named, whoever judges."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.facts import write_facts
from fleet import bodies, judging
from fleet import recheck as rechecking
from fleet.bodies import Status, VerdictSet
from fleet.packs import load
from fleet.recheck import Recheck, recheck
from store.records import fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import New
from tests.fleet.mines_of import FIRST, day, good_days

PACK = load("shanxi-2025")
LAST = FIRST + timedelta(days=31)
SPAN = (FIRST + timedelta(days=29), LAST)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'records.sqlite'}"


@pytest.fixture
def records(address: str) -> Iterator[Records]:
    """Three mines of which one falls short, judged and written."""
    records = open_records(address)
    sets = [*good_days("a", range(32)), *good_days("b", range(32), upgrade_done=0.0), *good_days("c", range(32))]
    with records.begin() as db:
        fleet_log.append(db, [New("facts", one.mine, one.day, "", write_facts(one)) for one in sets], "test", 1)
        judging.record(db, PACK, *SPAN, "test", 2)
    yield records
    records.close()


def test_what_stands_in_the_log_is_made_again_the_same(records: Records, address: str) -> None:
    done = recheck(records, address, PACK, *SPAN, 1)

    assert (done.sets, done.same, done.absent, done.differ) == (9, 9, 0, [])
    assert done.days == {day(ahead): {"met": 2, "not_met": 1, "no_evidence": 0, "open": 0} for ahead in (29, 30, 31)}


def test_a_verdict_that_says_otherwise_is_named(records: Records, address: str) -> None:
    with records.begin() as db:
        stands = bodies.read(next(fleet_log.current(db, "verdicts", mine="b", days=(day(30), day(30)))).body, VerdictSet)
        forged = replace(stands, outcome=Status.MET, correction="a friend asked")
        fleet_log.append(db, [New("verdicts", "b", day(30), PACK.id, bodies.write(forged))], "test", 3)

    assert recheck(records, address, PACK, *SPAN, 1).differ == [("b", day(30))]


def test_what_was_never_written_or_by_another_text_is_absent(records: Records, address: str) -> None:
    other = replace(PACK, hash="0" * 16)

    assert recheck(records, address, PACK, SPAN[0] - timedelta(days=1), LAST, 1).absent == 3
    assert recheck(records, address, other, *SPAN, 1).absent == 9


def test_parts_of_mines_add_up(records: Records, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recheck(records, address, PACK, *SPAN, 1)
    monkeypatch.setattr(rechecking, "AT_ONCE", 1)

    assert recheck(records, address, PACK, *SPAN, 1) == whole
    assert Recheck().days == {}


@pytest.mark.servers
def test_several_processes_say_the_same_as_one(records: Records, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recheck(records, address, PACK, *SPAN, 1)
    monkeypatch.setattr(rechecking, "AT_ONCE", 1)

    assert recheck(records, address, PACK, *SPAN, 2) == whole
