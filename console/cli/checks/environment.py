"""Variables of the environment: what they put in the place of a file's value, and names that nobody reads."""

import tomllib
import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, warning
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings

START = "DAVY_"
OTHERS = {
    *("DAVY_HOME", "DAVY_PORT", "DAVY_URL", "DAVY_TOKEN", "DAVY_PASSWORD", "DAVY_PIN", "DAVY_SERVERS", "DAVY_CONSOLE_URL"),
    *("DAVY_INFLUX_TOKEN", "DAVY_INFLUX_READ_TOKEN", "DAVY_INFLUX_URL", "DAVY_INFLUX_ORG", "DAVY_INFLUX_PORT", "DAVY_BROKER_NAME"),
    *("DAVY_GRAFANA_URL", "DAVY_GRAFANA_USER", "DAVY_GRAFANA_PASSWORD", "DAVY_GRAFANA_TOKEN", "DAVY_GRAFANA_PORT", "DAVY_PAGES_NAME"),
    *("DAVY_SIGN_IN_IDLE_H", "DAVY_SIGN_IN_LONGEST_H", "DAVY_OIDC_ISSUER", "DAVY_OIDC_CLIENT_ID", "DAVY_OIDC_CLIENT_SECRET"),
    *("DAVY_OIDC_CLAIM", "DAVY_OIDC_NAME", "DAVY_RECORDS_ON", "DAVY_RECORDS_POSTGRES", "DAVY_DATA", "DAVY_MINE", "DAVY_SIM_PORT"),
}
"""Read by other commands than those that have a configuration file."""
ALIKE = 0.9


def variables(kind: Any, prefix: str = "DAVY", path: str = "") -> Iterator[tuple[str, str]]:
    """Variable and key of everything in a configuration that the environment can set."""
    hints = typing.get_type_hints(kind)
    for name in kind.__struct_fields__:
        hint, variable, key = hints[name], f"{prefix}_{name.upper()}", f"{path}{name}"
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield from variables(hint, variable, f"{key}.")
        else:
            yield variable, key


KNOWN = {variable: key for kind in (EdgeSettings, IngestSettings) for variable, key in variables(kind)}
NAMES = sorted({name + end for name in (*KNOWN, *OTHERS) for end in ("", "_FILE")})


def misspelt(environment: Mapping[str, str], named: set[str]) -> dict[str, str]:
    """Variables that nobody reads and that look like one that is read, to that one. `named`: those a configuration asks for by name."""
    strange = [name for name in environment if name.startswith(START) and name not in NAMES]
    strange = [name for name in strange if name not in named and name.removesuffix("_FILE") not in named]
    alike = {name: get_close_matches(name, NAMES, 1, ALIKE) for name in strange}
    return {name: found[0] for name, found in alike.items() if found}


def judge_misspelt(name: str, meant: str) -> Verdict:
    return warning(f"没有程序读取 {name}", f"nobody reads {name}", f"应为 {meant}?", f"did you mean {meant}?")


def judge_override(variable: str, key: str) -> Verdict:
    return warning(
        f"环境变量 {variable} 代替了文件中的 {key}",
        f"{variable} of the environment goes before {key} of the file",
        f"如非有意: unset {variable}; 每个进程一份环境",
        f"where that is not meant: unset {variable}; each process has an environment of its own",
    )


def probe_environment(site: Site) -> list[Finding]:
    """With files only: without any, nothing is read from files."""
    recipients = site.centre.alerts.recipients if site.centre else ()
    named = {one.address_from for one in recipients if one.address_from}
    out = [Finding(name, judge_misspelt(name, meant)) for name, meant in misspelt(site.environment, named).items()]
    for file in site.files:
        tree = _tree(file.path)
        for variable, key in KNOWN.items():
            if not {variable, f"{variable}_FILE"}.isdisjoint(site.environment) and _given(tree, key):
                out.append(Finding(file.path, judge_override(variable, key)))
    return out


def _tree(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _given(tree: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True
