"""Small disks of their own, so that one can be filled without hurting anybody: an ext4 on a loop device, as root."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.errors import GiveUp

_CHUNK = 1 << 20


class Disk:
    """A place whose free bytes can be taken away."""

    def __init__(self, place: Path) -> None:
        self.place, self._ballast = place, place / "ballast"

    def fill(self) -> None:
        """Take every free byte."""
        with self._ballast.open("wb") as file:
            with contextlib.suppress(OSError):
                while (free := shutil.disk_usage(self.place).free) > 0:
                    os.posix_fallocate(file.fileno(), file.seek(0, 2), max(4096, free if free < _CHUNK else free - free % _CHUNK))
            file.seek(0, 2)  # behind what was taken in one piece: written over, it would refuse nothing
            with contextlib.suppress(OSError):
                while True:
                    os.write(file.fileno(), bytes(4096))
                    os.fsync(file.fileno())

    def clear(self) -> None:
        """Give them back."""
        self._ballast.unlink(missing_ok=True)


async def _run(*arguments: str) -> str:
    """What a command says; GiveUp where it fails."""
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    said, _ = await process.communicate()
    if process.returncode:
        raise GiveUp(f"{' '.join(arguments)}: {said.decode(errors='replace').strip()}")
    return said.decode()


@asynccontextmanager
async def small_disk(image: Path, place: Path, megabytes: int) -> AsyncIterator[Disk]:
    """A file system of so many MB in a sparse file, mounted there; unmounted at the end. GiveUp where that cannot be had."""
    if os.getuid() != 0 or shutil.which("mkfs.ext4") is None:
        raise GiveUp("a small disk needs root and mkfs.ext4")
    place.mkdir(parents=True)  # noqa: ASYNC240  # a temp folder
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    await _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
    await _run("mount", "-o", "loop", str(image), str(place))
    try:
        yield Disk(place)
    finally:
        await _run("umount", "-l", str(place))
