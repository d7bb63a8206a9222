"""The page of who is told: recipients, steps, today's shifts, a test message."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console.web.access import Right, Viewing
from console.web.api_recipients import recipients_of, routing_of
from console.web.asked import Language, Watched
from console.web.render import draw
from contracts.clock import from_iso

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/recipients")
async def recipients_page(request: Request, watch: Watched, viewer: Viewing, lang: Language) -> HTMLResponse:
    scene = await watch.scene()
    facts = {"recipients": await recipients_of(watch.plant), "routing": routing_of(watch.plant), "may_test": viewer.may(Right.ADMIN)}
    return draw(request, watch, lang, scene, "recipients.html", facts | {"section": "recipients", "moment": from_iso})
