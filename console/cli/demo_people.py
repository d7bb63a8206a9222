"""The demo's people: one of each role, a dispatcher for each mine. Passwords and PINs are made at random in the demo's own folder."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from console import people as house
from console.web.access import Role
from console.web.entry import Shown
from store.records import people
from store.records.engine import Records

FILE = "people.json"
OF_MINE = ((Role.DISPATCHER, "调度员 Dispatcher"), (Role.ENGINEER, "工程师 Engineer"), (Role.MANAGER, "矿长 Manager"))
OF_ALL = ((Role.INSPECTOR, "监察员 Inspector"), (Role.PROVINCE, "省级 Province"), (Role.ADMIN, "管理员 Admin"))


class Seeded(msgspec.Struct, frozen=True):
    """One person of the demo, as the file has them."""

    login: str
    name: str
    role: str
    password: str
    mines: tuple[str, ...] = ()
    pin: str = ""


class Book(msgspec.Struct, frozen=True):
    """The file."""

    people: tuple[Seeded, ...]


def demo_people(folder: Path, records: Records, mines: Sequence[str], now: int) -> tuple[Shown, ...]:
    """Make sure that they are registered; what the sign-in page shows of them."""
    path = folder / FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(Book(tuple(_made(mines))))))
    seeded = msgspec.json.decode(path.read_bytes(), type=Book).people
    for one in seeded:
        _register(records, one, now)
    return tuple(Shown(one.login, one.password, one.role, one.mines, one.pin) for one in seeded)


def _made(mines: Sequence[str]) -> list[Seeded]:
    out = []
    for mine in mines:
        for role, name in OF_MINE[: None if mine == mines[0] else 1]:
            pin = house.free_pin() if role is Role.DISPATCHER else ""
            out.append(Seeded(f"{role}-{mine}", f"{name} {mine}", role, house.make_password(), (mine,), pin))
    return [*out, *(Seeded(str(role), name, role, house.make_password()) for role, name in OF_ALL)]


def _register(records: Records, one: Seeded, now: int) -> None:
    with records.begin() as db:
        if people.by_login(db, one.login) is not None:
            return
        person = house.add(db, now, one.login, one.name, one.role, one.mines, one.password)
        for mine in one.mines if one.pin else ():
            house.set_pin(db, now, person, mine, one.pin)
