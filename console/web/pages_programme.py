"""The pages of search and of gas drainage, drawn from the same views as their API."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from console.web.access import Viewing
from console.web.api_programme import day_of_mine, found_by
from console.web.asked import Language, Watched
from console.web.draw_programme import curve_of
from console.web.render import draw
from console.web.shapes_programme import shown

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/find")
async def find_page(
    request: Request, watch: Watched, viewer: Viewing, lang: Language, q: Annotated[str, Query(max_length=128)] = ""
) -> HTMLResponse:
    scene = await watch.scene()
    found, more = await found_by(watch, viewer, q)
    return draw(request, watch, lang, scene, "find.html", {"section": "find", "q": q.strip(), "found": found, "more": more})


@router.get("/mines/{mine}/drainage")
async def drainage_page(
    request: Request, watch: Watched, lang: Language, mine: str, day: Annotated[str, Query(max_length=10)] = ""
) -> HTMLResponse:
    scene = await watch.scene()
    view, _ = watch.known_mine(scene, mine)
    found = shown(await day_of_mine(watch.plant, mine, day, scene.now))
    return draw(request, watch, lang, scene, "drainage.html", {"mine": view, "shown": found, "curve_of": curve_of})
