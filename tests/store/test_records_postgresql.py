"""What must hold where two connections write PostgreSQL at once, and what it would refuse that SQLite takes."""

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from contracts.errors import BadConfig
from store.records import alarms, audit, counters, deadletters, gateways, items, marks
from store.records.engine import Records, engine_of, open_records
from tests.store.postgres import a_schema

pytestmark = pytest.mark.servers


@pytest.fixture
def address(postgres: str) -> Iterator[str]:
    with a_schema(postgres) as found:
        yield found


@pytest.fixture
def two(address: str) -> Iterator[tuple[Records, Records]]:
    first, second = open_records(address), open_records(address)
    yield first, second
    first.close()
    second.close()


def at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def an_alarm(**changes: Any) -> dict[str, Any]:
    words = {column.name: "" for column in alarms.ALARMS.c if column.type.python_type is str}
    zeros = dict.fromkeys(("raised_at", "since", "changed", "created", "last_change"), 0)
    flags = {column.name: False for column in alarms.ALARMS.c if column.type.python_type is bool}
    return {**words, **zeros, **flags, "open": True, "mine": "m1", "subject": "T01", "rule": "limit", **changes}


def test_of_two_that_change_one_alarm_at_one_version_one_does(two: tuple[Records, Records]) -> None:
    with two[0].begin() as db:
        number = alarms.new_alarm(db, an_alarm())
    changed: list[bool] = []

    def change(records: Records) -> None:
        with records.begin() as db:
            changed.append(alarms.change_alarm(db, number, 1, {"acknowledged": True}))

    at_once(lambda: change(two[0]), lambda: change(two[1]))
    assert sorted(changed) == [False, True]


def test_compare_and_set_holds_without_the_writer_s_lock(two: tuple[Records, Records]) -> None:
    """A program that writes past `Records.begin` waits for the row, and finds its version gone."""
    with two[0].begin() as db:
        number = alarms.new_alarm(db, an_alarm())
    changed: list[bool] = []

    def later() -> None:
        with two[1].engine.connect().execution_options(reading=True) as db:
            changed.append(alarms.change_alarm(db, number, 1, {"acknowledged": True}))
            db.commit()

    with two[0].begin() as db:
        assert alarms.change_alarm(db, number, 1, {"cut": True})
        thread = threading.Thread(target=later)
        thread.start()
    thread.join(30)
    assert changed == [False]


def test_a_key_has_one_open_alarm(two: tuple[Records, Records]) -> None:
    ends: list[str] = []

    def raise_it(records: Records) -> None:
        try:
            with records.begin() as db:
                alarms.new_alarm(db, an_alarm())
            ends.append("new")
        except IntegrityError:
            ends.append("there")

    at_once(lambda: raise_it(two[0]), lambda: raise_it(two[1]))
    assert sorted(ends) == ["new", "there"]
    with two[0].begin() as db:
        alarms.new_alarm(db, an_alarm(open=False))


def test_two_that_append_to_the_audit_chain_leave_one_chain(two: tuple[Records, Records]) -> None:
    def write(records: Records, actor: str) -> None:
        for n in range(15):
            with records.begin() as db:
                audit.append(db, "permit", "T01", {"n": n}, actor, n)
                counters.add(db, "north/gw1", 0, "duplicate")

    at_once(lambda: write(two[0], "a"), lambda: write(two[1], "b"))
    with two[0].read() as db:
        found = audit.links(db)
        audit.verify(found)
        assert (len(found), counters.of(db, "north/gw1", 0)) == (30, {"duplicate": 30})


def test_two_that_open_an_empty_database_make_the_tables_once(address: str) -> None:
    opened: list[Records] = []
    at_once(*[lambda: opened.append(open_records(address))] * 3)
    assert len(opened) == 3
    for records in opened:
        records.close()


def test_a_server_that_went_away_and_came_back_is_found_again(two: tuple[Records, Records], postgres: str) -> None:
    with two[0].begin() as db:
        marks.set(db, "a", "1")
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
    with two[0].begin() as db:
        assert marks.get(db, "a") == "1"


def test_what_a_gateway_sends_cannot_hold_up_the_line(two: tuple[Records, Records]) -> None:
    """Long names, NUL in them, and numbers JSON does not have: all are kept."""

    def kept(db: Connection) -> None:
        letter = {
            "gateway": "north/gw1",
            "topic": "t",
            "payload": b"\0\xff",
            "received": 1,
            "epoch": "e\0" + "x" * 90,
            "seq": 1,
            "digest": (1 << 64) - 1,
        }
        number = deadletters.put(db, **letter, reason="r" * 80, detail="a\0b")
        found = deadletters.get(db, number)
        assert found is not None
        assert (found.payload, found.epoch, found.digest, found.detail) == (b"\0\xff", "e\u2400" + "x" * 90, (1 << 64) - 1, "a\u2400b")
        assert items.hold(db, "north/gw1", "e\0", "event", 0, 7, 1, 1, False, "event")
        assert items.digest_of(db, "north/gw1", "e\0", 0, "event") == 7
        gateways.heard(db, "a" * 40 + "/" + "b" * 40, 1)
        numbers = {"rise": math.nan, "peak": math.inf, "float": 1.5}
        step = {column.name: "" for column in alarms.TRANSITIONS.c if column.type.python_type is str} | dict.fromkeys(
            ("at", "time", "decided", "received", "quality"), 0
        )
        number = alarms.new_alarm(db, an_alarm(subject="m" * 81, clause="c" * 300))
        told = alarms.add_transition(db, {**step, "alarm_id": number, "unverified": False, "numbers": numbers})
        assert repr(told.numbers) == repr(numbers)

    with two[0].begin() as db:
        kept(db)


@pytest.mark.parametrize("address", ["mysql://u@h/d", "no address", "postgresql//"])
def test_an_address_of_another_database_is_refused(address: str) -> None:
    with pytest.raises(BadConfig, match="records"):
        engine_of(address)
