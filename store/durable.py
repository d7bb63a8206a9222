"""What stands on a disk even when the power goes."""

import os
from pathlib import Path


def make_durable(path: Path) -> None:
    """A file's content, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
