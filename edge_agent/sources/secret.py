"""Secrets come from files, never from the configuration itself."""

from pathlib import Path

from contracts.errors import BadConfig


def read_secret(path: str) -> str:
    """What a secret file holds, or BadConfig."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("password_file", path, f"a text file this process may read ({error})") from error
