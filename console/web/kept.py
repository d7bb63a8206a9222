"""Scripts, styles and pictures from memory, packed once. From the disk each is read in a thread and packed anew for every page: that took
longer than drawing most pages, and nothing is painted before the styles are there."""

import gzip
import hashlib
from dataclasses import dataclass
from email.utils import formatdate
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

WORTH_PACKING = 500
"""Bytes; below, a packed file is hardly smaller."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is sent. `changed`: ns since 1970, as on the disk. `packed`: empty where it is sent as it is."""

    changed: int
    data: bytes
    packed: bytes
    headers: dict[str, str]


class KeptFiles(StaticFiles):
    """The files that a folder has when this is made. One that is changed on the disk is read again, at the next look."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._kept = {name: _read(path) for name, path in self._paths.items()}

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if path not in self._paths:
            raise HTTPException(404)
        found, asked = self._current(path), Headers(scope=scope)
        if self.is_not_modified(Headers(found.headers), asked):
            return NotModifiedResponse(Headers(found.headers))
        packed = bool(found.packed) and "gzip" in asked.get("accept-encoding", "")
        return Response(found.packed if packed else found.data, headers=found.headers | ({"Content-Encoding": "gzip"} if packed else {}))

    def _current(self, name: str) -> Kept:
        try:
            changed = self._paths[name].stat().st_mtime_ns
        except OSError:  # the disk does not give it: what is kept is whole
            return self._kept[name]
        if changed != self._kept[name].changed:
            self._kept[name] = _read(self._paths[name])
        return self._kept[name]


def _read(path: Path) -> Kept:
    data, stat = path.read_bytes(), path.stat()
    packed = gzip.compress(data, mtime=0) if len(data) >= WORTH_PACKING else b""
    kind = guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"',
        "Last-Modified": formatdate(stat.st_mtime, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    return Kept(stat.st_mtime_ns, data, packed if len(packed) < len(data) else b"", headers)
