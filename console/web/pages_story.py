"""The page of the demo's story. Where no demo runs there is no such page."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from console.story.director import Director
from console.story.play import Command
from console.web.access import Right, Viewer, Viewing
from console.web.api_alarms import same_site
from console.web.asked import Language, Watched
from console.web.board import Scene, mines_of
from console.web.draw import chart_limits
from console.web.pages_session import form_of
from console.web.refusals import Refused
from console.web.render import draw
from console.web.shapes import PointView
from console.web.story import StoryView, story_view
from console.web.watch import Watch

router = APIRouter(include_in_schema=False)


@router.get("/story", response_class=HTMLResponse)
async def story_page(request: Request, watch: Watched, viewer: Viewing, lang: Language) -> HTMLResponse:
    """The story as far as it has come."""
    director, scene = director_of(request, viewer), await watch.scene()
    told = story_view(director.story, scene.now)
    point = _charted(watch, scene, told)
    facts = {"section": "story", "story": told, "point": point, "chart_limits": chart_limits(point, lang) if point else []}
    return draw(request, watch, lang, scene, "story.html", facts | {"may": viewer.may(Right.ADMIN), "stream_query": ""})


@router.get("/api/v1/story")
async def story(request: Request, watch: Watched, viewer: Viewing) -> StoryView:
    """The same for programs."""
    return story_view(director_of(request, viewer).story, watch.plant.clock.now())


@router.post("/story")
async def ask(request: Request, viewer: Viewing) -> RedirectResponse:
    """Pause it, go on, play it again, end it."""
    director = director_of(request, viewer)
    same_site(request)
    viewer.need(Right.ADMIN)
    asked = (await form_of(request)).get("asked", "")
    if asked not in set(Command):
        raise Refused(422, "body.asked", asked[:20], ", ".join(Command))
    director.ask(Command(asked))
    return RedirectResponse("/story", HTTPStatus.SEE_OTHER)


def director_of(request: Request, viewer: Viewer) -> Director:
    """The demo's director; Refused 404 where no demo runs, and for who does not see all of its mines."""
    director: Director | None = request.app.state.story
    if director is None or viewer.mines is not None:
        raise Refused(404, "path", request.url.path, "a page of this console")
    return director


def _charted(watch: Watch, scene: Scene, told: StoryView) -> PointView | None:
    """The point of the chart, as soon as its mine was heard."""
    if told.chart_mine not in mines_of(scene.live):
        return None
    return next((one for one in watch.picture(scene, told.chart_mine)[1] if one.id == told.chart_point), None)
