"""`davy tail`: every message readable, whatever it is."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from bench.ports import free_port
from console.cli.tail import NoBroker, broker_of, command, expand
from contracts.clock import BUILD_TIME, SECOND
from contracts.codec import pack
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from contracts.payload import Birth, Item, State, encode
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.mosquitto import NoBroker as NotInstalled
from ingest.broker.mosquitto import mosquitto
from tests.waiting import LIMIT_S
from wire.client import open_link

BIRTH = Birth(1, "0.1.0", 5, BUILD_TIME, "trusted", "ab12", "cmsr-2025", SECOND, "g7", [])
BATCH = Item(1, "ab12cd34ef567890", 41, BUILD_TIME, pack(Block.of([0, 1, 2, 3, 4, 5], BUILD_TIME, [0.42] * 6), "ab12"))


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("wanted", "topic"),
    [
        ("live", "davy/v1/+/+/live"),
        ("receipt", "davy/v1/+/+/receipt"),
        ("demo-a", "davy/v1/demo-a/#"),
        ("demo-a/gate-1", "davy/v1/demo-a/gate-1/#"),
        ("davy/v1/demo-a/gate-1/live", "davy/v1/demo-a/gate-1/live"),
        ("davy/v1/#", "davy/v1/#"),
        ("#", "#"),
        ("+/+", "+/+"),
        ("$SYS/broker/version", "$SYS/broker/version"),
    ],
)
def test_a_mine_a_gateway_or_a_lane_is_expanded_and_a_filter_is_taken_as_it_is(wanted: str, topic: str) -> None:
    assert expand(wanted) == topic


@pytest.mark.parametrize("wanted", ["", "Demo_A", "a/b/c", "a/#/b", "a+", "#x", "+/a#", "davy/v1/\0#"])
def test_what_is_no_filter_is_refused(wanted: str) -> None:
    with pytest.raises(BadConfig):
        expand(wanted)


def test_options_stand_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_BROKER_HOST", "10.0.0.9")
    monkeypatch.setenv("DAVY_BROKER_PORT", "1999")

    assert broker_of(None, None, None) == BrokerAddress(host="10.0.0.9", port=1999)
    assert broker_of(None, None, 1884) == BrokerAddress(host="10.0.0.9", port=1884)


def test_a_configuration_names_the_broker(tmp_path: Path) -> None:
    path = tmp_path / "ingest.toml"
    path.write_text('store = "s"\nrecords = "sqlite://"\nfolder = "f"\n[broker]\nhost = "10.0.0.8"\nusername = "me"\n', encoding="utf-8")

    assert broker_of(str(path), None, None) == BrokerAddress(host="10.0.0.8", username="me")


def test_where_no_broker_is_it_says_what_to_start() -> None:
    result = CliRunner().invoke(command, ["--port", str(free_port())])

    assert isinstance(result.exception, NoBroker)
    assert "davy up" in str(result.exception)


# ---------------------------------------------------------------- a real broker


@pytest_asyncio.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerProcess]:
    broker = mosquitto(tmp_path / "broker", Listener(port=free_port()))
    try:
        await broker.start()
    except NotInstalled as error:
        pytest.skip(str(error))
    yield broker
    await broker.stop()


async def start_tail(broker: BrokerProcess, *arguments: str) -> asyncio.subprocess.Process:
    """A `davy tail` that has subscribed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console.cli", "tail", "--port", str(broker.listener.port), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert process.stderr is not None
    assert b"davy: 127.0.0.1" in await asyncio.wait_for(process.stderr.readline(), LIMIT_S)
    return process


@pytest.mark.servers
async def test_messages_on_a_broker_are_printed_as_they_come_and_count_ends_it(broker: BrokerProcess) -> None:
    tail = await start_tail(broker, "north", "--count", "3")
    async with open_link(BrokerAddress(port=broker.listener.port), "test") as link:
        await link.publish("davy/v1/south/gw1/live", encode(BATCH))
        await link.publish("davy/v1/north/gw1/state", encode(State(1, True, BUILD_TIME)), retain=True)
        await link.publish("davy/v1/north/gw1/live", encode(BATCH))
        await link.publish("davy/v1/north/gw1/live", b"junk")
    out, err = await asyncio.wait_for(tail.communicate(), LIMIT_S)

    assert [
        words in text for words, text in zip(("online", "readings 6", "refused: malformed"), out.decode().splitlines(), strict=True)
    ] == [True] * 3
    assert (tail.returncode, err) == (0, b"")


@pytest.mark.servers
async def test_json_lines_can_be_read_by_programs(broker: BrokerProcess) -> None:
    async with open_link(BrokerAddress(port=broker.listener.port), "test") as link:
        await link.publish("davy/v1/north/gw1/birth", encode(BIRTH), retain=True)
    tail = await start_tail(broker, "birth", "--json", "--count", "1")
    out, _ = await asyncio.wait_for(tail.communicate(), LIMIT_S)

    told = json.loads(out)
    assert (told["retained"], told["message"]["generation"]) == (True, "g7")


@pytest.mark.servers
async def test_a_broker_that_goes_away_ends_it_with_one_sentence(broker: BrokerProcess) -> None:
    tail = await start_tail(broker)
    await broker.stop()
    out, err = await asyncio.wait_for(tail.communicate(), LIMIT_S)

    assert (tail.returncode, out) == (2, b"")
    assert err.decode().count("\n") == 1
    assert "davy up" in err.decode()
