"""People, PINs and sessions in the records."""

import pytest

from contracts.errors import BadConfig
from store.records import audit, erasure, findings, people, sessions
from store.records.engine import Records, declared
from store.records.findings import Remark
from store.records.sessions import Failed, Session

NOW = 1_800_000_000_000_000


def test_a_person_comes_back_as_added_and_a_login_is_had_by_one(records: Records) -> None:
    with records.begin() as db:
        added = people.add(db, "li", "李工", "engineer", NOW, ["south", "north", "north"], phone="139", password="$argon2id$x")

        assert people.of(db, added.id) == people.by_login(db, "li") == added
        assert (added.mines, added.lang, added.active, added.phone) == (("north", "south"), "zh", True, "139")
        assert people.listing(db) == [added]
        with pytest.raises(BadConfig, match="a login nobody has"):
            people.add(db, "li", "another", "admin", NOW)


def test_a_claim_names_one_person_or_nobody(records: Records) -> None:
    with records.begin() as db:
        people.add(db, "none", "n", "admin", NOW)
        one = people.add(db, "li", "李工", "engineer", NOW, claim="li@mine")

        assert people.by_claim(db, "li@mine") == one
        assert people.by_claim(db, "") is None
        people.add(db, "wang", "王工", "engineer", NOW, claim="li@mine")
        assert people.by_claim(db, "li@mine") is None


def test_a_pin_is_had_by_one_person_of_a_mine_and_by_others_elsewhere(records: Records) -> None:
    with records.begin() as db:
        first, second = (people.add(db, login, login, "dispatcher", NOW, ["north", "south"]) for login in ("a", "b"))

        assert people.set_pin(db, "north", first.id, "h1")
        assert not people.set_pin(db, "north", second.id, "h1")
        assert people.set_pin(db, "south", second.id, "h1")
        assert people.pin_holder(db, "north", "h1") == first
        assert people.pin_holder(db, "south", "h1") == second
        assert people.set_pin(db, "north", first.id, "h2")
        assert people.pin_holder(db, "north", "h1") is None
        assert (people.pins_of(db, first.id), people.pins_of(db, second.id)) == (["north"], ["south"])


def test_a_pin_is_no_good_after_its_person_left_the_mine_or_the_house(records: Records) -> None:
    with records.begin() as db:
        person = people.add(db, "a", "a", "dispatcher", NOW, ["north", "south"])
        for mine in person.mines:
            people.set_pin(db, mine, person.id, "h")
        people.change(db, person.id, {"mines": ["south"]}, NOW + 1)

        assert people.pin_holder(db, "north", "h") is None
        assert people.pin_holder(db, "south", "h") is not None
        people.change(db, person.id, {"active": False}, NOW + 2)
        assert people.pin_holder(db, "south", "h") is None
        assert not people.anybody(db)


def test_a_salt_is_made_once_for_each_mine(records: Records) -> None:
    with records.begin() as db:
        assert people.salt_of(db, "north") is None
        made = people.make_salt(db, "north")

        assert len(bytes.fromhex(made)) == 16
        assert people.make_salt(db, "north") == people.salt_of(db, "north") == made != people.make_salt(db, "south")


def test_an_erased_name_is_gone_and_the_audit_chain_is_whole(records: Records) -> None:
    with records.begin() as db:
        person = people.add(db, "li", "李工", "dispatcher", NOW, ["north"], phone="139", claim="li@mine", password="h")
        people.set_pin(db, "north", person.id, "h")
        audit.append(db, "alarm.action", "alarm 1", {}, audit.pseudonym(person.name), NOW)
        people.erase(db, person, NOW + 1)
        left = people.of(db, person.id)

        assert left is not None
        assert (left.login, left.name, left.phone, left.claim, left.password, left.active, left.mines) == (
            f"erased-{person.id}", "", "", "", "", False, (),
        )  # fmt: skip
        assert people.pins_of(db, person.id) == []
        audit.verify(audit.links(db))


def test_every_column_with_a_persons_name_is_one_that_erasing_knows() -> None:
    found = {(table.name, column.name) for table in declared().sorted_tables for column in table.columns if column.name in erasure.SPOKEN}
    known = {(table, column) for table, columns in erasure.NAMES.items() for column in columns}

    assert found - erasure.NO_PEOPLE == known


def test_a_name_that_two_people_have_is_left_where_it_stands(records: Records) -> None:
    with records.begin() as db:
        for login in ("a", "b"):
            people.add(db, login, "李工", "engineer", NOW, ["north"])
        findings.remark(db, 1, Remark("true", "李工", "seen", NOW))
        first, second = people.listing(db)
        assert erasure.erase(db, first, NOW) == 0
        assert erasure.erase(db, second, NOW) == 1


def test_sessions_begin_are_seen_and_end(records: Records) -> None:
    with records.begin() as db:
        for token in ("t1", "t2", "t3"):
            sessions.open_session(db, Session(token, 7, NOW, NOW, NOW + 10, False, "password", "127.0.0.1"))
        sessions.open_session(db, Session("other", 8, NOW, NOW, NOW + 99, True, "oidc", "::1"))
        sessions.seen(db, "t1", NOW + 5)

        assert sessions.session(db, "t1") == Session("t1", 7, NOW, NOW + 5, NOW + 10, False, "password", "127.0.0.1")
        assert sessions.end(db, "t2")
        assert not sessions.end(db, "t2")
        assert sessions.end_all(db, 7, but="t1") == 1
        sessions.sweep(db, NOW + 10, 0)
        assert [sessions.session(db, token) is not None for token in ("t1", "t3", "other")] == [False, False, True]


def test_failures_are_kept_until_they_are_forgiven_or_forgotten(records: Records) -> None:
    with records.begin() as db:
        assert sessions.failed(db, "login:x") == Failed()
        for key, last in (("login:x", NOW), ("address:y", NOW + 50)):
            sessions.set_failed(db, key, Failed(3, last, last + 9))

        assert sessions.failed(db, "login:x") == Failed(3, NOW, NOW + 9)
        sessions.sweep(db, NOW + 60, NOW + 40)
        assert sessions.failed(db, "login:x") == Failed()
        sessions.set_failed(db, "address:y", Failed(0, NOW, 0))
        assert sessions.failed(db, "address:y") == Failed()
