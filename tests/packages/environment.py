"""The wheel, and environments that have it with the locked packages it asks for and nothing else; outside the repository."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 200
QUIET = {name: value for name, value in os.environ.items() if not name.startswith(("DAVY_", "PIP_", "PYTHON"))}
"""Nobody's settings, and no way back to the repository."""


def said(*words: str | Path, folder: Path, good: bool = True) -> str:
    """What a program says on both its outputs, run in that folder; fails where it ends otherwise than asked."""
    done = subprocess.run(words, cwd=folder, env=QUIET, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert (done.returncode == 0) is good, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def build(folder: Path) -> Path:
    """The wheel of the working tree, built by the locked hatchling."""
    said(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def lock_for(*extras: str) -> str:
    """The lines of the lock for what the wheel needs with those extras."""
    asked = [f".[{extra}]" for extra in extras]
    return said(sys.executable, "tools/runtime_lock.py", "requirements.lock", "pyproject.toml", *asked, folder=ROOT)


def bare(folder: Path) -> Path:
    """A new environment's program folder."""
    said(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder.parent)
    return folder / "bin"


def pip(programs: Path, *words: str | Path) -> str:
    """This environment's pip, at work on another one."""
    return said(sys.executable, "-m", "pip", "--isolated", "--python", programs / "python", *words, folder=programs)


def furnish(programs: Path, wheel: Path, *extras: str) -> None:
    """Without a network: the packages that the lock names for `extras`, linked to those installed here, then the wheel."""
    (there,) = (programs.parent / "lib").glob("python3*/site-packages")
    pins: dict[str, list[str]] = {}
    for line in lock_for(*extras).splitlines():
        if line[:1].isalnum():
            name, _, rest = line.partition("==")
            pins.setdefault(name, []).append(rest.removesuffix(" \\"))
    for name, versions in pins.items():
        _link(name, versions, there)
    pip(programs, "install", "--no-index", "--no-deps", "--no-compile", wheel)


def _link(name: str, versions: list[str], there: Path) -> None:
    """`versions`: each with the machines that it is for, where that is not all of them."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        assert all(";" in version for version in versions), f"{name} is locked and not installed here"
        return
    assert found.version in {version.partition(" ")[0] for version in versions}, (
        f"{name} {found.version} is installed, locked are {versions}"
    )
    for file in found.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            _same(Path(str(found.locate_file(file))), there / file)


def _same(source: Path, target: Path) -> None:
    """A link, with what was compiled of it: else each environment would spend its first minute on that."""
    pairs = [(source, target)]
    if source.suffix == ".py":
        pairs += [(Path(cache_from_source(one)), Path(cache_from_source(other))) for one, other in pairs]
    for one, other in pairs:
        if one.exists() and not other.exists():
            other.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(one, other)
            except OSError:  # another disk
                shutil.copy2(one, other)
