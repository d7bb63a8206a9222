"""The configuration files: each is read as its process reads it, and so are the files it names."""

import asyncio
import csv
from difflib import get_close_matches
from pathlib import Path

from console.cli.checks.site import Read, Site
from console.cli.checks.verdict import Finding, Verdict, ok, wrong
from contracts.errors import BadConfig
from contracts.points import read_registry
from edge_agent.config import EdgeSettings
from edge_agent.sources import make_source
from sim_sensors.config import Settings as SimSettings
from sim_sensors.config import build

ALIKE = 0.7


def judge_file(file: Read, refused: BadConfig | None) -> Verdict:
    """`refused`: why a file that it names, or what it describes, cannot be used."""
    error = file.refused or refused
    if error is None:
        return ok(f"配置正确 ({file.kind})", f"configuration of {file.kind}: fine")
    meant = suggestion(error)
    return wrong(
        f"{error.key} = {error.value!r} 不被接受",
        f"{error.key} = {error.value!r} is refused",
        f"{f'应为 {meant}? ' if meant else ''}可用: {error.allowed}",
        f"{f'did you mean {meant}? ' if meant else ''}allowed: {error.allowed}",
    )


def suggestion(error: BadConfig) -> str:
    """The key, or the word, that somebody meant; empty where nothing is like it."""
    keys = error.allowed.startswith("keys ")
    typed = error.key.rpartition(".")[2] if keys else str(error.value)
    allowed = error.allowed.removeprefix("keys ").split(", ")
    return next(iter(get_close_matches(typed, allowed, 1, ALIKE)), "") if len(allowed) > 1 and typed not in allowed else ""


def probe_configuration(site: Site) -> list[Finding]:
    return [Finding(file.path, judge_file(file, named(file, site.now))) for file in site.files]


def named(file: Read, now: int) -> BadConfig | None:
    """What is refused of the files that a configuration names, or of the devices it describes."""
    try:
        if isinstance(file.settings, EdgeSettings):
            asyncio.run(check_edge_files(file.settings))
        elif isinstance(file.settings, SimSettings):
            check_devices(file.settings, now)
    except BadConfig as error:
        return error
    return None


async def check_edge_files(settings: EdgeSettings) -> None:
    """The point registry is this mine's, and every source can be made from its files; else BadConfig. Nothing is connected to."""
    registry = read_registry(_bytes("points", settings.points))
    if registry.mine != settings.mine:
        raise BadConfig("mine", settings.mine, f"the mine of the point registry ({registry.mine})")
    for at, source in enumerate(settings.sources):
        try:
            make_source(source, registry)
        except (OSError, EOFError, ValueError, csv.Error) as error:
            raise BadConfig(f"sources[{at}]", source.name, f"a source whose files can be read ({error})") from error


def check_devices(settings: SimSettings, now: int) -> None:
    """Every device of a simulator can be made, as if it began now; else BadConfig."""
    if not settings.devices:
        raise BadConfig("devices", "[]", "at least one [[devices]]")
    for at, device in enumerate(settings.devices):
        try:
            build(device, now)
        except BadConfig as error:
            raise BadConfig(f"devices[{at}].{error.key}", error.value, error.allowed) from error


def _bytes(key: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadConfig(key, path, f"a readable file ({error.strerror})") from error
