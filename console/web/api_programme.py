"""What the province's programme asks beside the criteria: identifiers, search, tables of points, gas drainage."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection

from console.fleet.drainage_day import DrainageDay, drainage_day
from console.fleet.registers import bodies, profiles, workplaces
from console.web.access import Viewer, Viewing
from console.web.asked import Watched
from console.web.board import places_of
from console.web.find import FoundView, Registered, search, with_identifier
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page
from console.web.shapes_programme import DrainageShown, shown
from contracts.clock import iso
from contracts.errors import BadConfig
from contracts.identifiers import FORM, is_identifier
from contracts.units import QUANTITIES

MOST_FOUND = 50
COLUMNS = (
    *("point", "quantity", "unit", "area", "place_zh", "place_en", "sensor", "serial", "limit_row", "mapped_by"),
    *("valid_from", "valid_to", "stream", "section_m2", "identifier"),
)
Asked = Annotated[str, Query(min_length=1, max_length=128, description="part of an id, name, place, serial or identifier")]

router = APIRouter(tags=["programme"])


@router.get("/id/{identifier:path}")
async def by_identifier(watch: Watched, viewer: Viewing, identifier: str) -> Page[FoundView]:
    """Everything that carries an industrial internet identifier (`88.123.1/GAS-0042`): points, workplaces, mines. Several points may be of
    one asset."""
    if not is_identifier(identifier):
        raise Refused(422, "path.identifier", identifier[:160], FORM)
    scene, known = await watch.scene(), await registered(watch.plant, viewer)
    found = with_identifier(scene.live, known, identifier)
    if not found:
        raise Refused(404, "path.identifier", identifier, "an identifier that a mine of yours has registered")
    return Page(found)


@router.get("/search")
async def search_all(watch: Watched, viewer: Viewing, q: Asked) -> Page[FoundView]:
    """Mines, workplaces and points with that text, in the order of mines; at most 50: where there are more, ask for more of the text."""
    return Page((await found_by(watch, viewer, q))[0])


@router.get("/mines/{mine}/points.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def points_csv(watch: Watched, mine: str) -> Response:
    """The mine's points as a table (UTF-8 with BOM): what the registry says of each, identifier too."""
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for place in places_of(scene.live, mine).values():
        point, quantity = place.point, QUANTITIES.get(place.point.quantity)
        moments = (iso(point.valid_from) if point.valid_from else "", iso(point.valid_to) if point.valid_to is not None else "")
        names = (point.id, point.quantity, quantity.unit if quantity else "", point.area, point.place_zh, point.place_en)
        rest = (
            point.sensor,
            point.serial,
            point.limit_row,
            point.mapped_by,
            *moments,
            point.stream,
            point.section_m2 or "",
            point.identifier,
        )
        table.writerow([_plain(cell) for cell in (*names, *rest)])
    head = {"Content-Disposition": f'attachment; filename="{mine}-points.csv"'}
    return Response(("\ufeff" + out.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=head)


@router.get("/mines/{mine}/drainage")
async def drainage_of_day(
    watch: Watched, mine: str, day: Annotated[str, Query(max_length=10, description="ISO date of the mine's zone; absent: today")] = ""
) -> DrainageShown:
    """Gas drainage of a mine's day: pure methane by windows of 5 minutes at 20 °C and 101.325 kPa (null: not known), volume and rate."""
    scene = await watch.scene()
    watch.known_mine(scene, mine)
    return shown(await day_of_mine(watch.plant, mine, day, scene.now))


async def found_by(watch: Watched, viewer: Viewer, text: str) -> tuple[list[FoundView], bool]:
    """What the viewer may find of a text, and whether there is more."""
    scene, known = await watch.scene(), await registered(watch.plant, viewer)
    return search(scene.live, known, text.strip(), MOST_FOUND) if text.strip() else ([], False)


async def day_of_mine(plant: Plant, mine: str, day: str, now: int) -> DrainageDay:
    """The day's drainage; Refused where it is no date."""
    try:
        return await drainage_day(plant, mine, day or plant.zone.day(now))
    except BadConfig as error:
        raise Refused(422, "query.day", day, error.allowed) from error


async def registered(plant: Plant, viewer: Viewer) -> Registered:
    """What the fleet's log has of the mines the viewer sees."""

    def of(db: Connection) -> Registered:
        return Registered(
            tuple(one.body for one in profiles(db).values() if viewer.sees(one.body.mine)),
            tuple(one for one in bodies(workplaces(db)) if viewer.sees(one.mine)),
        )

    def read() -> Registered:
        with plant.records.read() as db:
            return of(db)

    return await plant.look(read)


def _plain(cell: object) -> object:
    """A text that a table program would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
