"""What a backup says of itself, and how its files come to disk."""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import msgspec

from contracts.errors import GiveUp
from store.durable import make_durable

VERSION = 1
MANIFEST, SUM = "manifest.json", "manifest.blake2b"
_CHUNK = 1 << 20


class Damaged(GiveUp):
    """A backup is not what it was when it was made; `name` is the first file found."""

    def __init__(self, place: Path, name: str, why: str) -> None:
        super().__init__(f"备份不可用 / the backup {place} is refused: {name}: {why}")
        self.name = name


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: path inside the backup, bytes, BLAKE2b-256 in hex, rows by table."""

    path: str
    size: int
    digest: str
    rows: dict[str, int]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`started`, `made`: µs UTC. `generation`: of the telemetry store, empty where its readings are not in this backup.
    `database` and `step`: which one the records came from, and its schema's number."""

    version: int
    started: int
    made: int
    generation: str
    database: str
    step: int
    files: list[File]

    @property
    def has_readings(self) -> bool:
        """Whether it is a backup of readings, and not of the records alone."""
        return bool(self.generation)

    @property
    def rows(self) -> int:
        return sum(sum(file.rows.values()) for file in self.files)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


Tell = Callable[[File], None]
"""Called for every file that is done, and while a long one grows (its digest is empty then). What it raises ends the backup."""


def silent(_file: File) -> None:
    """Tells nobody."""


def write_manifest(place: Path, manifest: Manifest) -> str:
    """Put it beside its files, durably; its hash."""
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    digest = blake2b(data, digest_size=32).hexdigest()
    for name, content in ((MANIFEST, data), (SUM, f"{digest}\n".encode())):
        (place / name).write_bytes(content)
        make_durable(place / name)
    return digest


def read_manifest(place: Path) -> tuple[Manifest, str]:
    """The manifest and its hash; Damaged where it is not whole, or of a version this program does not read."""
    try:
        data, told = (place / MANIFEST).read_bytes(), (place / SUM).read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise Damaged(place, Path(str(error.filename)).name, f"cannot be read ({error.strerror})") from error
    digest = blake2b(data, digest_size=32).hexdigest()
    if told != f"{digest}\n":
        raise Damaged(place, MANIFEST, f"its hash is {digest}, not {told!r} as {SUM} says")
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Damaged(place, MANIFEST, f"not a manifest this program reads ({error})") from error
    if manifest.version != VERSION:
        raise Damaged(place, MANIFEST, f"of version {manifest.version}; this program reads {VERSION}")
    return manifest, digest


def copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file durably; bytes and hash of what was read."""
    digest, size = blake2b(digest_size=32), 0
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            writing.write(chunk)
            size += len(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def hashed(path: Path) -> tuple[int, str]:
    """Bytes and hash of a file."""
    digest, size = blake2b(digest_size=32), 0
    with path.open("rb") as reading:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
