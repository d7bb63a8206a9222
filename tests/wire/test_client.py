"""The one MQTT client against a real Mosquitto: it heals, it says when it is down, and it stops when it is told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ports import free_port
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from ingest.broker import amqtt
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.choice import choose_broker
from ingest.broker.mosquitto import NoBroker, find_mosquitto, mosquitto
from tests.waiting import LIMIT_S
from wire.backoff import CAP_S, full_jitter
from wire.client import Arrived, Link, LinkDown, Will, keep_connected, open_link
from wire.tls import context_of
from wire.together import together


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerProcess]:
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))
    broker = mosquitto(tmp_path, Listener(port=free_port()))
    await broker.start()
    yield broker
    await broker.stop()


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_wait_is_between_nothing_and_half_a_minute(attempt: int, chance: float) -> None:
    assert 0 <= full_jitter(attempt, lambda low, high: low + chance * (high - low)) <= CAP_S


def test_the_ceiling_doubles() -> None:
    assert [full_jitter(attempt, lambda _low, high: high) for attempt in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_missing_certificate_is_refused_by_key() -> None:
    with pytest.raises(BadConfig, match=r"broker\.ca_file"):
        context_of(BrokerAddress(ca_file="/nowhere/ca.pem"))


@pytest.mark.servers
async def test_what_is_sent_arrives_in_order(broker: BrokerProcess) -> None:
    address, seen = BrokerAddress(port=broker.listener.port), list[Arrived]()
    async with open_link(address, "listener") as listener, open_link(address, "sender") as sender:
        await listener.subscribe("a/#")
        for at in range(300):
            await sender.send("a/b", str(at).encode())
        async for message in listener.messages():
            seen.append(message)
            if len(seen) == 300:
                break

    assert [int(message.payload) for message in seen] == list(range(300))


@pytest.mark.servers
async def test_the_will_is_published_and_kept_when_the_client_vanishes(broker: BrokerProcess) -> None:
    address = BrokerAddress(port=broker.listener.port)
    async with open_link(address, "watcher") as watcher:
        await watcher.subscribe("will")
        async with open_link(address, "mortal", Will("will", b"gone")) as mortal:
            mortal._client._client.socket().close()
        message = await asyncio.wait_for(anext(watcher.messages()), LIMIT_S)

    assert message.payload == b"gone"


@pytest.mark.servers
async def test_a_session_is_started_again_after_the_broker_was_gone(broker: BrokerProcess) -> None:
    began, states, first = [], [], asyncio.Event()

    async def session(link: Link) -> None:
        began.append(1)
        first.set()
        link.progress()
        if len(began) == 2:
            return
        async for _ in link.messages():
            pass
        raise LinkDown("ended")

    address = BrokerAddress(port=broker.listener.port)
    task = asyncio.create_task(keep_connected(address, "healer", session, on_state=lambda up, _why: states.append(up)))
    await first.wait()
    await broker.stop()
    await broker.start()
    await asyncio.wait_for(task, LIMIT_S)

    assert states[0] is True
    assert False in states
    assert states[-1] is True


@pytest.mark.servers
async def test_being_stopped_while_the_link_breaks_means_stopped(broker: BrokerProcess) -> None:
    held = asyncio.Event()

    async def breaks_when_cancelled() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise LinkDown("broke while stopping") from None

    async def session(_link: Link) -> None:
        held.set()
        await together(breaks_when_cancelled(), asyncio.sleep(60))

    task = asyncio.create_task(keep_connected(BrokerAddress(port=broker.listener.port), "stopper", session))
    await held.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, LIMIT_S)

    assert task.cancelled()


async def test_a_broker_that_is_not_there_is_a_link_that_is_down() -> None:
    with pytest.raises(LinkDown):
        async with open_link(BrokerAddress(port=free_port()), "nobody"):
            pass


async def test_a_broker_that_hangs_up_without_an_answer_is_noticed_at_once() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        address = BrokerAddress(port=server.sockets[0].getsockname()[1])
        with pytest.raises(LinkDown, match="hung up"):
            async with asyncio.timeout(LIMIT_S), open_link(address, "caller"):
                pass


async def test_who_is_stopped_before_the_broker_answers_leaves_no_connection_behind() -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        gone.set()
        writer.close()

    async def call(address: BrokerAddress) -> None:
        async with open_link(address, "caller"):
            pass

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        task = asyncio.create_task(call(BrokerAddress(port=server.sockets[0].getsockname()[1])))
        await came.wait()
        await asyncio.sleep(0.1)  # it waits for the answer by now; were it not so far, it would have to stop all the same
        task.cancel()
        async with asyncio.timeout(LIMIT_S):
            await gone.wait()

    assert task.cancelled()


@pytest.mark.servers
async def test_amqtt_can_stand_in_for_mosquitto(tmp_path: Path) -> None:
    listener = Listener(port=free_port())
    broker = BrokerProcess(amqtt.command(listener), tmp_path / "broker.log", listener)
    await broker.start()
    try:
        async with open_link(BrokerAddress(port=listener.port), "both") as link:
            await link.subscribe("davy/v1/+/+/live")
            await link.publish("davy/v1/mine/gate/live", b"reading")
            message = await asyncio.wait_for(anext(link.messages()), LIMIT_S)
    finally:
        await broker.stop()

    assert message.payload == b"reading"


def test_without_mosquitto_amqtt_is_chosen_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.broker.mosquitto.find_mosquitto", _not_installed)
    _, said = choose_broker(tmp_path, Listener())

    assert "amqtt" in said
    assert "one trusted tenant" in said


def _not_installed() -> str:
    raise NoBroker("mosquitto is not installed: apt-get install mosquitto")


async def test_who_swallows_being_cancelled_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(together(stubborn(), asyncio.sleep(60), again_s=0.01))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=LIMIT_S)

    assert task.cancelled()
    assert swallowed == 3


async def test_nothing_side_by_side_is_over_at_once() -> None:
    await together()
