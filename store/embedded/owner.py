"""One process owns a store's folder. The kernel holds the lock, so a killed owner frees it at once."""

import fcntl
import os
from pathlib import Path

from contracts.errors import GiveUp


class Owned(GiveUp):
    """The folder belongs to a living process (`pid`; 0 where it has not said so yet)."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"{folder} is owned by process {pid or '?'}: stop it, or ask it for what you need")
        self.folder, self.pid = folder, pid


class Owner:
    """The lock on a folder, taken when made; `Owned` where somebody has it."""

    def __init__(self, folder: Path) -> None:
        path = folder / "owner.lock"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise Owned(folder, int(pid) if pid.isdigit() else 0) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Free the folder. The file stays: unlinking it would let two processes lock two files of one name."""
        os.close(self._file)
