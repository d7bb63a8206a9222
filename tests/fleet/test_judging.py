"""From the log to verdicts and counts and back, on a real database in memory."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import Connection

from contracts.facts import FactSet, write_facts
from fleet import bodies, judging
from fleet.bodies import Assessment, Count, Level, Object, PackBody, Status, Suspicion, VerdictSet
from fleet.packs import load, read_pack
from store.records import fleet_log
from store.records.engine import open_records
from store.records.fleet_log import Entry, New
from tests.fleet.mines_of import FIRST, day, face, good_days, profile

PACK = load("shanxi-2025")
LAST = FIRST + timedelta(days=29)


@pytest.fixture
def db() -> Iterator[Connection]:
    records = open_records("sqlite://")
    with records.begin() as connection:
        yield connection
    records.close()


def put(db: Connection, *sets: FactSet) -> None:
    fleet_log.append(db, [New("facts", one.mine, one.day, "", write_facts(one)) for one in sets], "test", 1)


def register(db: Connection, *mines: str) -> None:
    new = [New("profile", mine, "", "", bodies.write(profile(mine))) for mine in mines]
    fleet_log.append(db, [*new, *(New("workplace", mine, "", "face-1", bodies.write(face(mine))) for mine in mines)], "test", 1)


def record(db: Connection, first: date = LAST, last: date = LAST) -> judging.Recorded:
    return judging.record(db, PACK, first, last, "test", 2)


def verdicts(db: Connection, mine: str, when: str) -> VerdictSet:
    return bodies.read(entry(db, "verdicts", mine, when).body, VerdictSet)


def entry(db: Connection, kind: str, mine: str, when: str) -> Entry:
    return next(fleet_log.current(db, kind, mine=mine, days=(when, when)))


def count(db: Connection, when: str) -> Count:
    return bodies.read(entry(db, "count", "", when).body, Count)


def test_a_day_is_judged_from_the_log_with_the_hashes_of_its_window(db: Connection) -> None:
    register(db, "m1", "m2")
    put(db, *good_days("m1", range(30)), *good_days("m2", range(30), upgrade_done=0.0))

    done = record(db)

    assert (done.packs, done.verdicts, done.counts, done.corrections) == (1, 2, 1, 0)
    assert (verdicts(db, "m1", day(29)).outcome, verdicts(db, "m2", day(29)).outcome) == (Status.MET, Status.NOT_MET)
    hashes = tuple(found.hash for found in fleet_log.current(db, "facts", mine="m1"))
    assert len(hashes) == PACK.window
    assert verdicts(db, "m1", day(29)).facts == hashes


def test_the_pack_stands_in_the_log_as_it_was_read_and_once(db: Connection) -> None:
    put(db, *good_days("m1", range(30)))
    record(db)
    record(db)

    found = list(fleet_log.current(db, "pack"))

    assert len(found) == 1
    assert read_pack(bodies.read(found[0].body, PackBody).text.encode()) == PACK
    assert [one.kind for one in fleet_log.entries(db)].index("pack") < [one.kind for one in fleet_log.entries(db)].index("verdicts")


def test_nothing_new_is_nothing_written(db: Connection) -> None:
    register(db, "m1")
    put(db, *good_days("m1", range(32)))
    record(db, LAST, LAST + timedelta(days=2))
    before = fleet_log.head(db)

    again = record(db, LAST, LAST + timedelta(days=2))

    assert (again.verdicts, again.counts, again.packs) == (0, 0, 0)
    assert fleet_log.head(db) == before


def test_late_facts_correct_the_days_that_rest_on_them_and_no_others(db: Connection) -> None:
    register(db, "m1", "m2")
    put(db, *good_days("m1", range(60)), *good_days("m2", range(60)))
    record(db, FIRST, FIRST + timedelta(days=59))
    put(db, *good_days("m1", [10], systems_running_share=0.0))

    span = judging.touched(PACK, [day(10)], day(59))
    done = record(db, *span)

    assert span == (FIRST + timedelta(days=10), FIRST + timedelta(days=39))
    assert done.verdicts == 30
    assert verdicts(db, "m1", day(29)).correction == "facts_changed"
    assert verdicts(db, "m1", day(29)).outcome is Status.NOT_MET
    assert verdicts(db, "m1", day(9)).correction == verdicts(db, "m2", day(29)).correction == verdicts(db, "m1", day(40)).correction == ""
    assert record(db, FIRST, FIRST + timedelta(days=59)).verdicts == 0, "the days outside the span are what they were"


def test_days_after_the_newest_are_not_touched() -> None:
    assert judging.touched(PACK, [day(10), day(20)], day(25)) == (FIRST + timedelta(days=10), FIRST + timedelta(days=25))


def test_a_face_registered_later_judges_again_as_a_correction_of_the_register(db: Connection) -> None:
    register(db, "m1")
    put(db, *good_days("m1", range(30)))
    record(db)
    fleet_log.append(db, [New("workplace", "m1", "", "face-2", bodies.write(face("m1", "face-2")))], "test", 3)

    record(db)

    assert verdicts(db, "m1", day(29)).correction == "register_changed"
    assert verdicts(db, "m1", day(29)).outcome is Status.NO_EVIDENCE
    assert count(db, day(29)).correction == "verdicts_changed"


def test_the_count_names_who_meets_and_says_who_is_suspected_beside(db: Connection) -> None:
    register(db, "m1", "m2", "m3")
    put(db, *good_days("m1", range(30)), *good_days("m2", range(30)), *good_days("m3", range(30), upgrade_done=None))
    doubt = Suspicion(mine="m2", day=day(29), kind="frozen", score=9.0, threshold=3.0, why_zh="数值不动", why_en="stands still")
    old = msgspec.structs.replace(doubt, mine="m1", day=day(28))
    fleet_log.append(db, [New("suspicion", one.mine, one.day, one.kind, bodies.write(one)) for one in (doubt, old)], "test", 1)

    record(db)
    said = count(db, day(29))

    assert said.by_evidence["mine"] == {"met": 2, "not_met": 0, "no_evidence": 1}
    assert said.by_evidence["face"] == {"met": 3, "not_met": 0, "no_evidence": 0}
    assert set(said.met) == {"m1", "m2", "m1/face-1", "m2/face-1", "m3/face-1"}
    assert said.suspects == ("m2",), "counted, and named beside the count"
    assert said.officially is None


def test_notices_are_counted_apart_from_evidence(db: Connection) -> None:
    register(db, "m1")
    put(db, *good_days("m1", range(30), upgrade_done=0.0))
    notice = Assessment(
        id="n1", mine="m1", object=Object.MINE, authority="省专班", level=Level.PRIMARY, notice_date=day(3), document="notice"
    )
    fleet_log.append(db, [New("assessment", "m1", day(3), "n1", bodies.write(notice))], "test", 1)

    record(db)

    assert count(db, day(29)).officially == {"mine": {"primary": 1}}
    assert count(db, day(29)).by_evidence["mine"]["met"] == 0


def test_mines_are_judged_in_parts_and_all_of_them(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "AT_ONCE", 2)
    put(db, *(one for mine in ("a", "b", "c") for one in good_days(mine, range(30))))
    register(db, "d")

    found = list(judging.parts(db, PACK, LAST, LAST))

    assert [part.judged.mines for part in found] == [("a", "b"), ("c", "d")]
    assert found[1].judged.status_of("d", LAST) is Status.NO_EVIDENCE
    assert found[1].verdicts("d", LAST).facts == ()
