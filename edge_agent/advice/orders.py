"""How a bundle comes to a gateway: in pieces by signed commands, or as a file somebody put into `models/incoming`."""

import asyncio
import hashlib
import shutil
from base64 import b85decode
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from contracts.errors import BadConfig, BadPayload
from contracts.keys import BadSignature
from edge_agent.advice.kept import KeptBundles, content_of
from edge_agent.care.commands import Handler
from models.bundle import MOST_BYTES, SUFFIX, Bundle

log = structlog.get_logger("edge.models")

PIECE = 36_000
"""Bytes of a bundle in one command: base85 of it stays below the largest payload."""
MOST_PIECES = MOST_BYTES // PIECE + 1
LOOK_S = 2.0
REFUSED = ".refused"


class Pieces:
    """Pieces of one bundle on disk, until all are there; those of another bundle before it are forgotten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "pieces"

    def take(self, digest: str, piece: int, pieces: int, data: bytes) -> bytes | None:
        """The whole bundle once all pieces came; BadPayload where they do not make the one that was announced."""
        place = self._folder / digest
        for other in self._folder.glob("*"):
            if other != place:
                shutil.rmtree(other, ignore_errors=True)
        if piece > pieces or len(data) > PIECE:
            raise BadPayload("piece", f"piece {piece} of {pieces}, {len(data)} bytes; at most {PIECE} bytes each")
        place.mkdir(parents=True, exist_ok=True)
        half = place / f"{piece}.half"
        half.write_bytes(data)
        half.replace(place / str(piece))
        paths = [place / str(at) for at in range(1, pieces + 1)]
        if not all(path.exists() for path in paths):
            return None
        whole = b"".join(path.read_bytes() for path in paths)
        shutil.rmtree(place, ignore_errors=True)
        if digest_of(whole) != digest:
            raise BadPayload("cut-or-altered", f"the pieces make {digest_of(whole)}, announced was {digest}")
        return whole


def digest_of(data: bytes) -> str:
    """What names a bundle on its way: 32 hex digits over all its bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def models_handler(kept: KeptBundles, changed: Callable[[], None]) -> Handler:
    """The command `models`: `digest`, `piece`, `pieces`, `data` (base85) bring a bundle; `rollback` names a kept one to use again."""
    pieces = Pieces(kept.folder)

    async def handle(arguments: Mapping[str, str]) -> str:
        if "rollback" in arguments:
            bundle = await asyncio.to_thread(kept.rollback, _number(arguments, "rollback", 1 << 53))
            changed()
            return said(bundle)
        most = _number(arguments, "pieces", MOST_PIECES)
        piece = _number(arguments, "piece", most)
        digest = arguments.get("digest", "")
        if len(digest) != 32 or digest.strip("0123456789abcdef"):
            raise BadConfig("digest", digest[:40], "32 hex digits")
        try:
            data = b85decode(arguments.get("data", ""))
        except ValueError as error:
            raise BadConfig("data", arguments["data"][:20], "base85") from error
        whole = await asyncio.to_thread(pieces.take, digest, piece, most, data)
        if whole is None:
            return f"piece {piece} of {most}"
        bundle = await asyncio.to_thread(kept.install, whole)
        changed()
        return said(bundle)

    return handle


def said(bundle: Bundle) -> str:
    """A bundle in a few words."""
    return f"models {bundle.contents.number}@{bundle.digest.hex()[:16]}, signed by {bundle.seal.signer}: {len(bundle.names)} detectors"


class Incoming:
    """Files `*.models` that somebody puts into `incoming`. A refused one stays as `*.models.refused`, and log and status say why."""

    def __init__(self, kept: KeptBundles, changed: Callable[[], None]) -> None:
        self._kept, self._folder, self._changed = kept, kept.folder / "incoming", changed
        self._seen: dict[Path, tuple[int, int]] = {}
        self._stuck: set[Path] = set()
        """What can be neither taken away nor renamed: looked at once."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if await asyncio.to_thread(self.look):
                self._changed()
            await asyncio.sleep(LOOK_S)

    def look(self) -> bool:
        """Take what lies there and has not grown since the look before; whether another bundle is in use now."""
        taken, seen = False, {}
        for path in sorted(set(self._folder.glob(f"*{SUFFIX}")) - self._stuck):
            try:
                state = path.lstat()
            except OSError:
                continue
            seen[path] = state.st_size, state.st_mtime_ns
            if self._seen.get(path) == seen[path]:
                taken = self._take(path) or taken
        self._seen = seen
        return taken

    def _take(self, path: Path) -> bool:
        bundle = None
        try:
            bundle = self._kept.install(content_of(path))
            log.info("models taken", file=path.name, models=said(bundle))
            path.unlink()
        except (BadPayload, BadSignature, OSError) as error:
            if bundle is None:
                self._kept.why = f"{path.name}: {error}"
            log.warning("models taken, file not" if bundle else "models refused", file=path.name, why=str(error))
            self._set_aside(path)
        return bundle is not None

    def _set_aside(self, path: Path) -> None:
        try:
            path.rename(path.with_name(path.name + REFUSED))
        except OSError:
            self._stuck.add(path)


def _number(arguments: Mapping[str, str], key: str, most: int) -> int:
    text = arguments.get(key, "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= most):
        raise BadConfig(key, text[:40], f"a number from 1 to {most}")
    return int(text)
