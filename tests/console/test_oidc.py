"""Signing in through an OpenID Connect provider: a real one, on a port, that can also lie."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from console.web.access import Role
from console.web.doors import COOKIE
from console.web.entry import DoorSettings, Entry, OidcSection
from contracts.clock import MINUTE, SECOND
from store.records import audit, people
from tests.console.apps import app_of
from tests.console.oidc_provider import Provider, running
from tests.console.people_pit import add_person, client_of
from tests.console.web_pit import Pit

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    person = add_person(pit, "li", Role.ENGINEER, "north")
    with pit.records.begin() as db:
        people.change(db, person.id, {"claim": "li@mine"}, 1)
    return pit


@pytest.fixture(scope="module")
def listening(pit: Pit) -> Iterator[Provider]:
    with running(lambda: pit.clock.now() // SECOND) as provider:
        yield provider


@pytest.fixture
def provider(listening: Provider) -> Provider:
    listening.honest()
    return listening


def door_of(pit: Pit, provider: Provider, **more: str) -> FastAPI:
    oidc = OidcSection(issuer=provider.issuer, client_id="davy", client_secret="s3cret", name="矿务局", **more)
    return app_of(pit.plant, entry=Entry(True, DoorSettings(oidc=oidc)))


async def _through(web: httpx.AsyncClient, to: str = "/alarms") -> httpx.Response:
    """A browser's way: our door, the provider, back to our door."""
    begun = await web.get("/sign-in/oidc", params={"next": to})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(begun.headers["location"])).headers["location"]
    return await web.get(back)


async def test_a_known_person_comes_in_and_goes_where_they_wanted(pit, provider):
    async with client_of(door_of(pit, provider)) as web:
        assert "矿务局" in (await web.get("/sign-in")).text
        done = await _through(web)

        assert (done.status_code, done.headers["location"]) == (303, "/alarms")
        assert (await web.get("/api/v1/session")).json()["login"] == "li"
    with pit.records.read() as db:
        assert audit.links(db)[-1].payload.count(b'"oidc"') == 1


async def test_a_stranger_is_not_made_a_person_and_an_inactive_one_stays_out(pit, provider):
    provider.claims = {"preferred_username": "stranger@mine"}
    async with client_of(door_of(pit, provider)) as web:
        assert (await _through(web)).status_code == 401
        assert COOKIE not in web.cookies
    provider.honest()
    with pit.records.begin() as db:
        person = people.by_login(db, "li")
        assert person is not None
        people.change(db, person.id, {"active": False}, 2)
    async with client_of(door_of(pit, provider)) as web:
        assert (await _through(web)).status_code == 401
    with pit.records.begin() as db:
        people.change(db, person.id, {"active": True}, 3)
        assert len(people.listing(db)) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["davy", "another"]},
        {"nonce": "of another sign-in"},
        {"exp": 1},
        {"preferred_username": ""},
        {"preferred_username": ["li@mine"]},
        {"preferred_username": None},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_us_fresh_and_of_this_sign_in_is_not_believed(pit, provider, claims):
    provider.claims = claims
    async with client_of(door_of(pit, provider)) as web:
        assert (await _through(web)).status_code == 401
        assert COOKIE not in web.cookies


async def test_a_token_signed_by_somebody_else_or_by_the_shared_secret_is_not_believed(pit, provider):
    provider.forges = True
    async with client_of(door_of(pit, provider)) as web:
        assert (await _through(web)).status_code == 401


async def test_a_provider_that_calls_itself_another_is_not_gone_to(pit, provider):
    provider.lies = {"issuer": "https://evil.example"}
    async with client_of(door_of(pit, provider)) as web:
        answer = await web.get("/sign-in/oidc")
        assert (answer.status_code, "location" in answer.headers) == (200, False)
        assert "未能确认身份" in answer.text


async def test_only_the_browser_that_began_may_finish_and_only_once_and_in_time(pit, provider):
    app = door_of(pit, provider)
    async with client_of(app) as web, client_of(app) as victim, httpx.AsyncClient() as outside:
        place = (await web.get("/sign-in/oidc")).headers["location"]
        back = (await outside.get(place)).headers["location"]
        assert (await victim.get(back)).status_code == 401
        assert (await web.get(back)).status_code == 303
        assert (await web.get(back)).status_code == 401
        place = (await web.get("/sign-in/oidc")).headers["location"]
        back = (await outside.get(place)).headers["location"]
        pit.clock.advance(11 * MINUTE)
        assert (await web.get(back)).status_code == 401
        assert (await victim.get("/sign-in/oidc/back")).status_code == 401


async def test_a_code_is_worth_nothing_without_the_verifier_that_only_we_know(pit, provider):
    async with client_of(door_of(pit, provider)) as web, httpx.AsyncClient() as outside:
        place = (await web.get("/sign-in/oidc")).headers["location"]
        code = parse_qs(urlsplit((await outside.get(place)).headers["location"]).query)["code"][0]
        stolen = await outside.post(
            f"{provider.issuer}/token",
            data={"code": code, "code_verifier": "guessed", "grant_type": "authorization_code"},
            auth=("davy", "s3cret"),
        )
        assert stolen.status_code == 400


async def test_an_address_is_believed_only_where_the_provider_verified_it(pit, provider):
    provider.claims = {"email": "li@mine"}
    async with client_of(door_of(pit, provider, claim="email")) as web:
        assert (await _through(web)).status_code == 401
        provider.claims = {"email": "li@mine", "email_verified": True}
        assert (await _through(web)).status_code == 303


async def test_a_console_without_a_provider_has_no_such_door(pit):
    async with client_of(app_of(pit.plant)) as web:
        assert (await web.get("/sign-in/oidc")).status_code == 404
        assert (await web.get("/sign-in/oidc/back")).status_code == 404
