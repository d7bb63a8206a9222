"""What the house does with its people: checked, written down, and put into the audit chain in one transaction each."""

import re
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from console.web.access import SEE_ALL, Role
from console.web.entry import PIN_LEAST, check_password, check_pin
from console.web.hashing import hash_of, pin_hash
from console.web.words import LANGUAGES
from contracts.errors import BadConfig
from store.records import audit, erasure, people, sessions
from store.records.people import Person

ACTOR = "console"
"""Who did it, where whoever did it was at the centre's own machine."""
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,59}")
MINE = re.compile(r"[a-z0-9-]{1,40}")
TRIES = 100
TAKEN = "(taken)"


def add(db: Connection, now: int, login: str, name: str, role: str, mines: Collection[str], password: str, **facts: str) -> Person:
    """A new person; BadConfig naming what is refused. `password` empty: none, they come in by the company's own sign-in."""
    if not LOGIN.fullmatch(login) or login.startswith("erased-"):
        raise BadConfig("login", login, "1 to 60 of a-z 0-9 . _ @ -, the first a letter or digit")
    _check(name=name, role=role, mines=mines, **facts)
    if password:
        check_password(login, password)
    hashed = hash_of(password) if password else ""
    person = people.add(db, login, name.strip(), role, now, mines, password=hashed, **facts)
    told = {"role": role, "mines": sorted(mines), "password": bool(password)}
    audit.append(db, "person.added", f"person {person.id}", told, ACTOR, now)
    return person


def change(db: Connection, now: int, person: Person, facts: Mapping[str, Any]) -> Person:
    """Set fields; who is made inactive is signed out."""
    after: dict[str, Any] = {"name": person.name, "role": person.role, "mines": person.mines} | dict(facts)
    _check(**{name: value for name, value in after.items() if name in ("name", "role", "mines", "lang")})
    people.change(db, person.id, facts, now)
    if facts.get("active") is False:
        sessions.end_all(db, person.id)
    told = {name: facts[name] if name in ("role", "lang", "active", "district") else True for name in facts if name != "mines"}
    told |= {"mines": sorted(facts["mines"])} if "mines" in facts else {}
    audit.append(db, "person.changed", f"person {person.id}", told, ACTOR, now)
    return known(db, person.login)


def set_password(db: Connection, now: int, person: Person, password: str) -> int:
    """Give a new password; how many sessions it ended."""
    check_password(person.login, password)
    people.change(db, person.id, {"password": hash_of(password)}, now)
    ended = sessions.end_all(db, person.id)
    audit.append(db, "person.password", f"person {person.id}", {"sessions_ended": ended}, ACTOR, now)
    return ended


def set_pin(db: Connection, now: int, person: Person, mine: str, pin: str) -> None:
    """Give a PIN at a mine; BadConfig where it will not do, or somebody else of the mine has it."""
    if mine not in person.mines:
        raise BadConfig("mine", mine, f"a mine of {person.login}: {', '.join(person.mines) or '(none)'}")
    check_pin(pin)
    if not people.set_pin(db, mine, person.id, pin_hash(pin, people.make_salt(db, mine))):
        raise BadConfig("pin", TAKEN, f"one that nobody else of {mine} has")
    audit.append(db, "person.pin", f"person {person.id}", {"mine": mine}, ACTOR, now)


def make_pin(db: Connection, now: int, person: Person, mine: str) -> str:
    """Give a PIN made at random; it is told once, here."""
    for _ in range(TRIES):
        pin = free_pin()
        try:
            set_pin(db, now, person, mine, pin)
        except BadConfig as error:
            if error.value != TAKEN:
                raise
        else:
            return pin
    raise BadConfig("pin", f"({TRIES} tries)", f"a mine with free PINs: {mine} has too many people")


def free_pin() -> str:
    """A PIN made at random that will do."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(PIN_LEAST))
        try:
            check_pin(pin)
        except BadConfig:
            continue
        return pin


def remove(db: Connection, now: int, person: Person) -> None:
    """They may sign in no more, and their PINs are gone; their name stays where they acted."""
    people.change(db, person.id, {"active": False, "password": "", "claim": "", "mines": ()}, now)
    ended = sessions.end_all(db, person.id)
    audit.append(db, "person.removed", f"person {person.id}", {"sessions_ended": ended}, ACTOR, now)


def erase(db: Connection, now: int, person: Person) -> int:
    """Their name is gone from the records, but for their pseudonym; how many rows had it."""
    sessions.end_all(db, person.id)
    count = erasure.erase(db, person, now)
    audit.append(db, "person.erased", f"person {person.id}", {"rows": count}, ACTOR, now)
    return count


def make_password() -> str:
    """One made at random: 16 letters and digits in fours."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def known(db: Connection, login: str) -> Person:
    """The person with this login, or BadConfig."""
    person = people.by_login(db, login)
    if person is None:
        raise BadConfig("login", login, "one that `davy people list` shows")
    return person


def _check(*, name: str, role: str, mines: Collection[str], **facts: str) -> None:
    if not 1 <= len(name.strip()) <= 60 or not name.isprintable():
        raise BadConfig("name", name[:80], "1 to 60 characters")
    if role not in set(Role):
        raise BadConfig("role", role, ", ".join(Role))
    for mine in mines:
        if not MINE.fullmatch(mine):
            raise BadConfig("mine", mine, "the id of a mine: 1 to 40 of a-z 0-9 -")
    if not mines and role not in SEE_ALL:
        raise BadConfig("mine", "(none)", f"at least one for a {role}; only {', '.join(sorted(SEE_ALL))} may see all")
    if facts.get("lang", "zh") not in LANGUAGES:
        raise BadConfig("lang", facts["lang"], ", ".join(LANGUAGES))
