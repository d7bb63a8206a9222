"""Scores of the models on the pages: a point like any other, and of the mine's state it says nothing."""

from typing import Any

import httpx

from contracts.clock import SECOND, ManualClock
from contracts.columns import Block
from contracts.units import SCORED_EVERY
from edge_agent.advice.advisor import advised
from tests.console.apps import app_of
from tests.console.web_pit import CALM, GATEWAYS, NOON, NORTH, Pit

SCORED = advised(NORTH)
GATEWAY = GATEWAYS["north"]


def pit_with_models() -> Pit:
    pit = Pit()
    pit.hear()
    pit.live.registries[SCORED.name] = SCORED
    pit.live.change(GATEWAY, registry=SCORED.name)
    pit.read(CALM)
    return pit


async def shown(pit: Pit) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The mine, and its points by id."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test") as web:
        mines = (await web.get("/api/v1/mines")).json()["items"]
        points = (await web.get("/api/v1/mines/north/points")).json()["items"]
    return next(mine for mine in mines if mine["id"] == "north"), {point["id"]: point for point in points}


async def test_a_score_that_is_away_is_unknown_and_the_mine_is_as_it_was() -> None:
    plain = Pit()
    plain.calm()
    before, _ = await shown(plain)

    mine, points = await shown(pit_with_models())

    assert points["S-1301"]["state"] == "unknown"
    assert (mine["state"], mine["reason"], mine["points"]) == (before["state"], before["reason"], before["points"])


async def test_a_score_is_fresh_for_three_of_its_own_turns_and_is_no_alarm_whatever_it_is() -> None:
    pit, number = pit_with_models(), SCORED.number["S-1301"]
    pit.live.see(GATEWAY, SCORED, Block.of([number], NOON - 3 * SCORED_EVERY, [9000.0]))

    mine, points = await shown(pit)

    assert (points["S-1301"]["state"], points["S-1301"]["value"], points["S-1301"]["alarm"]) == ("no_limit", 9000.0, None)
    assert mine["alarms"]["active"] == 0


async def test_a_score_does_not_make_a_mine_look_younger_than_its_readings() -> None:
    pit = pit_with_models()
    assert isinstance(pit.clock, ManualClock)
    pit.clock.step(60 * SECOND)
    pit.hear()
    pit.live.change(GATEWAY, registry=SCORED.name)
    pit.live.see(GATEWAY, SCORED, Block.of([SCORED.number["S-1301"]], NOON + 60 * SECOND, [0.1]))

    mine, _ = await shown(pit)

    assert mine["age_s"] == 60
