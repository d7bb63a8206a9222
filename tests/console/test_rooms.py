"""The navigation: every page once, and for each role what they have a use for."""

from console.web.access import OPEN, Role, Viewer
from console.web.rooms import ROOMS, room_of, rooms_of


def doors(role: Role) -> set[str]:
    return {door.key for room in rooms_of(Viewer("x", "x", role)) for door in room.doors}


def test_every_page_stands_in_one_room() -> None:
    keys = [door.key for room in ROOMS for door in room.doors]

    assert len(keys) == len(set(keys))
    assert {room_of(key) for key in keys} == {room.key for room in ROOMS}
    assert room_of("error") == ""


def test_where_sign_in_is_off_everything_is_shown() -> None:
    assert rooms_of(OPEN) == ROOMS


def test_the_inspector_finds_the_referred_alarms_and_no_desk_of_the_mine() -> None:
    assert "inspect" in doors(Role.INSPECTOR)
    assert not {"inbox", "wall", "permits", "handover", "recipients"} & doors(Role.INSPECTOR)


def test_the_mine_has_no_desk_of_the_inspector() -> None:
    for role in (Role.DISPATCHER, Role.ENGINEER, Role.MANAGER):
        assert {"inbox", "wall", "permits", "handover", "recipients"} <= doors(role)
        assert "inspect" not in doors(role)
