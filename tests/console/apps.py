"""Applications for tests: each has a plant, doors and a watch of its own; their routes, which take a second to make, are made once."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from console.web.app import create_app
from console.web.plant import Plant
from tests.console.web_pit import Pit


@cache
def _made() -> FastAPI:
    return create_app(Pit().plant)


def app_of(plant: Plant, **more: Any) -> FastAPI:
    """As `create_app`. Its `dependency_overrides` have no effect: that is the one thing that routes take from the application they were
    made for."""
    app = create_app(plant, **more)
    app.router.routes = _made().router.routes
    return app
