"""The gateway's own signing key: made at first need, never leaves the gateway."""

import os
from pathlib import Path

from contracts.errors import BadConfig
from contracts.keys import new_key

NAME = "gateway.key"


def own_key(folder: Path) -> bytes:
    """The 32 secret bytes in `folder`; BadConfig where the file holds something else."""
    path = folder / NAME
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _made(folder, path)
    except ValueError as error:
        raise BadConfig(str(path), "(hidden)", "64 hex digits") from error
    if len(key) != 32:
        raise BadConfig(str(path), "(hidden)", "64 hex digits")
    return key


def _made(folder: Path, path: Path) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    key, fresh = new_key(), path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(file, key.hex().encode())
        os.fsync(file)
    finally:
        os.close(file)
    fresh.rename(path)
    return key
