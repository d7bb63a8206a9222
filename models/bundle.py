"""A bundle: detectors as numbers, what they were made of and what they reached, signed. Bytes in, bytes out; nothing in it is code.

magic      `DAVYMOD1`
seal       length (4 bytes, big-endian), JSON {"key", "signer", "signed"}; without key where nobody signed yet
contents   length, JSON (see Contents)
arrays     one npz file a detector, one behind the other, as long as the contents say
end        BLAKE2b-256 of everything before it, Ed25519 signature (zeros where nobody signed yet)

Keys are trusted, rotated and revoked by the list of public keys a bundle is opened with.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from contracts.errors import BadPayload
from contracts.keys import BadSignature, key_id, public_of, sign, verify
from contracts.payload import Count, Stamp
from models import arrays
from models.base import BadModel, Detector, Numbers
from models.kinds import KINDS, load

MAGIC, SUFFIX = b"DAVYMOD1", ".models"
SIGNED = b"davylamp models 1\n"
"""Stands before the digest in what is signed, so that no other signature of a key can be taken for one of a bundle."""
ANY_MINE = "any"
MOST_BYTES, MOST_JSON = 64 << 20, 4 << 20
DIGEST, SIGNATURE = 32, 64
_LENGTH = struct.Struct(">I")
_BAD_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)
Word = Annotated[str, Meta(min_length=1, max_length=100)]
Part = TypeVar("Part", bound=msgspec.Struct)


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One detector: `settings` as `Numbers` has them; `threshold`: the total from which on it is a finding; `size` bytes of npz."""

    name: Word
    kind: Word
    settings: dict[str, Any]
    arrays: dict[str, arrays.Form]
    size: Count
    threshold: Annotated[float, Meta(gt=0, le=1e6)] = 1.0


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`number` counts a mine's bundles up; `made` µs UTC; `data`: hash of what was learned from; `code`: version of the code that learned.

    `mine`: the mine it is for, or ANY_MINE. `figures`: what it reached, by suite and figure.
    """

    mine: Word
    number: Annotated[int, Meta(ge=1, lt=1 << 53)]
    made: Stamp
    data: Word
    code: Word
    figures: dict[str, dict[str, float | str | None]]
    detectors: Annotated[list[Member], Meta(max_length=1000)]


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who vouches for a bundle: key id (see `contracts.keys.key_id`), a person's or machine's name, when (µs UTC)."""

    key: str = ""
    signer: str = ""
    signed: Stamp = 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose digest, signature, mine and number were found right."""

    contents: Contents
    seal: Seal
    digest: bytes
    _packed: Mapping[str, memoryview]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.contents.detectors)

    def member(self, name: str) -> Member:
        """KeyError for a name there is none of."""
        return {member.name: member for member in self.contents.detectors}[name]

    def detector(self, name: str) -> Detector:
        """The detector of that name, built anew at each call. BadPayload (`bad-detector`) where its numbers are none."""
        member = self.member(name)
        try:
            return load(member.kind, Numbers(member.settings, arrays.unpacked(bytes(self._packed[name]), member.arrays)))
        except BadModel as error:
            raise BadPayload("bad-detector", f"{name} ({member.kind}): {error}") from error


def make_bundle(contents: Contents, detectors: Mapping[str, tuple[Detector, float]]) -> bytes:
    """The bytes of an unsigned bundle of detectors and their thresholds by name; equal input, equal bytes."""
    members, packed = [], []
    for name, (detector, threshold) in sorted(detectors.items()):
        numbers = detector.save()
        data = arrays.packed(numbers.arrays)
        packed.append(data)
        members.append(Member(name, detector.kind, dict(numbers.settings), arrays.forms(numbers.arrays), len(data), threshold))
    body = _json(msgspec.structs.replace(contents, detectors=members))
    return _ended(MAGIC + _block(_json(Seal())) + _block(body) + b"".join(packed))


def sign_bundle(data: bytes, secret: bytes, signer: str, now: int) -> bytes:
    """The same contents, vouched for by `signer` with their key; an earlier signature is replaced."""
    _, seal_end, _ = _whole(data)
    seal = _json(Seal(key_id(public_of(secret)), signer, now))
    return _ended(MAGIC + _block(seal) + data[seal_end : -DIGEST - SIGNATURE], secret)


def read_bundle(data: bytes) -> Bundle:
    """Any bundle, for people to look at: its digest holds, but who made it is not asked. BadPayload where it is none or damaged."""
    seal, at, digest = _whole(data)
    contents, at = _read(Contents, data, at)
    packed = _parts(contents, memoryview(data)[at : -DIGEST - SIGNATURE])
    return Bundle(contents, seal, digest, packed)


def open_bundle(data: bytes, keys: Mapping[str, bytes], mine: str, newest: int = 0) -> Bundle:
    """The bundle in these bytes for that mine. `keys`: trusted public keys by key id; `newest`: the highest number known here.

    BadPayload: `not-a-bundle`, `too-large`, `cut-or-altered`, `unsigned`, `malformed`, `unknown-kind` (made by newer code),
    `foreign` (another mine's), `older` (than `newest`); BadSignature: a key that is not trusted, or a signature that does not hold.
    Nothing else, whatever the bytes.
    """
    seal, _, digest = _whole(data)
    if not seal.key:
        raise BadPayload("unsigned", "nobody vouches for these models")
    if seal.key not in keys:
        raise BadSignature(f"key {seal.key[:20]!r} is not trusted here; trusted: {', '.join(keys) or 'none'}")
    verify(keys[seal.key], SIGNED + digest, data[-SIGNATURE:])
    bundle = read_bundle(data)
    if bundle.contents.mine not in (mine, ANY_MINE):
        raise BadPayload("foreign", f"made for mine {bundle.contents.mine!r}, not for {mine!r}")
    if bundle.contents.number < newest:
        raise BadPayload("older", f"number {bundle.contents.number}; number {newest} was here already")
    return bundle


def _whole(data: bytes) -> tuple[Seal, int, bytes]:
    """The seal, where it ends, and the digest, which holds."""
    if len(data) > MOST_BYTES:
        raise BadPayload("too-large", f"{len(data)} bytes; the limit is {MOST_BYTES}")
    if len(data) < len(MAGIC) + 2 * _LENGTH.size + DIGEST + SIGNATURE or data[: len(MAGIC)] != MAGIC:
        raise BadPayload("not-a-bundle", "it does not begin as a bundle of models does, or is shorter than one can be")
    digest = data[-DIGEST - SIGNATURE : -SIGNATURE]
    if blake2b(data[: -DIGEST - SIGNATURE], digest_size=DIGEST).digest() != digest:
        raise BadPayload("cut-or-altered", "its contents do not have the digest at its end")
    return *_read(Seal, data, len(MAGIC)), digest


def _read(kind: type[Part], data: bytes, at: int) -> tuple[Part, int]:
    """A length and JSON at a place, and where it ends."""
    end = len(data) - DIGEST - SIGNATURE
    if at + _LENGTH.size > end:
        raise BadPayload("malformed", f"no {kind.__name__.lower()} at byte {at}")
    length = _LENGTH.unpack_from(data, at)[0]
    start = at + _LENGTH.size
    if length > MOST_JSON or start + length > end:
        raise BadPayload("malformed", f"{length} bytes of {kind.__name__.lower()} at byte {at}")
    try:
        return msgspec.json.decode(data[start : start + length], type=kind), start + length
    except _BAD_JSON as error:
        raise BadPayload("malformed", f"{kind.__name__.lower()}: {str(error)[:200]}") from error


def _parts(contents: Contents, packed: memoryview) -> dict[str, memoryview]:
    found: dict[str, memoryview] = {}
    at = 0
    for member in contents.detectors:
        if member.name in found:
            raise BadPayload("malformed", f"detector {member.name!r} is there twice")
        if member.kind not in KINDS:
            raise BadPayload("unknown-kind", f"{member.name} is of kind {member.kind!r}; known here: {', '.join(KINDS)}")
        found[member.name] = packed[at : at + member.size]
        at += member.size
    if at != len(packed):
        raise BadPayload("malformed", f"{len(packed)} bytes of arrays; the contents say {at}")
    if sum(form.size for member in contents.detectors for form in member.arrays.values()) > arrays.MOST_BYTES:
        raise BadPayload("too-large", f"arrays of more than {arrays.MOST_BYTES} bytes")
    return found


def _json(part: msgspec.Struct) -> bytes:
    """One way to write it: keys in order, no space."""
    return msgspec.json.encode(part, order="sorted")


def _block(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def _ended(data: bytes, secret: bytes | None = None) -> bytes:
    digest = blake2b(data, digest_size=DIGEST).digest()
    return data + digest + (sign(secret, SIGNED + digest) if secret else bytes(SIGNATURE))
