"""Remote care: what the centre wants of a gateway, and what the gateway says became of it (lanes desired, reported, command, answer).

What goes down is signed with a key the gateway was given by hand. A broker, or whoever writes to its topics, cannot make one up.
"""

from typing import TypeVar

import msgspec

from contracts.errors import BadPayload
from contracts.keys import BadSignature, key_id, public_of, sign, verify
from contracts.payload import VERSION, Count, Stamp, Versioned, decode, encode


class Desired(Versioned, frozen=True):
    """Documents by name (`edge.toml`, `points.json`, `registers/fan.json`, ...) a gateway is to run with, all of them at once.

    `version` counts up for each gateway. Success is a receipt under them within `confirm_s` seconds; else the gateway goes back by itself.
    """

    gateway: str
    version: Count
    made: Stamp
    by: str
    documents: dict[str, str]
    confirm_s: Count = 60


class Command(Versioned, frozen=True):
    """One thing to do now, at most once. After `expires` (µs UTC) it is refused."""

    gateway: str
    id: str
    made: Stamp
    expires: Stamp
    by: str
    name: str
    arguments: dict[str, str] = msgspec.field(default_factory=dict)


class Sealed(Versioned, frozen=True):
    """A message's bytes with who vouches for them. `key`: name of the public key (see `contracts.keys.key_id`)."""

    key: str
    signature: bytes
    body: bytes


class Reported(Versioned, frozen=True):
    """What a gateway runs with. Retained. `running` 0: the files it was installed with.

    state `settled` (running is confirmed), `trying` (wanted runs on trial), `waiting` (wanted was tried while the link was down: it will be
    tried again), `refused` (wanted cannot be run), `reverted` (it ran, and no receipt came under it).
    """

    at: Stamp
    agent: str
    running: Count
    state: str
    wanted: Count = 0
    why: str = ""
    refused: list[tuple[Count, str]] = msgspec.field(default_factory=list)


class Answer(Versioned, frozen=True):
    """To a command: `accepted`, `done` or `refused`. `detail`: what it brought, for people."""

    id: str
    at: Stamp
    state: str
    why: str = ""
    detail: str = ""


DRILL_STEPS = ("decided", "sent", "receipted")
"""What the answer to a `drill` tells, each as `name=µs UTC` on a line of its own; a step that was not reached is left out."""

MESSAGES: tuple[type, ...] = (Sealed, Desired, Reported, Command, Answer)

Order = TypeVar("Order", Desired, Command)


def signed(order: Desired | Command, secret: bytes) -> bytes:
    """The bytes to send."""
    body = encode(order)
    return encode(Sealed(VERSION, key_id(public_of(secret)), sign(secret, body), body))


def opened(kind: type[Order], data: bytes, trusted: dict[str, bytes]) -> Order:
    """The order in these bytes. BadPayload where they are none; BadSignature where no trusted key (by name) vouches for them."""
    envelope = decode(Sealed, data)
    if envelope.key not in trusted:
        raise BadSignature(f"key {envelope.key[:20]!r} is not trusted here; trusted: {', '.join(trusted) or 'none'}")
    verify(trusted[envelope.key], envelope.body, envelope.signature)
    return decode(kind, envelope.body)


def trusted_by(public_keys: list[str]) -> dict[str, bytes]:
    """Public keys in hex, by name; BadPayload for one that is none."""
    found = {}
    for text in public_keys:
        try:
            public = bytes.fromhex(text)
        except ValueError as error:
            raise BadPayload("key", f"{text[:20]!r} is not hex") from error
        if len(public) != 32:
            raise BadPayload("key", f"{len(public)} bytes; a public key has 32")
        found[key_id(public)] = public
    return found
