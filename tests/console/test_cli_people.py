"""`davy people`: everything a centre does with its people, on records that a centre has open."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console import people as house
from console.cli.__main__ import davy
from console.cli.demo_people import demo_people
from console.cli.up import on_loopback
from console.web.access import Role
from console.web.entry import check_pin
from console.web.hashing import fits, pin_hash
from console.web.sessions import digest_of
from contracts.errors import BadConfig
from store.records import alarm_tables, alarms, audit, people, sessions
from store.records.engine import Records, open_records
from store.records.people import Person
from tests.console.people_pit import cheapen

PASSWORD = "lamp-and-canary"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen(monkeypatch)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Open, as a running centre has them."""
    return open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")


def run(folder: Path, *words: str, ok: bool = True, typed: str | None = None, **environment: str) -> Result:
    result = CliRunner().invoke(davy, ["people", words[0], "--folder", str(folder), *words[1:]], input=typed, env=environment)
    assert (result.exit_code == 0) is ok, (result.output, result.exception)
    return result


def person(records: Records, login: str = "li") -> Person:
    with records.read() as db:
        return house.known(db, login)


def add(folder: Path, login: str = "li", role: str = "dispatcher", mine: str = "north", **environment: str) -> Result:
    environment = environment or {"DAVY_PASSWORD": PASSWORD}
    return run(folder, "add", login, "--name", f"{login} 工", "--role", role, *(["--mine", mine] if mine else []), **environment)


def kinds(records: Records) -> list[str]:
    with records.read() as db:
        audit.verify(audit.links(db))
        return [link.kind for link in audit.links(db)]


def test_a_person_is_added_while_the_centre_runs_and_listed(records, tmp_path):
    run(
        tmp_path,
        "add",
        "li",
        "--name",
        "李工",
        "--role",
        "engineer",
        "--mine",
        "north",
        "--phone",
        "139",
        typed=f"{PASSWORD}\n{PASSWORD}\n",
    )
    found = person(records)

    assert (found.name, found.role, found.mines, found.phone) == ("李工", "engineer", ("north",), "139")
    assert fits(found.password, PASSWORD)
    assert not fits(found.password, PASSWORD + "x")
    shown = run(tmp_path, "list").output
    assert "李工" in shown
    assert found.password not in shown
    assert kinds(records) == ["person.added"]


