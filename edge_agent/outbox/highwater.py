"""The high-water mark: how many items the epoch has made, so that a torn tail can be told exactly.

Two slots in one file, written in turn: a torn write leaves the other whole. Nothing is ever reused because of it (epochs are
random); it only says how much was lost.
"""

import os
import struct
from pathlib import Path
from zlib import crc32

_SLOT = struct.Struct(">16sQQ")
_CRC = struct.Struct(">I")
_SIZE = 64


class HighWater:
    """Durable (epoch, made). The file is made with the first mark: reading needs no room."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._turn, self.epoch, self.made = self._read()

    def _read(self) -> tuple[int, str, int]:
        best = (0, "", 0)
        data = self._path.read_bytes()[: 2 * _SIZE] if self._path.exists() else b""
        for slot in (data[:_SIZE], data[_SIZE:]):
            if len(slot) < _SLOT.size + _CRC.size or _CRC.unpack_from(slot, _SLOT.size)[0] != crc32(slot[: _SLOT.size]):
                continue
            epoch, made, turn = _SLOT.unpack_from(slot)
            if turn > best[0]:
                best = (turn, epoch.rstrip(b"\0").decode(), made)
        return best

    def mark(self, epoch: str, made: int) -> None:
        """Durable when it returns."""
        if self._file is None:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o640)
        self._turn += 1
        body = _SLOT.pack(epoch.encode(), made, self._turn)
        os.pwrite(self._file, (body + _CRC.pack(crc32(body))).ljust(_SIZE, b"\0"), _SIZE * (self._turn % 2))
        os.fdatasync(self._file)
        self.epoch, self.made = epoch, made

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
