"""Posts: published at QoS 1 in order, so many without an answer at a time, and a broker that answers nothing is gone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from tests.waiting import LIMIT_S, until
from tests.wire.test_incoming import packet, publish
from wire.client import GATHER_S, OUTSTANDING, PUBACK_S, Link, LinkDown, _Client
from wire.incoming import Incoming


class Paho:
    """Keeps what would be sent."""

    def __init__(self, sock: object = None) -> None:
        self._sock, self.sent, self._number = sock, list[bytes](), 0

    def _mid_generate(self) -> int:
        self._number += 1
        return self._number

    def _pack_remaining_length(self, to: bytearray, length: int) -> None:
        to += packet(0, bytes(length))[1:-length]

    def _packet_queue(self, _command: int, data: bytes, _number: int, _qos: int) -> None:
        self.sent.append(data)


def connected(paho: Paho | None = None) -> _Client:
    client = _Client("127.0.0.1")
    client._client = paho or Paho()  # type: ignore[assignment]
    return client


async def test_a_post_is_a_message_of_qos_1_and_its_answer_makes_room() -> None:
    client = connected()
    link = Link(client)
    await link.send("davy/é", b"x" * 200)
    await link.send("b", b"")
    assert client._client.sent == [publish("davy/é", b"x" * 200, 1), publish("b", b"", 2)]  # type: ignore[attr-defined]
    assert list(client.unanswered) == [1, 2]
    assert [client._is_answered(number) for number in (1, 1, 9)] == [True, False, False]
    assert list(client.unanswered) == [2]


async def test_more_than_so_many_wait_until_one_is_answered() -> None:
    client = connected()
    link = Link(client)
    for _ in range(OUTSTANDING):
        await link.send("a", b"x")
    waits = asyncio.ensure_future(link.send("a", b"last"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (len(client.unanswered), waits.done()) == (OUTSTANDING, False)
    client._is_answered(5)
    await waits
    assert list(client.unanswered) == [number for number in range(1, OUTSTANDING + 2) if number != 5]


async def test_who_waits_for_room_hears_that_the_connection_is_over() -> None:
    client = connected()
    link = Link(client)
    for _ in range(OUTSTANDING):
        await link.send("a", b"x")
    waits = asyncio.ensure_future(link.send("a", b"last"))
    await asyncio.sleep(0)
    client._disconnected.set_exception(aiomqtt.MqttError("gone"))
    with pytest.raises(LinkDown):
        await waits


async def test_a_broker_that_acknowledges_nothing_for_so_long_is_gone() -> None:
    client = connected()
    link = Link(client)
    await link.send("a", b"x")
    await link.send("a", b"y")
    client.unanswered[1] -= PUBACK_S / 2
    await link.send("a", b"z")
    client.unanswered[1] -= PUBACK_S / 2
    with pytest.raises(LinkDown, match="acknowledges nothing"):
        await link.send("a", b"too late")


@asynccontextmanager
async def reading(client: _Client) -> AsyncIterator[tuple[socket.socket, Incoming]]:
    """The other end of a connection that the client reads."""
    here, there = socket.socketpair()
    here.setblocking(False)
    incoming = Incoming(here, client._is_answered)
    paho = client._client
    paho._sock = incoming  # type: ignore[assignment]
    client._loop.add_reader(here.fileno(), client._read, paho, incoming)
    try:
        yield there, incoming
    finally:
        client._loop.remove_reader(here.fileno())
        here.close()
        there.close()


async def test_messages_behind_a_message_gather_and_none_is_left_behind() -> None:
    client = connected()
    async with reading(client) as (there, _), asyncio.timeout(LIMIT_S):
        there.send(publish("a", b"1", 1))
        await client.more()
        there.send(publish("a", b"2", 2))
        there.send(publish("a", b"3", 3))
        await until(lambda: len(client.arrived) == 3)
    assert [one.payload for one in client.arrived] == [b"1", b"2", b"3"]
    assert client._client.sent == [b"\x40\2\0\1", b"\x40\2\0\2\x40\2\0\3"]  # type: ignore[attr-defined]  # the two were read at once


async def test_a_connection_that_ends_while_messages_gather_is_not_read_again() -> None:
    client = connected()
    async with reading(client) as (there, incoming), asyncio.timeout(LIMIT_S):
        there.send(publish("a", b"1", 1))
        await client.more()
        client._client._sock = None
        await asyncio.sleep(2 * GATHER_S)
        assert not client._loop.remove_reader(incoming.fileno())
