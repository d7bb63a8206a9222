"""What the commands that enter into the fleet's registers share."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from console.cli.table import plain
from console.web.shapes_fleet_register import Entered
from contracts.errors import BadConfig

name_option: Callable[[Any], Any] = click.option(
    "--name", default="", help="姓名; 已登录则不用 / your name; not needed where a token says who you are"
)
correction_option: Callable[[Any], Any] = click.option(
    "--correction", default="", help="更正原因; 已有记录时必填 / why it replaces what stands; needed where something stands"
)


def written(one: Entered) -> str:
    """An entry as people read it."""
    what = " ".join(plain(part) for part in (one.kind, one.mine, one.key) if part)
    return f"已录入 entered: {what} · #{one.n} {one.hash[:16]}"


def bytes_of(option: str, path: str) -> bytes:
    """A file's bytes; BadConfig naming the option."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadConfig(option, path, f"a file that can be read ({error.strerror})") from error


def hash_of(option: str, path: str) -> str:
    """SHA-256 of a file. Only the hash leaves this machine."""
    return sha256(bytes_of(option, path)).hexdigest()


def stated(**fields: object) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}
