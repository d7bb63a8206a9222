"""What the models found: /api/v1/findings, and what people say of it. Advisory: no alarm depends on anything here."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from console.web.access import OUTSIDE, Right, Viewer, Viewing
from console.web.api_alarms import Name, Text, same_site
from console.web.asked import Watched
from console.web.board import in_words
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_findings import CausePoint, FindingView, RemarkView
from contracts.clock import iso
from models.words import told
from store.records import audit, findings
from store.records.findings import FORWARDED, FindingRow, Remark

router = APIRouter(tags=["findings"])


class Marking(BaseModel, extra="forbid"):
    """A person says what a finding was."""

    name: Name
    mark: Annotated[Literal["true", "test_gas", "maintenance", "nonsense"], Field(description="a label for the next training")]
    words: Text


class Forwarding(BaseModel, extra="forbid"):
    """An engineer of the mine lets a finding leave it."""

    name: Name
    words: Text


async def findings_of(
    plant: Plant, viewer: Viewer, mine: str | None, *, standing: bool, after: int, limit: int
) -> tuple[list[FindingView], str | None]:
    """A page of findings, newest first, and the cursor of the next. Who is not of the mine sees only those that were forwarded."""
    outside = viewer.role in OUTSIDE

    def read() -> list[FindingRow]:
        with plant.records.read() as db:
            return findings.listing(db, mine, mines=viewer.mines, forwarded=outside, standing=standing, after=after, limit=limit + 1)

    rows = await plant.look(read)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return [view(plant, row) for row in rows[:limit]], more


def view(plant: Plant, row: FindingRow) -> FindingView:
    gateway = plant.live.gateways.get(row.gateway)
    registry = plant.live.registries.get(gateway.registry) if gateway is not None else None
    places = {point.id: Words(point.place_zh, point.place_en) for point in registry.points} if registry is not None else {}
    said = told(row.kind)
    return FindingView(
        id=str(row.id),
        mine=row.mine,
        gateway=row.gateway,
        kind=row.kind,
        subject=row.subject,
        title=Words(*said.seen),
        could_be=Words(*(glue.join(one[at] for one in said.could_be) for at, glue in enumerate((";", "; ")))),
        check_first=Words(*said.check),
        points=[CausePoint(point, places.get(point, Words(point, point)), row.parts.get(point)) for point in row.points],
        since=iso(row.since),
        since_us=row.since,
        seen=iso(row.seen),
        seen_us=row.seen,
        ended=iso(row.ended) if row.ended else None,
        ended_us=row.ended or None,
        sure=row.sure,
        models=row.models,
        mark=row.mark,
        mark_words=in_words(f"finding.mark.{row.mark}") if row.mark else Words("", ""),
        forwarded=row.forwarded is not None,
        remarks=[
            RemarkView(said.mark, in_words(f"finding.mark.{said.mark}"), said.name, said.words, iso(said.at), said.at)
            for said in row.remarks
        ],
    )


@router.get("/findings")
async def listed(
    watch: Watched,
    viewer: Viewing,
    mine: Annotated[str | None, Query(description="only of this mine")] = None,
    standing: Annotated[bool, Query(description="only those that have not ended")] = False,
    after: Annotated[int, Query(ge=0, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[FindingView]:
    """What the models found, newest first. Advisory, never an official alarm."""
    items, more = await findings_of(watch.plant, viewer, mine, standing=standing, after=after, limit=limit)
    return Page(items, more)


@router.post("/findings/{finding}/mark")
async def mark(request: Request, watch: Watched, viewer: Viewing, finding: str, body: Marking) -> FindingView:
    """Say what a finding was. The last mark holds; earlier ones stay readable. No official alarm is touched."""
    return await _say(request, watch.plant, viewer, finding, body.mark, viewer.by(body.name), body.words.strip())


@router.post("/findings/{finding}/forward")
async def forward(request: Request, watch: Watched, viewer: Viewing, finding: str, body: Forwarding) -> FindingView:
    """Let a finding leave the mine, by an engineer's name; 409 where it was forwarded before."""
    return await _say(request, watch.plant, viewer, finding, FORWARDED, viewer.by(body.name), body.words.strip())


async def _say(request: Request, plant: Plant, viewer: Viewer, finding: str, said: str, name: str, words: str) -> FindingView:
    same_site(request)
    viewer.need(Right.MARK)
    if not (finding.isascii() and finding.isdigit() and len(finding) < 19):
        raise Refused(404, "path.finding", finding[:80], "the number of a finding")

    def write() -> FindingRow | None:
        now = plant.clock.now()
        with plant.records.begin() as db:
            row = findings.of(db, int(finding))
            if row is None or (said == FORWARDED and row.forwarded is not None):
                return row
            findings.remark(db, row.id, Remark(said, name, words, now))
            kind = "finding.forwarded" if said == FORWARDED else "finding.marked"
            audit.append(db, kind, f"{row.mine}/{row.id}", {"kind": row.kind, "mark": said, "words": words}, audit.pseudonym(name), now)
            return findings.of(db, row.id)

    before = await plant.run(lambda: _known(plant, int(finding)))
    if before is None or not viewer.sees(before.mine):
        raise Refused(404, "path.finding", finding, "the id of a finding, as /api/v1/findings lists them")
    if said == FORWARDED and before.forwarded is not None:
        raise Refused(409, "path.finding", finding, f"not forwarded yet: {before.forwarded.name} did so at {iso(before.forwarded.at)}")
    after = await plant.run(write)
    assert after is not None
    return view(plant, after)


def _known(plant: Plant, finding: int) -> FindingRow | None:
    with plant.records.read() as db:
        return findings.of(db, finding)
