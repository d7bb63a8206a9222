"""The MQTT channel at a real Mosquitto: acknowledged is accepted, and a broker that is down is tried until it is back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from alerts.channels.mqtt import Mqtt
from alerts.config import Recipient
from alerts.deliver import Deliver
from alerts.message import Message
from bench.ports import free_port
from contracts.clock import SystemClock
from contracts.config import BrokerAddress
from contracts.errors import Retry
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.mosquitto import NoBroker, mosquitto
from store.records.deliveries import Delivered, deliveries
from store.records.engine import Records, open_records
from tests.alerts.test_deliver import raise_and_return
from tests.waiting import LIMIT_S, until
from wire.client import open_link

pytestmark = pytest.mark.servers
MESSAGE = Message("k1", "inspector", "zh", {"zh": "【报警】一矿", "en": "[ALARM] One"}, {"id": 7}, {"id": 9})
TOPIC = "alarms/m1"


@pytest_asyncio.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerProcess]:
    try:
        made = mosquitto(tmp_path, Listener(port=free_port()))
    except NoBroker as error:
        pytest.skip(str(error))
    await made.start()
    yield made
    await made.stop()


def address(broker: BrokerProcess) -> str:
    return f"mqtt://127.0.0.1:{broker.listener.port}/{TOPIC}"


class Subscriber:
    """What came on the topic."""

    def __init__(self, broker: BrokerProcess) -> None:
        self.heard: list[Message] = []
        self._broker = BrokerAddress(port=broker.listener.port)
        self.ready = asyncio.Event()

    async def run(self) -> None:
        async with open_link(self._broker, "subscriber") as link:
            await link.subscribe(TOPIC)
            self.ready.set()
            async for arrived in link.messages():
                self.heard.append(msgspec.json.decode(arrived.payload, type=Message))

    async def listening(self) -> "asyncio.Task[None]":
        task = asyncio.create_task(self.run())
        async with asyncio.timeout(LIMIT_S):
            await self.ready.wait()
        return task


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_the_broker_acknowledged_is_there_whole_in_both_languages(broker):
    subscriber = Subscriber(broker)
    task = await subscriber.listening()
    await Mqtt().send(address(broker), MESSAGE)
    await until(lambda: subscriber.heard)
    await ended(task)
    assert subscriber.heard == [MESSAGE]


async def test_a_message_of_many_parts_fits_a_broker_with_a_small_packet_size(broker):
    part = {
        "alarm": 1,
        "transition": 2,
        "cause": 3,
        "change": "raise",
        "value": 1.2,
        "mine": "m1" * 20,
        "area": "8" * 40,
        "point": "T" * 32,
    }
    many = msgspec.structs.replace(MESSAGE, kind="digest", parts=[part] * 200, text={"zh": "报" * 3_000, "en": "a" * 8_000})
    subscriber = Subscriber(broker)
    task = await subscriber.listening()
    await Mqtt().send(address(broker), many)
    await until(lambda: subscriber.heard)
    await ended(task)
    assert len(subscriber.heard[0].parts) == 200


async def test_a_broker_that_is_down_is_tried_again(broker):
    await broker.stop()
    with pytest.raises(Retry):
        await Mqtt().send(address(broker), MESSAGE)


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[Records]:
    records = open_records(f"sqlite:///{tmp_path / 'records.db'}")
    yield records
    records.close()


async def test_alarms_wait_for_a_broker_that_is_down_and_come_in_order_when_it_is_back(broker, filed, pack):
    records = filed
    recipient = Recipient(name="board", channel="mqtt", address=address(broker))
    raise_and_return(records, pack, [recipient], points=3)
    await broker.stop()
    task = asyncio.create_task(Deliver(records, [recipient], {"mqtt": Mqtt()}, SystemClock(), retry_at_most_s=1.0).run())

    def rows() -> list:
        with records.begin() as db:
            return [row for alarm in (1, 2, 3) for row in deliveries(db, alarm)]

    await until(lambda: all(row.attempts for row in rows()[::2]))
    assert {row.state for row in rows()} == {Delivered.PENDING}
    await broker.start()
    subscriber = Subscriber(broker)
    listening = await subscriber.listening()
    await until(lambda: {row.state for row in rows()} == {Delivered.DONE})
    await until(lambda: len({message.key for message in subscriber.heard}) >= 3)
    await ended(task)
    await ended(listening)
    for alarm in (1, 2, 3):
        changes = list(dict.fromkeys(m.transition["change"] for m in subscriber.heard if m.alarm["id"] == alarm))
        assert changes in (["raise", "return"], ["return"])
