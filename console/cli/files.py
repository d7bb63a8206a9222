"""Reading a configuration file for a command."""

import os
from pathlib import Path
from typing import TypeVar

from contracts.config import load
from contracts.errors import BadConfig

Configured = TypeVar("Configured")


def configured(kind: type[Configured], path: str) -> Configured:
    """The configuration in a file, with the environment over it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("--config", path, f"a readable TOML file ({error})") from error
    return load(kind, text, os.environ)
