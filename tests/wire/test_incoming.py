"""Packets from a socket: wherever the network cuts them, messages come out in order and paho gets every other packet whole."""

import ssl
from collections.abc import Iterator
from types import SimpleNamespace

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.client import _Client
from wire.incoming import Incoming, Message


class Pieces:
    """A non-blocking socket that has these pieces, one each time it is asked; between them there is nothing yet. An error is raised."""

    def __init__(self, *pieces: bytes | OSError) -> None:
        self._pieces = [one for piece in pieces for one in (piece, BlockingIOError())]

    def recv(self, most: int) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else BlockingIOError()
        if isinstance(piece, OSError):
            raise piece
        assert len(piece) <= most
        return piece


def packet(first: int, body: bytes) -> bytes:
    length, left = bytearray(), len(body)
    while True:
        left, part = left >> 7, left & 127
        length.append(part | (128 if left else 0))
        if not left:
            return bytes([first]) + bytes(length) + body


def publish(topic: str, payload: bytes, number: int, first: int = 0x32) -> bytes:
    name = topic.encode()
    return packet(first, len(name).to_bytes(2, "big") + name + number.to_bytes(2, "big") + payload)


def taken(incoming: Incoming, times: int) -> tuple[list[Message], bytes]:
    """The messages of so many reads, and what paho read."""
    messages, read = [], bytearray()
    for _ in range(times):
        for message in incoming.packets():
            if message is not None:
                messages.append(message)
            else:
                read += b"".join(paho_reads(incoming))
    return messages, bytes(read)


def paho_reads(incoming: Incoming) -> Iterator[bytes]:
    while True:
        try:
            part = incoming.recv(3)
        except BlockingIOError:
            return
        if not part:
            return
        yield part


topics = st.text("abc/0é", min_size=1, max_size=12)
messages = st.tuples(topics, st.binary(max_size=300), st.integers(1, 0xFFFF), st.sampled_from([0x32, 0x33, 0x3A, 0x3B]))
others = st.sampled_from([packet(0x40, b"\0\1"), packet(0x90, b"\0\1\1"), packet(0xD0, b""), packet(0x30, b"\0\1ahello")])


@given(st.lists(messages | others, max_size=12), st.data())
def test_wherever_it_is_cut_every_packet_goes_where_it_belongs(packets: list[object], data: st.DataObject) -> None:
    whole = b"".join(one if isinstance(one, bytes) else publish(*one) for one in packets)  # type: ignore[misc]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    found, read = taken(Incoming(Pieces(*pieces)), 2 * len(pieces))  # type: ignore[arg-type]
    expected = [one for one in packets if isinstance(one, tuple)]
    assert found == [(topic, payload, bool(first & 1), number.to_bytes(2, "big")) for topic, payload, number, first in expected]
    assert read == b"".join(one for one in packets if isinstance(one, bytes))


@pytest.mark.parametrize(
    "odd",
    [
        publish("", b"x", 1),
        packet(0x32, b"\0\1\xff\0\1x"),
        packet(0x32, b"\0\x09ab"),
        packet(0x32, b"\0"),
        packet(0x32, b"\0\2ab\0"),
        b"\x32\xff\xff\xff\xff\x01rest",
    ],
    ids=["no topic", "no text", "topic too long", "no length", "no number", "length of five bytes"],
)
def test_a_message_that_is_none_is_left_to_paho(odd: bytes) -> None:
    assert taken(Incoming(Pieces(odd)), 1) == ([], odd)  # type: ignore[arg-type]


def test_the_end_comes_after_what_came_before_it() -> None:
    incoming = Incoming(Pieces(publish("a", b"x", 1), b""))  # type: ignore[arg-type]
    assert [message is None for _ in range(3) for message in incoming.packets()] == [False, True]
    assert incoming.recv(1) == b""


def test_a_broken_connection_is_paho_s_to_tell() -> None:
    incoming = Incoming(Pieces(ConnectionResetError("gone")))  # type: ignore[arg-type]
    assert list(incoming.packets()) == [None]
    with pytest.raises(ConnectionResetError):
        incoming.recv(1)


def test_what_tls_has_decrypted_already_is_read_too() -> None:
    """Nothing would wake the event loop for it."""

    class Tls(Pieces):
        def pending(self) -> int:
            return len(self._pieces)

    sock = Tls(publish("a", b"x", 1), publish("b", b"y", 2))
    sock._pieces = [piece for piece in sock._pieces if isinstance(piece, bytes)] + [ssl.SSLWantReadError()]
    assert [message[0] for message in Incoming(sock).packets() if message] == ["a", "b"]  # type: ignore[arg-type]


async def test_a_packet_that_breaks_paho_ends_the_connection_after_what_came_before_it() -> None:
    client, incoming = _Client("127.0.0.1"), Incoming(Pieces(publish("a", b"x", 1) + packet(0x40, b"\0\1")))  # type: ignore[arg-type]

    def broken() -> None:
        raise RuntimeError("paho")

    with pytest.raises(RuntimeError, match="paho"):
        client._read(SimpleNamespace(loop_read=broken, _sock=incoming), incoming)
    await client.more()
    assert client.arrived.popleft().topic == "a"
    with pytest.raises(aiomqtt.MqttError):
        await client.more()


@given(st.lists(st.integers(1, 9), max_size=12), st.sets(st.integers(1, 9)))
def test_an_answer_to_a_post_of_ours_is_taken_and_any_other_is_paho_s(numbers: list[int], ours: set[int]) -> None:
    waiting, answered = set(ours), list[int]()

    def is_ours(number: int) -> bool:
        answered.extend({number} & waiting)
        found = number in waiting
        waiting.discard(number)
        return found

    acks = [packet(0x40, number.to_bytes(2, "big")) for number in numbers]
    incoming = Incoming(Pieces(b"".join([*acks, publish("a", b"x", 1)])), is_ours)  # type: ignore[arg-type]
    found = list(incoming.packets())
    read = b"".join(paho_reads(incoming))
    first = {number: numbers.index(number) for number in ours & set(numbers)}
    assert sorted(answered) == sorted(first)
    assert read == b"".join(ack for at, ack in enumerate(acks) if first.get(numbers[at]) != at)
    assert [message and message[0] for message in found] == [None] * (len(numbers) - len(first)) + ["a"]
