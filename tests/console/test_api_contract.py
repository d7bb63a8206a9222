"""The API does what its OpenAPI says, whatever is sent to it: no 5xx, no undeclared status, every body as declared (schemathesis).

Marked `servers` to keep it out of the quick part: it starts no process, but takes its time.
"""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from alerts.evidence import Seal
from console.web.access import Role
from console.web.doors import COOKIE
from contracts.keys import new_key
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, session_of
from tests.console.web_pit import Pit

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

EXAMPLES = 3
"""Calls of each operation beside those that cover its schema; bounds the time of all to about 40 s."""
STREAM = "/api/v1/stream"
"""Does not end; `test_web_stream.py` has it."""

load_all_checks()
WANTED = [
    CHECKS.get_one(name)
    for name in ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
]
LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


def _pit() -> Pit:
    pit = Pit()
    for mine in ("north", "south"):
        pit.calm(mine)
    pit.alarm()
    pit.dead_letter()
    pit.gaps()
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    return pit


class Caller:
    """Sends what schemathesis made to an application in this process, all in one event loop."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://davy.test", headers=headers)

    def __call__(self, case: Any) -> httpx.Response:
        """The answer, checked against the OpenAPI."""
        sent = case.as_transport_kwargs(base_url="http://davy.test")
        sent.pop("cookies", None)
        answer = self._runner.run(self._client.request(**sent))
        self._client.cookies.clear()
        case.validate_response(answer, checks=WANTED)
        return answer


PIT = _pit()
TOKEN = session_of(PIT, add_person(PIT, "wang", Role.ENGINEER, "north"))[COOKIE]
OPENED, SHUT = app_of(PIT.plant), app_of(PIT.plant, entry=CLOSED)
SCHEMA = schemathesis.openapi.from_dict(OPENED.openapi(), config=SchemathesisConfig(seed=1)).exclude(path=STREAM)
anybody, engineer, nobody = Caller(OPENED, {}), Caller(SHUT, {"Authorization": f"Bearer {TOKEN}"}), Caller(SHUT, {})


@SCHEMA.parametrize()
@settings(LIMITS, phases=[Phase.explicit, Phase.generate])
def test_where_nobody_has_to_sign_in_every_answer_is_as_declared(case: Any) -> None:
    anybody(case)


@SCHEMA.parametrize()
@LIMITS
def test_for_an_engineer_of_one_mine_every_answer_is_as_declared(case: Any) -> None:
    engineer(case)


@SCHEMA.parametrize()
@settings(LIMITS, max_examples=1)
def test_for_nobody_every_answer_is_as_declared_and_no_success_but_at_the_door(case: Any) -> None:
    path = case.operation.path

    assert nobody(case).status_code >= 400 or path.startswith("/api/v1/session") or path == "/healthz"
