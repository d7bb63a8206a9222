"""Evidence of an alarm as one signed file: a zip of JSON, CSV, PDF and PNG with a manifest and its Ed25519 signature. Bytes in, bytes out.

The same contents make the same bytes. `read_evidence` says everything that does not fit instead of stopping at the first.
"""

import io
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from contracts.errors import BadPayload
from contracts.keys import BadSignature, key_id, public_of, sign, verify

FORMAT = "davylamp evidence 1"
SIGNED = f"{FORMAT}\n".encode()
"""Stands before the digest in what is signed, so that no other signature of a key can be taken for one of evidence."""
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SUFFIX = ".evidence.zip"
MOST_BYTES, MOST_FILES = 64 << 20, 64
_THEN = (1980, 1, 1, 0, 0, 0)
_encoder = msgspec.json.Encoder(order="deterministic")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file in the zip: its size and BLAKE2b-256."""

    size: int
    digest: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in the file. `made` µs UTC by the centre's clock; `span` [start, end) of the pinned readings; `chain`: number and hash of the
    audit chain's last link then; `public`: the signing key, 64 hex digits (trust it only where you have it from elsewhere too)."""

    format: str
    alarm: int
    mine: str
    point: str
    made: int
    by: str
    program: str
    span: tuple[int, int]
    chain: tuple[int, str]
    public: str
    files: dict[str, Part]


@dataclass(frozen=True, slots=True)
class About:
    """What a manifest says beside its files."""

    alarm: int
    mine: str
    point: str
    made: int
    by: str
    program: str
    span: tuple[int, int]
    chain: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Seal:
    """A key that signs evidence. It shows its public half only."""

    secret: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        return public_of(self.secret)

    @property
    def key(self) -> str:
        return key_id(self.public)


@dataclass(frozen=True, slots=True)
class Read:
    """An evidence file as it was found. `troubles`: (code, what) of everything that does not fit; none: it is whole and signed."""

    manifest: Manifest | None
    files: dict[str, bytes]
    troubles: list[tuple[str, str]]
    key: str = ""
    """Id of the key that signed; empty where no signature holds."""


def make_evidence(about: About, files: Mapping[str, bytes], seal: Seal) -> bytes:
    """The signed file."""
    parts = {name: Part(len(data), _digest(data)) for name, data in sorted(files.items())}
    facts = {name: getattr(about, name) for name in About.__slots__}
    manifest = _encoder.encode(Manifest(format=FORMAT, public=seal.public.hex(), files=parts, **facts))
    signature = sign(seal.secret, _signed(manifest)).hex().encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as box:
        for name, data in [(MANIFEST, manifest), (SIGNATURE, signature), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _THEN)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            box.writestr(entry, data)
    return out.getvalue()


def read_evidence(data: bytes, trusted: Collection[bytes] | None = None) -> Read:
    """What the file holds and what of it does not fit. `trusted`: public keys known from elsewhere; None: whoever signed is only named.

    BadPayload where it is no such file at all.
    """
    files, troubles = _unpacked(data)
    raw, signature = files.pop(MANIFEST, b""), files.pop(SIGNATURE, b"")
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadPayload("evidence", f"{MANIFEST}: {error}") from error
    key = _signer(manifest, raw, signature)
    if not key:
        troubles.append(("signature", "manifest"))
    elif trusted is not None and bytes.fromhex(manifest.public) not in trusted:
        troubles.append(("strange_key", key))
    troubles += [("missing", name) for name in manifest.files if name not in files]
    troubles += [("not_in_manifest", name) for name in files if name not in manifest.files]
    changed = (name for name, part in manifest.files.items() if name in files and Part(len(files[name]), _digest(files[name])) != part)
    troubles += [("changed", name) for name in changed]
    return Read(manifest, files, troubles, key)


def _unpacked(data: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            entries = box.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise BadPayload("evidence", f"{len(entries)} files; at most {MOST_FILES} and {MOST_BYTES >> 20} MiB")
            files: dict[str, bytes] = {}
            troubles = []
            for entry in entries:
                if entry.filename in files:
                    troubles.append(("twice", entry.filename))
                    continue
                files[entry.filename] = _content(box, entry, troubles)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise BadPayload("evidence", f"{len(data)} bytes: {error}") from error
    return files, troubles


def _content(box: zipfile.ZipFile, entry: zipfile.ZipInfo, troubles: list[tuple[str, str]]) -> bytes:
    """At most what the entry says it has: a file that unpacks to more is damaged."""
    try:
        with box.open(entry) as stream:
            return stream.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        troubles.append(("damaged", f"{entry.filename}: {error}"))
        return b""


def _signer(manifest: Manifest, raw: bytes, signature: bytes) -> str:
    try:
        public = bytes.fromhex(manifest.public)
        verify(public, _signed(raw), bytes.fromhex(signature.decode("ascii")))
    except (BadSignature, ValueError):
        return ""
    return key_id(public) if manifest.format == FORMAT else ""


def _signed(manifest: bytes) -> bytes:
    return SIGNED + blake2b(manifest, digest_size=32).digest()


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=32).hexdigest()
