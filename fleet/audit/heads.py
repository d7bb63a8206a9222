"""Signing a head of the log, and telling whether a signature holds. Each kind of signature begins with words of its own.

So no signature of a key can be taken for another: not a daily head for the last line of an export, nor the evidence of an alarm for either.
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from contracts.keys import BadSignature, key_id, public_of, sign, verify
from fleet.audit.link import digest
from fleet.bodies import Head, write

SIGNED_HEAD = b"davylamp fleet head 1\n"

Tails = Mapping[str, tuple[int, str]]
"""The last entry of every mine: its m and its hash, by mine ("" is the province's own)."""
_encode = msgspec.json.Encoder().encode


def root_of(tails: Tails) -> str:
    """One hash for all of them: BLAKE2b-256 of the JSON array of [mine, m, hash], ascending by mine."""
    return digest(_encode([[mine, *tail] for mine, tail in sorted(tails.items())]))


def signed_head(secret: bytes, day: str, n: int, hash_: str, tails: Tails) -> Head:
    """A head of `day` with its signature."""
    public = public_of(secret)
    bare = Head(day=day, n=n, hash=hash_, mines=len(tails), root=root_of(tails), key=key_id(public), public=public.hex())
    return replace(bare, signature=sign(secret, SIGNED_HEAD + write(bare)).hex())


def check_head(head: Head) -> bytes:
    """The public key that signed; BadSignature where the signature does not hold."""
    return check_signed(head.public, head.key, SIGNED_HEAD + write(replace(head, signature="")), head.signature)


def check_signed(public: str, key: str, data: bytes, signature: str) -> bytes:
    """The public key that signed `data`; BadSignature where it did not, or where anything is not written as it has to be."""
    try:
        bare, made = bytes.fromhex(public), bytes.fromhex(signature)
    except ValueError as error:
        raise BadSignature(f"key or signature is no hex: {error}") from error
    if bare.hex() != public or made.hex() != signature or key_id(bare) != key:
        raise BadSignature("key, its id and signature do not belong together")
    verify(bare, data, made)
    return bare
