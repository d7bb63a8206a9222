"""Whose name stands under a deed of the control room: the holder of a PIN, the signed-in person, or (sign-in off) who typed it."""

from typing import Annotated

from pydantic import Field

from console.web import pins
from console.web.access import OUTSIDE, Right, Viewer
from console.web.plant import Plant
from console.web.refusals import Refused

Typed = Annotated[str, Field(max_length=60, description="who does it, as typed; needed where nobody is signed in and no PIN is given")]
Pin = Annotated[str, Field(max_length=20, description="a PIN of the mine: the deed is its holder's, whoever's screen it is")]


async def actor(plant: Plant, viewer: Viewer, mine: str, right: Right, name: str = "", pin: str = "") -> str:
    """The name of who does it. Refused 403 for a PIN that is nobody's and for who may not, 422 where there is no name.

    Nothing locks a PIN out: a right one is taken at once (`console.web.pins`).
    """
    if pin:
        holder = await pins.holder(plant, mine, pin)
        if holder is None:
            raise Refused(403, "body.pin", "(hidden)", "a PIN of this mine")
        holder.need(right)
        return holder.name
    viewer.need(right)
    by = viewer.by(name)
    if not by:
        raise Refused(422, "body.name", name, "a name, or a PIN of the mine")
    return by


def inside(viewer: Viewer, mine: str) -> None:
    """Nothing, or Refused 404: what the mine keeps to itself (log, handovers, drafts) does not exist for who is not of it."""
    if viewer.role in OUTSIDE:
        raise Refused(404, "path.mine", mine, "one of: ")
