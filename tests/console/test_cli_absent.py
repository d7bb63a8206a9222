"""A gateway's installation has not the centre's packages: the commands that need them say so in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"httpx", "sqlalchemy", "grafana_client"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nowhere())
from console.cli import __main__ as cli
cli.COMMANDS["broken"] = "console.cli.no_such_module"
cli.main()
"""


def davy(*words: str) -> subprocess.CompletedProcess[str]:
    """`davy` where those packages are missing."""
    return subprocess.run([sys.executable, "-c", RUN, *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["gaps", "--json"], ["store", "backup", "--help"], ["doctor"]])
def test_a_command_without_its_packages_says_what_to_install(words: list[str]) -> None:
    asked = davy(*words)

    assert (asked.returncode, asked.stdout) == (2, "")
    assert "pip install '.[centre]'" in asked.stderr
    assert len(asked.stderr.splitlines()) == 1


def test_a_module_of_our_own_that_is_gone_stays_an_error() -> None:
    assert "Traceback" in davy("broken").stderr
