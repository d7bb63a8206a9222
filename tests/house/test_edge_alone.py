"""A gateway runs without the centre's packages: they are made unreachable, and the agent's whole code is imported and its command asked."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALONE = """
import importlib, pkgutil, sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is of the centre", name=name)

sys.meta_path.insert(0, Nowhere())
import edge_agent
for found in pkgutil.walk_packages(edge_agent.__path__, "edge_agent."):
    importlib.import_module(found.name)
from console.cli.__main__ import davy
davy.main(["edge", "--help"])
"""


def test_the_agent_needs_nothing_of_the_centre() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    plain = {name: {line.split(">=")[0].split("[")[0].replace("-", "_") for line in extras[name]} for name in ("edge", "centre")}
    absent = plain["centre"] - plain["edge"] | {"starlette", "pandas", "sklearn", "playwright"}
    code = ALONE.replace("ABSENT", repr(absent))

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "davy edge" in done.stdout or "Usage" in done.stdout
