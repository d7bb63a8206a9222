"""Who looks at a page or calls the API, which mines they may see, and what they may do. Pure.

The mine acknowledges, handles and answers; the inspector closes or returns; the province reads, and enters
what is officially known of mines; the admin keeps the house.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from console.web.refusals import Refused
from store.records.people import Person


class Role(StrEnum):
    """What somebody is here; in words: `role.<role>` of the tables."""

    DISPATCHER = "dispatcher"
    ENGINEER = "engineer"
    MANAGER = "manager"
    INSPECTOR = "inspector"
    PROVINCE = "province"
    ADMIN = "admin"


class Right(StrEnum):
    """What somebody may do beside looking."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    SERVICE = "service"
    """Take a point's alarm out of service, and back."""
    PERMIT = "permit"
    """Plan, open and close permits; calibration and manual readings."""
    ANSWER = "answer"
    """Fill the handling form of an alarm."""
    CLOSE = "close"
    """Close a mine's answer, or return it."""
    LOG = "log"
    """Write the running log, report to the leader on duty, hand a shift over."""
    REVIEW = "review"
    """Review the daily report (Art. 533)."""
    MARK = "mark"
    """Say what a finding was; let it leave the mine."""
    DRILL = "drill"
    DECLARE = "declare"
    """Enter a mine's workplaces, declared facts and project stages."""
    ASSESS = "assess"
    """Enter mines' profiles, official assessments, totals told by the press, targets, stages."""
    AUDIT = "audit"
    """Take the fleet's log away whole, and have its head signed."""
    ADMIN = "admin"
    """People, test messages, dead letters, backups."""


_MINE = {Right.ACKNOWLEDGE, Right.SHELVE, Right.PERMIT, Right.LOG, Right.DRILL}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.DISPATCHER: frozenset(_MINE),
    Role.ENGINEER: frozenset(_MINE | {Right.SERVICE, Right.ANSWER, Right.MARK, Right.REVIEW, Right.DECLARE}),
    Role.MANAGER: frozenset({Right.ACKNOWLEDGE, Right.ANSWER, Right.SERVICE, Right.REVIEW, Right.LOG, Right.DRILL}),
    Role.INSPECTOR: frozenset({Right.CLOSE, Right.AUDIT}),
    Role.PROVINCE: frozenset({Right.ASSESS, Right.AUDIT}),
    Role.ADMIN: frozenset({Right.ADMIN, Right.DRILL}),
}
"""An admin keeps the house and acknowledges nothing: whoever answers for an alarm is of the mine."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """One person at the pages. `role` None: sign-in is off here (loopback only), everything may be done under a typed name.
    `mines` None: all of them."""

    login: str = ""
    name: str = ""
    role: Role | None = None
    mines: frozenset[str] | None = None
    person: int = 0
    """Their number in the records; 0: none."""
    only_looks: bool = False
    """A wall board, or nobody: no right at all, whoever's board it is."""

    @property
    def signed_in(self) -> bool:
        return self.role is not None

    def sees(self, mine: str) -> bool:
        """Whether this mine is one of theirs. What belongs to no mine (`""`, the centre's own) is seen by those who see all."""
        return self.mines is None or mine in self.mines

    def may(self, right: Right) -> bool:
        return not self.only_looks and (self.role is None or right in RIGHTS[self.role])

    def need(self, right: Right) -> None:
        """Nothing, or Refused 403 naming the right and who has it."""
        if not self.may(right):
            having = ", ".join(role for role in Role if right in RIGHTS[role])
            raise Refused(403, "session.role", str(self.role), f"{right}: {having}")

    def by(self, typed: str) -> str:
        """Whose name stands under a deed: the signed-in person's, else the typed one."""
        return self.name if self.signed_in else typed.strip()


OPEN = Viewer()
"""Everybody, where sign-in is off."""
NOBODY = Viewer(mines=frozenset(), only_looks=True)
"""Who has not signed in where one has to: sees nothing, may do nothing."""
SEE_ALL = frozenset({Role.INSPECTOR, Role.PROVINCE, Role.ADMIN})
"""Roles that see every mine where no mines are named."""
OUTSIDE = frozenset({Role.INSPECTOR, Role.PROVINCE})
"""Not of the mine: what the mine keeps to itself (a finding nobody forwarded) is not shown to them."""


def viewer_for(person: Person, board: bool = False) -> Viewer:
    """A person of the records as a viewer; NOBODY for a role this program does not know."""
    if person.role not in set(Role):
        return NOBODY
    role = Role(person.role)
    mines = None if role in SEE_ALL and not person.mines else frozenset(person.mines)
    return Viewer(person.login, person.name, role, mines, person.id, board)


async def viewer_of(request: Request) -> Viewer:
    """The person of this request, as the doors found them (`console.web.doors`); NOBODY where nobody looked."""
    viewer: Viewer = getattr(request.state, "viewer", NOBODY)
    return viewer


Viewing = Annotated[Viewer, Depends(viewer_of)]
