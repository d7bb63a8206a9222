"""The pages under attack: bodies, knocks, connections, streams and words of a caller's own have their bounds, and ingest has its turn."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from console.web import bodies, hashing, stream
from console.web.access import Role
from console.web.bodies import DOCUMENTS, USUAL
from console.web.guarded import MOST, Guarded, room_of
from console.web.serve import Server
from console.web.strangers import ALL_AT_ONCE, EACH_AT_ONCE, EACH_S, Strangers, network_of
from console.web.turns import Turns
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, PASSWORD, add_person, cheapen, client_of, closed_app, session_of
from tests.console.web_pit import Pit
from tests.waiting import LIMIT_S, until

T = TypeVar("T")
JSON = {"Content-Type": "application/json"}
DEED = "/api/v1/alarms/1/acknowledge"


@pytest.fixture
def pit() -> Pit:
    return Pit()


# ------------------------------------------------------------ bodies


async def endless(size: int, sent: list[int]) -> AsyncIterator[bytes]:
    """A body whose length nobody tells."""
    for _ in range(0, size, 1 << 16):
        sent.append(1 << 16)
        yield b"x" * (1 << 16)


@pytest.mark.parametrize("path", ["/api/v1/session", DEED])
async def test_a_body_that_is_too_long_is_refused_unread(pit: Pit, path: str) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post(path, content=b"x" * (USUAL + 1), headers=JSON)

    assert (answer.status_code, answer.json()["error"]["allowed"]) == (413, f"a body of at most {USUAL} bytes")


async def test_a_body_without_a_length_is_read_to_its_bound_only(pit: Pit) -> None:
    sent: list[int] = []
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post("/api/v1/session", content=endless(100 * USUAL, sent), headers=JSON)

    assert answer.status_code == 413
    assert sum(sent) <= USUAL + (1 << 16)


async def test_a_body_of_the_greatest_length_is_read_and_refused_for_what_it_says(pit: Pit) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answers = [await web.post(DEED, content=b" " * (USUAL - 2) + b"{}", headers=JSON)]
        answers.append(await web.post("/api/v1/fleet/profiles", content=b" " * USUAL + b"{}", headers=JSON))
        answers.append(await web.post("/api/v1/fleet/profiles", content=b" " * (DOCUMENTS + 1), headers=JSON))

    assert [answer.status_code for answer in answers] == [422, 422, 413]


async def test_a_body_that_does_not_come_is_given_up(pit: Pit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WHOLE_WITHIN_S", 0.01)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post("/api/v1/session", content=slow(), headers=JSON)

    assert answer.status_code == 408


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 40_000, b'{"login":' + b"[" * 100_000])
async def test_json_nested_without_end_is_refused(pit: Pit, nested: bytes) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post("/api/v1/session", content=nested, headers=JSON)

    assert answer.status_code in (400, 422)


async def test_a_packed_body_is_not_unpacked(pit: Pit) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post("/api/v1/session", content=b"\x1f\x8b" + bytes(100), headers=JSON | {"Content-Encoding": "gzip"})

    assert answer.status_code in (400, 422)


# ------------------------------------------------------------ knocks


def test_a_stranger_is_let_in_so_often_and_again_later_and_others_are_not_kept_out() -> None:
    strangers = Strangers()
    inside = [strangers.may("192.0.2.1", 10.0) for _ in range(round(EACH_AT_ONCE) + 5)]

    assert inside == [True] * round(EACH_AT_ONCE) + [False] * 5
    assert strangers.may("192.0.2.2", 10.0)
    assert sum(strangers.may("192.0.2.1", 11.0) for _ in range(1000)) == EACH_S


def test_strangers_from_everywhere_have_a_bound_together() -> None:
    strangers = Strangers()

    assert sum(strangers.may(f"192.0.2.{at % 250}", 0.0) for at in range(5_000)) == ALL_AT_ONCE


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_whoever_holds_a_network_is_counted_once(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_flood_of_strangers_does_not_reach_the_records_and_whoever_is_signed_in_goes_on(
    pit: Pit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.web.strangers.EACH_AT_ONCE", 5.0)
    monkeypatch.setattr("console.web.doors.monotonic", lambda: 0.0)
    app = closed_app(pit)
    cookies = session_of(pit, add_person(pit, "li", Role.DISPATCHER, "north"))
    async with client_of(app, cookies) as known, client_of(app) as web:
        assert (await known.get("/api/v1/mines")).status_code == 200
        statuses = Counter([(await web.get("/api/v1/mines", headers={"Authorization": f"Bearer {at}"})).status_code for at in range(20)])
        refused = await web.get("/api/v1/mines")
        mine = await known.get("/api/v1/mines")
        sheet = await web.get("/static/base.css")

    assert statuses == {401: 4, 429: 16}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert (mine.status_code, sheet.status_code) == (200, 200)


async def test_sign_ins_that_would_wait_for_seconds_are_turned_away(pit: Pit, monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen(monkeypatch)
    monkeypatch.setattr(hashing, "MOST_COMPARING", 0)
    add_person(pit, "li", Role.DISPATCHER, "north", password=True)
    async with client_of(closed_app(pit)) as web:
        answer = await web.post("/api/v1/session", json={"login": "li", "password": PASSWORD})
        assert (answer.status_code, answer.json()["error"]["allowed"]) == (429, "1 s")
        monkeypatch.setattr(hashing, "MOST_COMPARING", 1)
        assert (await web.post("/api/v1/session", json={"login": "li", "password": PASSWORD})).status_code == 200


# ------------------------------------------------------------ turns


async def test_what_was_received_waits_for_a_few_pieces_of_the_pages_work_only() -> None:
    """However many ask, what ingest hands to the store's thread afterwards comes after at most `most` of them."""
    done: list[str] = []
    with ThreadPoolExecutor(1) as thread:
        loop, gate = asyncio.get_running_loop(), threading.Event()

        async def run(work: Callable[[], T]) -> T:
            return await loop.run_in_executor(thread, work)

        turns = Turns(run, 4)
        first = loop.run_in_executor(thread, gate.wait, LIMIT_S)
        asked = [asyncio.ensure_future(turns(lambda: done.append("page"))) for _ in range(1000)]
        await asyncio.sleep(0)
        commit = loop.run_in_executor(thread, done.append, "commit")
        gate.set()
        await asyncio.gather(first, commit, *asked)

    assert done.index("commit") == 4
    assert len(done) == 1001


