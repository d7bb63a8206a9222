"""`make run` sets up what the demo needs, everything else the whole; each once, and anew where the lock is newer."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packages.environment import ROOT

NEEDS = ("requirements.lock", "pyproject.toml", "tools/setup", "tools/runtime_lock.py")
OLD, MIDDLE, NEW = 1_000, 2_000, 3_000
DEMO, WHOLE = "bash tools/setup demo", "bash tools/setup"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make` looks at, all of it old."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in NEEDS:
        put(tmp_path / name, OLD)
    return tmp_path


def put(path: Path, at: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (at, at))


def asked(clone: Path, target: str) -> list[str]:
    """The set-ups that `make TARGET` would run."""
    told = subprocess.run(["make", "-n", target], cwd=clone, capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if line.startswith(WHOLE)]


def test_a_new_clone_sets_up_what_is_asked_for(clone: Path) -> None:
    assert (asked(clone, "run"), asked(clone, "install"), asked(clone, "check")) == ([DEMO], [DEMO], [WHOLE])


def test_the_demo_is_no_whole_and_the_whole_is_enough_for_the_demo(clone: Path) -> None:
    put(clone / ".venv/demo", MIDDLE)
    assert (asked(clone, "run"), asked(clone, "test")) == ([], [WHOLE])

    put(clone / ".venv/ready", MIDDLE)
    assert (asked(clone, "run"), asked(clone, "test")) == ([], [])


@pytest.mark.parametrize("changed", NEEDS[:3])
def test_what_changed_is_set_up_again(clone: Path, changed: str) -> None:
    for name in ("demo", "ready"):
        put(clone / ".venv" / name, MIDDLE)
    put(clone / changed, NEW)

    assert (asked(clone, "run"), asked(clone, "test")) == ([DEMO], [WHOLE])


def test_the_script_leaves_the_marks_that_make_looks_for() -> None:
    """Only at its end: what stopped half-way is done again."""
    last = (ROOT / "tools/setup").read_text(encoding="utf-8").splitlines()[-2:]

    assert last == ["touch .venv/demo", '[ "$demo" ] || touch .venv/ready']


def test_it_names_only_extras_and_packages_there_are() -> None:
    """Its own call of tools/runtime_lock.py, made here."""
    script = (ROOT / "tools/setup").read_text(encoding="utf-8")
    line = re.search(r"^ *python3 (tools/runtime_lock\.py .*) >\.venv/demo\.lock$", script, re.MULTILINE)
    assert line is not None
    lock = subprocess.run(f"python3 {line[1]}", shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {"fastapi", "asyncua", "numpy", "hatchling", "editables"} <= {found.partition("==")[0] for found in lock.splitlines()}
    assert "pytest==" not in lock
