"""The control room's book in the records: only added to, read page by page, on every database."""

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from store.records import alarm_tables, alarms, duty, duty_feed, reports
from store.records.engine import Records, open_records

GIVEN = dict.fromkeys(("shift_zh", "shift_en", "next_zh", "next_en", "given_by", "words", "frozen"), "x")
REPORT = {"mine": "north", "kind": "daily", "day": "2026-11-30", "turn": -1, "start": 0, "end": 9, "made": 9, "by": "x", "reason": ""}


@pytest.fixture
def records(database: str) -> Iterator[Records]:
    opened = open_records(database)
    yield opened
    opened.close()


def alarm(records: Records, mine: str, raised: int, changed: int, *, active: bool = False) -> int:
    """An alarm of a mine in the table."""
    flags = dict.fromkeys(alarm_tables.FLAGS, False) | {"active": active}
    texts = dict.fromkeys((*alarm_tables.NAMES, *alarm_tables.TEXTS), "")
    times = {"raised_at": raised, "since": raised, "changed": changed, "created": raised, "last_change": changed}
    key = {"mine": mine, "gateway": f"{mine}/gw1", "subject": "T01", "rule": f"limit.{raised}", "state": "normal", "priority": 0}
    with records.begin() as db:
        return alarms.new_alarm(db, flags | texts | times | key)


def step(records: Records, alarm_id: int, at: int, change: str = "raise") -> int:
    """A transition of it."""
    texts = dict.fromkeys(("before", "after", "reason", "by", "detail", "clause", "text_zh", "text_en"), "")
    times = {"at": at, "time": at, "decided": at, "received": at}
    with records.begin() as db:
        facts = {"alarm_id": alarm_id, "change": change, "quality": 0, "unverified": False, "numbers": {}, "value": None, "limit": None}
        return alarms.add_transition(db, facts | texts | times).id


def test_entries_are_read_newest_first_and_page_by_page(records):
    with records.begin() as db:
        rows = [duty.write(db, "north", "note", f"{n}", 10 + n // 2, by="x") for n in range(6)]
        duty.write(db, "south", "note", "other", 11)
    with records.read() as db:
        first = duty.entries(db, "north", 0, 99, 4)
        rest = duty.entries(db, "north", 0, 99, 4, (first[-1].at, first[-1].id))
        assert [row.id for row in first + rest] == [row.id for row in rows[::-1]]
        assert [row.words for row in duty.entries(db, "north", 11, 12, 9)] == ["3", "2"]
        assert duty.entries(db, "north", 0, 99, 9, kinds=("report",)) == []
        assert duty.entry(db, rows[0].id) == rows[0]


def test_what_happened_is_of_the_mine_and_the_span_it_was_written_in(records):
    ours, others = alarm(records, "north", 10, 20), alarm(records, "south", 10, 20)
    told = [step(records, ours, at) for at in (10, 20, 20, 30)]
    step(records, others, 20)
    with records.read() as db:
        assert [one.id for one in duty_feed.happenings(db, "north", 10, 30, 9)] == told[2::-1]
        assert [one.id for one in duty_feed.happenings(db, "north", 0, 99, 9, (20, told[2]))] == told[1::-1]
        assert duty_feed.happenings(db, "south", 0, 20, 9) == []


def test_an_alarm_touches_a_span_where_its_condition_does(records):
    over, long, still = alarm(records, "north", 10, 20), alarm(records, "north", 5, 90), alarm(records, "north", 30, 30, active=True)
    with records.read() as db:
        assert [row.id for row in duty_feed.touching(db, "north", 25, 29)] == [long]
        assert [row.id for row in duty_feed.touching(db, "north", 20, 31)] == [long, over, still]
        assert [row.id for row in duty_feed.touching(db, "north", 95, 99)] == [still]


def test_steps_are_found_of_many_alarms_at_once(records):
    ids = [alarm(records, "north", n + 1, n + 2) for n in range(3)]
    wanted = step(records, ids[1], 7, "report")
    step(records, ids[1], 8, "raise")
    with records.read() as db:
        found = duty_feed.steps_of(db, [*ids, *range(5_000, 6_000)], ("report",))
    assert {key: [one.id for one in steps] for key, steps in found.items()} == {ids[1]: [wanted]}


def test_shifts_are_those_in_force_at_the_time(records):
    with records.begin() as db:
        assert duty.shifts_of(db, "north", 10) is None
        duty.set_shifts(db, "north", "one", "x", 10)
        duty.set_shifts(db, "north", "two", "x", 20)
        assert [duty.shifts_of(db, "north", at) for at in (5, 10, 19, 20, 99)] == ["one", "one", "one", "two", "two"]
        assert duty.shifts_of(db, "south", 99) is None


def test_a_handover_is_taken_once(records):
    facts = GIVEN | {"mine": "north", "start": 0, "end": 5, "given_at": 5, "hash": "0" * 64}
    with records.begin() as db:
        row = duty.give(db, facts)
        later = duty.give(db, facts | {"given_at": 9})
        assert duty.take(db, row.id, "y", "", 6)
        assert not duty.take(db, row.id, "z", "", 7)
        taken = duty.handover(db, row.id)
        assert (taken.taken_by, taken.taken_at) == ("y", 6)
        assert [one.id for one in duty.handovers(db, "north", 9)] == [later.id, row.id]
        assert [one.id for one in duty.handovers(db, "north", 9, start=6)] == [later.id]
        assert [one.id for one in duty.handovers(db, "north", 9, before_id=later.id)] == [row.id]


def test_a_version_is_frozen_once_and_reviewed_once_by_each_office(records):
    with records.begin() as db:
        first = reports.freeze(db, REPORT | {"version": 1, "content": "{}", "hash": "1" * 64})
        reports.review(db, first.id, "chief_engineer", "x", "", 10)
        assert reports.reviewed_days(db, "north", "daily", "2026-11-01") == {"2026-11-30": {"chief_engineer"}}
        second = reports.freeze(db, REPORT | {"version": 2, "content": "{}", "hash": "2" * 64, "reason": "late data"})
        assert reports.versions(db, "north", "daily", "2026-11-30", -1) == [second, first]
        assert reports.reviewed_days(db, "north", "daily", "2026-11-01") == {"2026-11-30": set()}
        assert reports.reviewed_days(db, "north", "daily", "2026-12-01") == {}
    with pytest.raises(IntegrityError), records.begin() as db:
        reports.freeze(db, REPORT | {"version": 2, "content": "{}", "hash": "3" * 64})
    with pytest.raises(IntegrityError), records.begin() as db:
        reports.review(db, first.id, "chief_engineer", "y", "", 11)
