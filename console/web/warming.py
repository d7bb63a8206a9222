"""What the first visitor of a fresh server would wait for, made beforehand and beside the event loop: nobody's alarm waits for it."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError

from console.web.fleet import Fleet
from console.web.refusals import Refused
from console.web.render import prepare


def make_ready(app: FastAPI) -> None:
    """Routes with their checks, which FastAPI makes when it first looks at them, and templates."""
    for _ in iter_route_contexts(app.routes):
        pass
    prepare()


async def draw_province(app: FastAPI) -> None:
    """The province's view, which is kept until the log grows. What cannot be read now is read by who asks for it."""
    fleet: Fleet = app.state.fleet
    try:
        await fleet.province("", "")
    except (SQLAlchemyError, Refused):
        return
