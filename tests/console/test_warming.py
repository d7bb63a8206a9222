"""Nobody who opens the first page of a fresh server waits for routes or templates."""

import pytest
from jinja2 import Environment

from console.web import render
from console.web.app import create_app
from console.web.warming import draw_province, make_ready
from tests.console.fleet_pit import fleet_of
from tests.console.people_pit import client_of
from tests.console.web_pit import Pit


async def test_what_is_ready_makes_nothing_for_the_first_page(monkeypatch):
    pit = Pit()
    pit.calm()
    app = create_app(pit.plant)
    make_ready(app)
    for place, name in ((Environment, "compile"), (render, "prepare")):
        monkeypatch.setattr(place, name, _nothing_more)
    monkeypatch.setattr("fastapi.routing._populate_api_route_state", _nothing_more)

    async with client_of(app) as web:
        for page in ("/", "/mines/north", "/api/v1/mines", "/healthz", "/nothing"):
            assert (await web.get(page)).status_code in (200, 404)


async def test_the_provinces_view_is_drawn_once(monkeypatch):
    pit = fleet_of(2, 3)
    app = create_app(pit.plant)
    await draw_province(app)
    monkeypatch.setattr("console.fleet.views.province", _nothing_more)

    async with client_of(app) as web:
        assert (await web.get("/fleet")).status_code == 200


async def test_records_that_cannot_be_read_keep_no_server_from_starting():
    pit = Pit()
    app = create_app(pit.plant)
    with pit.records.engine.begin() as db:
        db.exec_driver_sql("drop table fleet_log")

    await draw_province(app)


def _nothing_more(*_: object, **__: object) -> None:
    pytest.fail("made at the first page")
