"""The pages by room: what stands in the navigation for whom. Pure.

A door that is not shown is no lock: every page asks for itself what its viewer may see.
"""

from dataclasses import dataclass

from console.web.access import Role, Viewer

OUTSIDE = frozenset({Role.INSPECTOR, Role.PROVINCE})


@dataclass(frozen=True, slots=True)
class Door:
    """One page. `key`: of its words (`nav.<key>`) and of its section."""

    key: str
    href: str


@dataclass(frozen=True, slots=True)
class Room:
    """Pages that belong together; its own word is `nav.room.<key>`."""

    key: str
    doors: tuple[Door, ...]


ROOMS = (
    Room("overview", (Door("overview", "/"), Door("find", "/find"))),
    Room(
        "alarms",
        (
            Door("alarms", "/alarms"),
            Door("inbox", "/inbox"),
            Door("inspect", "/inspect"),
            Door("wall", "/wall"),
            Door("health", "/health"),
            Door("drills", "/drills"),
        ),
    ),
    Room("duty", (Door("log", "/log"), Door("handover", "/handover"), Door("reports", "/reports"))),
    Room("sensors", (Door("permits", "/permits"), Door("calibration", "/calibration"), Door("locks", "/locktests"))),
    Room("findings", (Door("findings", "/findings"),)),
    Room("fleet", (Door("fleet", "/fleet"), Door("fleet_audit", "/fleet/audit"))),
    Room("delivery", (Door("receipts", "/receipts"), Door("recipients", "/recipients"))),
)


def rooms_of(viewer: Viewer) -> tuple[Room, ...]:
    """What this viewer has a use for."""
    found = (Room(room.key, tuple(door for door in room.doors if _useful(door, viewer))) for room in ROOMS)
    return tuple(room for room in found if room.doors)


def room_of(section: str) -> str:
    """The room a page's section stands in; empty for none."""
    return next((room.key for room in ROOMS for door in room.doors if door.key == section), "")


def _useful(door: Door, viewer: Viewer) -> bool:
    if viewer.role is None:
        return True
    if door.key in ("fleet", "fleet_audit"):
        return viewer.role in OUTSIDE or viewer.role in (Role.ADMIN, Role.ENGINEER)
    if door.key == "inspect":
        return viewer.role in OUTSIDE or viewer.role is Role.ADMIN
    if door.key in ("recipients", "inbox", "wall", "handover", "permits"):
        return viewer.role not in OUTSIDE
    return True
