"""Replaying a dead letter through the API."""

import httpx

from tests.console.apps import app_of
from tests.console.web_pit import Pit


async def post(path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app_of(Pit().plant))
    async with httpx.AsyncClient(transport=transport, base_url="http://davy") as client:
        return await client.post(f"/api/v1/{path}", headers=headers)


async def test_a_replay_says_what_came_of_it() -> None:
    answer = await post("deadletters/1/replay")

    assert answer.json() == {"id": "1", "outcome": "refused", "reason": "future"}


async def test_an_unknown_letter_is_refused_by_name_and_value() -> None:
    answer = await post("deadletters/7/replay")

    assert answer.status_code == 404
    assert "7" in answer.text


async def test_another_site_cannot_replay() -> None:
    assert (await post("deadletters/1/replay", origin="http://elsewhere")).status_code == 403