def test_a_password_comes_from_a_file_or_is_made_and_shown_once(records, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")
    add(tmp_path, DAVY_PASSWORD_FILE=str(secret))
    assert fits(person(records).password, PASSWORD)
    told = run(tmp_path, "passwd", "li", "--generate").output
    made = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", told)
    assert len(made) == 1
    assert fits(person(records).password, made[0])
    assert isinstance(run(tmp_path, "passwd", "li", ok=False, DAVY_PASSWORD_FILE=str(tmp_path / "none")).exception, BadConfig)


def test_no_command_takes_a_secret_on_its_command_line():
    options = {name for command in davy.get_command(None, "people").commands.values() for one in command.params for name in one.opts}

    assert [name for name in options if re.search("password|pin|token|secret", name)] == ["--no-password"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "dispatcher"), "at least one for a dispatcher"),
        (("--role", "engineer", "--mine", "No Such"), "id of a mine"),
        (("--role", "province", "--lang", "fr"), "lang"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(records, tmp_path, words, told):
    result = run(tmp_path, "add", "li", "--name", "x", *words, ok=False, DAVY_PASSWORD=PASSWORD)

    assert told in result.output + str(result.exception)
    with records.read() as db:
        assert people.listing(db) == []
    assert kinds(records) == []


@pytest.mark.parametrize("login", ["", "Li", "li wang", "../li", "erased-1", "x" * 61])
def test_a_login_is_plain(records, tmp_path, login):
    result = run(tmp_path, "add", "--name", "x", "--role", "admin", "--", login, ok=False, DAVY_PASSWORD=PASSWORD)

    assert isinstance(result.exception, BadConfig)


def test_a_person_is_changed_at_once_and_made_inactive_is_signed_out(records, tmp_path):
    add(tmp_path)
    token = run(tmp_path, "token", "li").stdout.strip()
    with records.read() as db:
        assert sessions.session(db, digest_of(token)) is not None
    run(tmp_path, "set", "li", "--role", "engineer", "--mine", "south", "--mine", "west")
    assert (person(records).role, person(records).mines) == ("engineer", ("south", "west"))
    run(tmp_path, "set", "li", "--inactive")
    assert not person(records).active
    with records.read() as db:
        assert sessions.session(db, digest_of(token)) is None
    assert isinstance(run(tmp_path, "token", "li", ok=False).exception, BadConfig)
    run(tmp_path, "set", "li", ok=False)


def test_pins_are_given_by_mine_and_two_never_share_one(records, tmp_path):
    add(tmp_path)
    add(tmp_path, "wang")
    told = run(tmp_path, "pin", "li", "--generate").output
    pin = re.findall(r"north: (\d{6})", told)[0]
    with records.read() as db:
        salt = people.salt_of(db, "north")
        assert salt is not None
        holder = people.pin_holder(db, "north", pin_hash(pin, salt))
    assert holder is not None
    assert holder.login == "li"
    assert "nobody else of north" in str(run(tmp_path, "pin", "wang", ok=False, DAVY_PIN=pin).exception)
    assert isinstance(run(tmp_path, "pin", "wang", ok=False, DAVY_PIN="123456").exception, BadConfig)
    run(tmp_path, "pin", "wang", DAVY_PIN="402819")
    assert isinstance(run(tmp_path, "pin", "wang", "--mine", "south", ok=False, DAVY_PIN="402819").exception, BadConfig)
    moved = run(tmp_path, "set", "li", "--mine", "north", "--mine", "south").output
    assert "no PIN yet at: south" in moved


def test_who_is_removed_keeps_their_name_and_who_is_erased_does_not(records, tmp_path):
    add(tmp_path)
    add(tmp_path, "wang")
    run(tmp_path, "pin", "li", "--generate")
    with records.begin() as db:
        for by in ("li 工", "wang 工"):
            number = alarms.new_alarm(db, _alarm(by))
            alarms.add_transition(db, _step(number, by))
    run(tmp_path, "remove", "li")
    assert (person(records).name, person(records).active) == ("li 工", False)
    run(tmp_path, "erase", "li", ok=False, typed="n\n")
    told = run(tmp_path, "erase", "li", "--yes").output

    assert "1 处" in told
    with records.read() as db:
        names = [step.by for number in (1, 2) for step in alarms.transitions(db, number)]
        assert names == [audit.pseudonym("li 工"), "wang 工"]
        assert [one.login for one in people.listing(db)] == ["erased-1", "wang"]
        assert "li" not in str(people.listing(db)[0])
    assert kinds(records)[-1] == "person.erased"


def test_the_chain_holds_no_name_of_anybody(records, tmp_path):
    add(tmp_path)
    run(tmp_path, "set", "li", "--name", "李建国", "--phone", "13900000000", "--claim", "li@mine")
    run(tmp_path, "token", "li")
    with records.read() as db:
        text = str(audit.links(db))
    assert not re.search("李建国|li 工|13900000000|li@mine", text)


def test_the_demo_has_one_of_each_role_and_keeps_them_over_a_restart(records, tmp_path):
    first = demo_people(tmp_path, records, ["demo-a", "demo-b"], 1)
    second = demo_people(tmp_path, records, ["demo-a", "demo-b"], 2)

    assert first == second
    assert {one.role for one in first} == set(Role)
    assert [one.login for one in first if one.role == Role.DISPATCHER] == ["dispatcher-demo-a", "dispatcher-demo-b"]
    assert (tmp_path / "people.json").stat().st_mode & 0o077 == 0
    for one in first:
        assert fits(person(records, one.login).password, one.password)
    assert len({one.password for one in first}) == len(first)


def test_made_secrets_will_do():
    for _ in range(50):
        check_pin(house.free_pin())
    assert len({house.make_password() for _ in range(50)}) == 50


def test_only_loopback_is_loopback():
    assert [on_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.5")] == [True] * 3 + [False] * 3


def _alarm(subject: str) -> dict[str, object]:
    row = {column.name: "" for column in alarms.ALARMS.columns if column.name != "id"}
    numbers = dict.fromkeys(("raised_at", "since", "changed", "created", "last_change", "priority"), 0)
    flags = dict.fromkeys(alarm_tables.FLAGS, False)
    return row | numbers | flags | {"subject": subject, "shelved_until": None, "value": None, "limit": None, "peak": None}


def _step(number: int, by: str) -> dict[str, object]:
    row: dict[str, object] = {column.name: "" for column in alarms.TRANSITIONS.columns if column.name != "id"}
    numbers = {"alarm_id": number, "at": 1, "time": 1, "decided": 1, "received": 1, "value": None, "limit": None, "quality": 0}
    return row | numbers | {"by": by, "unverified": False, "numbers": {}}
