"""A secret for a command: never on its command line, where everybody on the machine could read it."""

import os
from collections.abc import Callable, Mapping

import click

from contracts.errors import BadConfig


def asked_secret(what: str, make: Callable[[], str] | None, environment: Mapping[str, str] = os.environ) -> str:
    """`DAVY_PASSWORD` or `DAVY_PASSWORD_FILE` (`what` in capitals); else made, where `make` is given; else typed twice, unseen."""
    variable = f"DAVY_{what.upper()}"
    if variable in environment:
        return environment[variable]
    if f"{variable}_FILE" in environment:
        path = environment[f"{variable}_FILE"]
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig(f"{variable}_FILE", path, f"a text file this process may read ({error})") from error
    if make is not None:
        return make()
    return str(click.prompt({"password": "密码 / password", "pin": "个人密码 / PIN"}[what], hide_input=True, confirmation_prompt=True))
