"""The records database: one transaction, one truth, whichever database is below (in memory, in a file, reopened)."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from store.records import counters, marks
from store.records.engine import Records, open_records


def test_a_failed_transaction_leaves_nothing(records: Records) -> None:
    def broken() -> None:
        with records.begin() as db:
            marks.set(db, "a", "1")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    with records.read() as db:
        assert marks.get(db, "a") is None


def test_marks_hold_the_value_last_set(records: Records) -> None:
    with records.begin() as db:
        marks.set(db, "a", "1")
        marks.set(db, "b", "矿")
        marks.set(db, "a", "2")
    with records.read() as db:
        assert (marks.get(db, "a"), marks.get(db, "b"), marks.get(db, "c")) == ("2", "矿", None)


def test_counters_add_up_by_gateway_day_and_word(records: Records) -> None:
    with records.begin() as db:
        for n in (1, 4):
            counters.add(db, "north/gw1", 0, "duplicate", n)
        counters.add(db, "north/gw1", 0, "conflict")
        counters.add(db, "north/gw1", 86_400_000_000, "duplicate")
        counters.add(db, "north/gw2", 0, "duplicate")
        assert counters.of(db, "north/gw1", 0) == {"duplicate": 5, "conflict": 1}
        assert counters.of(db, "south/gw1", 0) == {}


def test_a_database_remembers(database: str) -> None:
    for n in range(1, 4):
        records = open_records(database)
        with records.begin() as db:
            counters.add(db, "north/gw1", 0, "duplicate")
            assert counters.of(db, "north/gw1", 0) == {"duplicate": n}
        records.close()


def test_readers_and_a_writer_do_not_wait_for_each_other(database: str) -> None:
    records = open_records(database)
    with records.begin() as writing:
        marks.set(writing, "a", "1")
        with records.read() as reading:
            assert marks.get(reading, "a") is None
    with records.read() as reading:
        assert marks.get(reading, "a") == "1"
        with records.begin() as writing:
            marks.set(writing, "a", "2")
        assert marks.get(reading, "a") == "1"
    records.close()


def test_writers_take_turns(database: str) -> None:
    records = open_records(database)

    def count() -> None:
        for _ in range(20):
            with records.begin() as db:
                counters.add(db, "north/gw1", 0, "duplicate")

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with records.read() as db:
        assert counters.of(db, "north/gw1", 0) == {"duplicate": 60}
    records.close()


def test_a_second_opening_finds_the_tables_there(database: str) -> None:
    first, second = open_records(database), open_records(database)
    with first.begin() as db:
        marks.set(db, "a", "1")
    with second.read() as db:
        assert marks.get(db, "a") == "1"
    first.close()
    second.close()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        open_records(f"sqlite:///{tmp_path / 'missing' / 'records.sqlite'}")
