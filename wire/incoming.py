"""MQTT 3.1.1 packets as they come from a socket: messages of QoS 1 are taken out here, any other packet goes to paho whole.

paho asks its socket for a byte at a time and takes some 50 µs for a message: more than all our checks of the readings in it.
"""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

PIECE = 1 << 16
PUBLISH_1, FLAGS = 0x32, 0x09
"""A message of QoS 1; what else its first byte may say (again, retained)."""
PUBACK = 0x40
_LENGTH_BYTES = 4
Message = tuple[str, bytes, bool, bytes]
"""Topic, payload, retained, and the two bytes that a PUBACK repeats."""
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Incoming:
    """Stands where paho's non-blocking socket stood, plain or TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._rest, self._for_paho = sock, b"", b""
        self._over: OSError | bool = False

    def packets(self) -> Iterator[Message | None]:
        """What the socket has now, in order. None: paho has a packet, or the end of the connection, to read."""
        data, at = self._rest + self._received(), 0
        while (place := _place(data, at)) is not None:
            body, end = place
            message = _message(data, at, body, end)
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
        return b"".join(parts)

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
    length = shift = 0
    for place in range(at + 1, min(len(data), at + 1 + _LENGTH_BYTES)):
        length |= (data[place] & 127) << shift
        shift += 7
        if data[place] < 128:
            return (place + 1, place + 1 + length) if place + 1 + length <= len(data) else None
    return (len(data), len(data)) if shift == 7 * _LENGTH_BYTES else None  # no length: paho is to say so


def _message(data: bytes, at: int, body: int, end: int) -> Message | None:
    """None where it is no message of QoS 1, or not as it should be: that is paho's to judge."""
    if data[at] & ~FLAGS != PUBLISH_1 or end - body < 2:
        return None
    name = body + 2 + int.from_bytes(data[body : body + 2], "big")
    if name == body + 2 or name + 2 > end:
        return None
    try:
        return data[body + 2 : name].decode(), data[name + 2 : end], bool(data[at] & 1), data[name : name + 2]
    except UnicodeDecodeError:
        return None
