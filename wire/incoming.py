"""MQTT 3.1.1 packets as they come from a socket: messages of QoS 1 are taken out here, any other packet goes to paho whole.

paho asks its socket for a byte at a time and takes some 50 µs for a message: more than all our checks of the readings in it.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

PIECE = 1 << 16
PUBLISH_1, FLAGS = 0x32, 0x09
"""A message of QoS 1; what else its first byte may say (again, retained)."""
PUBACK = 0x40
_SHIFTS = (0, 7, 14, 21)
"""Of the bytes of a packet's length."""
_MOST_TOPICS = 10_000
"""Kept as texts: a gateway sends under few."""
Message = tuple[str, bytes, bool, bytes]
"""Topic, payload, retained, and the two bytes that a PUBACK repeats."""
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Incoming:
    """Stands where paho's non-blocking socket stood, plain or TLS. `is_ours`: takes the number of a PUBACK that paho does not wait for."""

    def __init__(self, sock: socket.socket, is_ours: Callable[[int], bool] = lambda _number: False) -> None:
        self._sock, self._rest, self._for_paho, self._is_ours = sock, b"", b"", is_ours
        self._over: OSError | bool = False
        self._topics: dict[bytes, str] = {}
        self.drained = True
        """The socket had less than a piece: what comes next may gather for a while."""

    def packets(self) -> Iterator[Message | None]:
        """What the socket has now, in order. None: paho has a packet, or the end of the connection, to read."""
        data, at = self._rest + self._received(), 0
        while (place := _place(data, at)) is not None:
            body, end = place
            message = self._message(data, at, body, end)
            if message is None and data[at] == PUBACK and end - body == 2 and self._is_ours(int.from_bytes(data[body:end], "big")):
                at = end
                continue
            if message is None:
                self._for_paho += data[at:end]
            at = end
            self._rest = data[at:] if message is None else b""  # paho may end everything: what follows is not lost on the way
            yield message
        self._rest = data[at:]
        if self._over:
            yield None

    def _received(self) -> bytes:
        parts = []
        try:
            while True:
                parts.append(self._sock.recv(PIECE))
                self._over = not parts[-1]
                if self._over or not getattr(self._sock, "pending", int)():
                    break
        except _NOT_NOW:
            pass
        except OSError as error:
            self._over = error
        data = b"".join(parts)
        self.drained = len(data) < PIECE
        return data

    def _message(self, data: bytes, at: int, body: int, end: int) -> Message | None:
        """None where it is no message of QoS 1, or not as it should be: that is paho's to judge."""
        if data[at] & ~FLAGS != PUBLISH_1 or end - body < 2:
            return None
        name = body + 2 + (data[body] << 8 | data[body + 1])
        if name == body + 2 or name + 2 > end:
            return None
        topic = self._topics.get(text := data[body + 2 : name]) or self._learned(text)
        return (topic, data[name + 2 : end], bool(data[at] & 1), data[name : name + 2]) if topic else None

    def _learned(self, text: bytes) -> str:
        """The topic; empty where it is no text."""
        try:
            topic = text.decode()
        except UnicodeDecodeError:
            return ""
        if len(self._topics) >= _MOST_TOPICS:
            self._topics.clear()
        self._topics[text] = topic
        return topic

    def recv(self, most: int) -> bytes:
        """For paho: of the packets that are not messages."""
        part, self._for_paho = self._for_paho[:most], self._for_paho[most:]
        if part:
            return part
        if isinstance(self._over, OSError):
            raise self._over
        if not self._over:
            raise BlockingIOError
        return b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def _place(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins at `at` begins and ends; None while it is not whole."""
    length, body, size = 0, at + 1, len(data)
    for shift in _SHIFTS:
        if body >= size:
            return None
        byte = data[body]
        body += 1
        length |= (byte & 127) << shift
        if byte < 128:
            return (body, body + length) if body + length <= size else None
    return size, size  # no length: paho is to say so
