"""What is left of backups that were broken off: folders `*.half` that nobody writes any more."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".half"


@contextmanager
def writing(half: Path) -> Iterator[None]:
    """While inside, `half` (a folder that is there) is being written: the kernel's lock says so, and frees it when the process ends."""
    lock = os.open(half, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def sweep(folder: Path) -> list[Path]:
    """Remove the halves in `folder` that nobody writes; those removed. OSError where the disk refuses."""
    gone = []
    for half in sorted(folder.glob(f"davy-*{SUFFIX}")):
        try:
            with writing(half):
                shutil.rmtree(half)
        except (BlockingIOError, FileNotFoundError):
            continue  # a backup that is being made, or done meanwhile
        gone.append(half)
    return gone
