"""Passwords and PINs as argon2id hashes, made in threads of their own so that nobody's page waits for them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

_hasher = PasswordHasher()
_passwords = ThreadPoolExecutor(2, "passwords")
"""Two at a time: each takes 64 MiB, whoever asks."""
_pins = ThreadPoolExecutor(1, "pins")
"""Apart from the passwords: a flood of sign-ins holds up no PIN."""
MOST_COMPARING = 40
"""Passwords under comparison or waiting for it (project setting); each takes some 50 ms of one of two threads."""
_comparing: set[object] = set()
PIN_TIME, PIN_MEMORY_KIB = 2, 19 * 1024


def hash_of(password: str) -> str:
    """The encoded argon2id hash."""
    return _hasher.hash(password)


def fits(hashed: str, password: str) -> bool:
    """Whether it is the password. Takes as long where `hashed` is empty (nobody has that login), and is False then."""
    try:
        return _hasher.verify(hashed or _nobodys(), password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


def pin_hash(pin: str, salt: str) -> str:
    """64 hex digits; the same PIN under the same salt is the same."""
    raw = hash_secret_raw(pin.encode(), bytes.fromhex(salt), PIN_TIME, PIN_MEMORY_KIB, 1, 32, Type.ID)
    return raw.hex()


def crowded() -> bool:
    """Whether so many passwords wait to be compared that one more would wait for seconds."""
    return len(_comparing) >= MOST_COMPARING


async def password_fits(hashed: str, password: str) -> bool:
    """`fits`, off the event loop."""
    mine = object()
    _comparing.add(mine)
    try:
        return await asyncio.get_running_loop().run_in_executor(_passwords, fits, hashed, password)
    finally:
        _comparing.discard(mine)


async def password_hash(password: str) -> str:
    """`hash_of`, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_passwords, hash_of, password)


async def hashed_pin(pin: str, salt: str) -> str:
    """`pin_hash`, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_pins, pin_hash, pin, salt)


@cache
def _nobodys() -> str:
    return _hasher.hash(token_urlsafe())
