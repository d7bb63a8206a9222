"""The chain of the fleet's log: /api/v1/fleet/export, /heads, /key. Whoever distrusts us takes the file and checks it without us."""

from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from alerts.evidence import Seal
from console.fleet import chain, signing
from console.fleet.chain import BrokenLog, Snapshot
from console.web.access import Right, Viewer, Viewing
from console.web.api_alarms import same_site
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_fleet_chain import FleetKeyView, HeadView
from contracts.anchors import Anchor
from fleet.audit.form import FORMAT, Header, entry_line, header_line, last_line
from fleet.audit.link import Record
from fleet.bodies import Head

router = APIRouter(tags=["fleet"])
MEDIA = "application/x-ndjson"
SUFFIX = ".jsonl"


@router.get("/fleet/export", response_class=StreamingResponse, responses={200: {"content": {MEDIA: {}}}})
async def export(
    watch: Watched,
    viewer: Viewing,
    mines: Annotated[list[str] | None, Query(max_length=1000, description="only of these mines; absent: the whole log")] = None,
) -> StreamingResponse:
    """The log as a file that anybody can check with `davy fleet verify`: every entry with all its fields, and a signed last line."""
    viewer.need(Right.AUDIT)
    seal, found = _whole(viewer, watch.plant), await watch.plant.run(lambda: _snapshot(watch.plant))
    if found is None:
        raise Refused(409, "log", 0, "a log with an entry in it: a profile of a mine (davy fleet profile), or the facts of its first night")
    only = None if not mines else tuple(sorted(dict.fromkeys(mines)))
    for mine in only or ():
        if not mine or mine not in found.tails:
            raise Refused(404, "query.mines", mine[:40], "a mine of the fleet's log")
    now = watch.plant.clock.now()
    header = Header(FORMAT, now, version("davylamp"), found.head.n, only)
    name = f"davylamp-fleet-{chain.day_at(now)}-{found.head.n}{SUFFIX}"
    lines = _lines(watch.plant, seal, header, found)
    return StreamingResponse(lines, media_type=MEDIA, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/fleet/heads")
async def heads(
    watch: Watched,
    before: Annotated[int, Query(ge=1, le=1 << 60, description="the cursor of the page before")] = 1 << 60,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[HeadView]:
    """Signed heads, newest first. Keep one elsewhere: it is an anchor, and shows later whether the log was cut or made anew."""

    def read() -> list[tuple[int, Head]]:
        with watch.plant.records.read() as db:
            return chain.heads(db, limit + 1, before)

    found = await watch.plant.run(read)
    return Page([_view(*one) for one in found[:limit]], str(found[limit - 1][0]) if len(found) > limit else None)


@router.post("/fleet/heads")
async def sign(request: Request, watch: Watched, viewer: Viewing) -> HeadView:
    """Check the log from the last signed head on, and sign its head now; the centre does it by itself once a day."""
    same_site(request)
    viewer.need(Right.AUDIT)
    plant, seal = watch.plant, _whole(viewer, watch.plant)
    try:
        made = await signing.signed_now(plant.run, plant.records, seal.secret, plant.clock.now())
    except BrokenLog as error:
        raise Refused(409, "log", "", str(error)) from error
    if made is None:
        raise Refused(409, "log", 0, "a log with an entry in it: a profile of a mine (davy fleet profile), or the facts of its first night")
    return _view(*made)


@router.get("/fleet/key")
async def key(watch: Watched) -> FleetKeyView:
    """The public key that signs heads and exports: have it from elsewhere too, and give it to `davy fleet verify --key`."""
    seal = watch.plant.seal
    if seal is None:
        raise Refused(404, "seal", "", "a centre with a signing key")
    return FleetKeyView(seal.key, seal.public.hex())


def _whole(viewer: Viewer, plant: Plant) -> Seal:
    """The key to sign with, for who sees all mines: the province's own entries name them."""
    if viewer.mines is not None:
        raise Refused(403, "session.mines", ", ".join(sorted(viewer.mines)), "somebody who sees all mines")
    if plant.seal is None:
        raise Refused(409, "seal", "", "a centre with a signing key (evidence.key in its folder)")
    return plant.seal


def _snapshot(plant: Plant) -> Snapshot | None:
    with plant.records.read() as db:
        return chain.snapshot(db)


async def _lines(plant: Plant, seal: Seal, header: Header, found: Snapshot) -> AsyncIterator[bytes]:
    """Read in short calls: readings are stored in between."""
    first = header_line(header)
    yield first
    n, more = 0, True
    while more:

        def read(after: int = n) -> list[Record]:
            with plant.records.read() as db:
                return chain.page(db, after + 1, header.n, header.only)

        records = await plant.run(read)
        if records:
            n = records[-1].n
            yield b"".join(map(entry_line, records))
        more = len(records) == chain.AT_ONCE
    yield last_line(seal.secret, first, found.head.n, found.head.hash, chain.day_at(header.made), header.made, found.tails)


def _view(number: int, head: Head) -> HeadView:
    anchor = str(Anchor(head.n, head.hash, head.day))
    return HeadView(number, head.day, head.n, head.hash, head.mines, head.root, head.key, head.public, head.signature, anchor)
