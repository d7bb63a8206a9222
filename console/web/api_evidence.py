"""Evidence files: /api/v1/alarms/{alarm}/evidence, and the key they are signed with."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from alerts.evidence import SUFFIX
from console.paper.press import BadPaper, NoFont
from console.web.access import Right, Viewing
from console.web.api_alarms import Name, same_site
from console.web.api_handling import nowhere, number_of
from console.web.asked import Watched
from console.web.evidence import keep, pin, seal_up
from console.web.handling import evidence_view, may_make
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_handling import EvidenceView, KeyView
from store.records import evidence

router = APIRouter(tags=["evidence"])
Number = Annotated[int, Path(ge=1, lt=1 << 31)]


class Making(BaseModel, extra="forbid"):
    """Who makes the file."""

    name: Name


@router.post("/alarms/{alarm}/evidence")
async def make(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Making) -> EvidenceView:
    """Pin the readings before and after the alarm, its timeline and its answers, and sign them as one file; each making is kept."""
    same_site(request)
    if not may_make(viewer):
        viewer.need(Right.ANSWER)
    plant, number, by = watch.plant, number_of(alarm), viewer.by(body.name)
    seal = plant.seal
    if seal is None:
        raise Refused(503, "seal", "", "a centre with a signing key (evidence.key in its folder)")
    pinned = await plant.run(lambda: pin(plant, number, by))
    if pinned is None:
        raise nowhere(alarm)
    try:
        data = await asyncio.to_thread(seal_up, plant, seal, pinned)
    except (NoFont, BadPaper) as error:
        raise Refused(503, "paper", "", str(error)) from error
    return evidence_view(await plant.run(lambda: keep(plant, pinned, seal, data)))


@router.get("/alarms/{alarm}/evidence")
async def listed(watch: Watched, alarm: str) -> Page[EvidenceView]:
    """The evidence files made of an alarm, newest first."""
    plant, number = watch.plant, number_of(alarm)

    def read() -> list[EvidenceView] | None:
        with plant.records.read() as db:
            seen = plant.journal.of(db, number) is not None
            return [evidence_view(row) for row in evidence.listing(db, number)] if seen else None

    found = await plant.run(read)
    if found is None:
        raise nowhere(alarm)
    return Page(found)


@router.get("/alarms/{alarm}/evidence/{number}", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
async def one(watch: Watched, alarm: str, number: Number) -> Response:
    """One evidence file, byte for byte as it was made. Check it with `davy alarms verify`."""
    plant, of = watch.plant, number_of(alarm)

    def read() -> bytes | None:
        with plant.records.read() as db:
            return evidence.file_of(db, of, number) if plant.journal.of(db, of) is not None else None

    data = await plant.run(read)
    if data is None:
        raise Refused(404, "path.number", number, "the id of an evidence file of this alarm")
    name = f"evidence-{of}-{number}{SUFFIX}"
    return Response(data, media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/evidence/key")
async def key(watch: Watched) -> KeyView:
    """The public key this centre signs evidence with: keep it elsewhere, and check files against it."""
    seal = watch.plant.seal
    if seal is None:
        raise Refused(404, "seal", "", "a centre with a signing key")
    return KeyView(seal.key, seal.public.hex())