async def test_the_application_takes_its_turns(pit: Pit) -> None:
    assert isinstance(app_of(pit.plant).state.watch.plant.run, Turns)


# ------------------------------------------------------------ connections


def test_connections_leave_the_process_half_of_its_files() -> None:
    assert [room_of(handles) for handles in (1024, 65_536, 16)] == [512, MOST, 20]
    assert Guarded.ROOM <= MOST


@pytest.fixture
async def server(pit: Pit, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr("console.web.serve.make_ready", lambda _app: None)  # templates, seconds of them, that nobody asks for here
    monkeypatch.setattr("console.web.serve.draw_province", lambda _app: asyncio.sleep(0))
    served = Server(app_of(pit.plant), port=0)
    task = asyncio.create_task(served.serve())
    await until(lambda: served.started)
    yield served
    served.should_exit = True
    await task


async def test_one_address_has_half_of_the_connections_and_more_are_hung_up_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guarded, "ROOM", 6)
    opened = [await asyncio.open_connection("127.0.0.1", server.bound) for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound)

    assert await reader.read() == b""
    for _, one in [*opened, (reader, writer)]:
        one.close()
        with contextlib.suppress(ConnectionError):
            await one.wait_closed()


async def test_a_connection_that_asks_for_nothing_is_hung_up_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does a head that comes a letter at a time keep it open."""
    monkeypatch.setattr("console.web.guarded.ASKS_WITHIN_S", 0.05)
    silent, _ = await asyncio.open_connection("127.0.0.1", server.bound)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound)
    writer.write(b"GET /healthz HTTP/1.1\r\nHo")

    async with asyncio.timeout(LIMIT_S):
        assert await silent.read() == b""
        assert await reader.read() == b""
    writer.close()


async def test_a_head_that_is_too_long_is_refused(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 66_000)
    async with asyncio.timeout(LIMIT_S):
        answer = await reader.readline()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_a_stream_outlasts_the_time_to_ask(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.web.guarded.ASKS_WITHIN_S", 0.05)
    monkeypatch.setattr(stream, "EVERY_S", 0.1)
    events = 0
    async with httpx.AsyncClient(trust_env=False) as web, web.stream("GET", f"http://127.0.0.1:{server.bound}/api/v1/stream") as answer:
        async for row in answer.aiter_lines():
            events += row.startswith("data: ")
            if events == 4:
                break

    assert events == 4


# ------------------------------------------------------------ streams, words


async def test_one_person_listens_to_so_many_streams_and_a_closed_one_counts_no_more(pit: Pit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_OF_ONE", 1)
    app = closed_app(pit)
    person = add_person(pit, "li", Role.DISPATCHER, "north")
    events = stream._counted(stream._events(app.state.watch, "zh", None, None), app.state.listening, person.id)
    await anext(events)
    async with client_of(app, session_of(pit, person)) as web:
        refused = await web.get("/api/v1/stream")
    await events.aclose()

    assert (refused.status_code, app.state.listening[person.id]) == (429, 0)


async def test_methods_of_a_callers_own_make_no_series(pit: Pit) -> None:
    registry = CollectorRegistry()
    async with client_of(app_of(pit.plant, registry=registry)) as web:
        for at in range(5):
            await web.request(f"MADE{at}", f"/no/such/{at}")
    told = generate_latest(registry).decode()

    assert 'method="other",route="other"' in told
    assert "MADE" not in told
    assert "such" not in told


async def test_a_host_that_is_not_ours_is_refused(pit: Pit) -> None:
    async with client_of(app_of(pit.plant, hosts=("davy.test",), entry=CLOSED)) as web:
        assert (await web.get("/healthz")).status_code == 200
        assert (await web.get("/healthz", headers={"Host": "evil.example"})).status_code == 400
