"""The version stands in pyproject.toml; everything else says that one."""

import re
import tomllib
from importlib.metadata import version

from click.testing import CliRunner

from console.cli.__main__ import davy
from edge_agent.status import AGENT
from tests.packages.environment import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_what_is_installed_says_it() -> None:
    assert version("davylamp") == VERSION
    assert CliRunner().invoke(davy, ["--version"]).output == f"davy, version {VERSION}\n"
    assert f"davylamp {VERSION}" == AGENT


def test_no_module_has_a_version_of_its_own() -> None:
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for name in PACKAGES for path in (ROOT / name).rglob("*.py")
    }

    assert len(sources) > 300
    assert {place for place, text in sources.items() if VERSION in text or "__version__ =" in text} == set()


def test_the_changelog_begins_with_it() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == VERSION
    assert len(set(headings)) == len(headings)
