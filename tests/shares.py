"""How the tests are dealt out to the worker processes: whole files by their known seconds, so that all of them end together.

The seconds are a hint and nothing else: a file that is not in it counts as `NEW_S`. `make unit ARGS='--note-seconds unit'` writes it anew.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "seconds"
NEW_S = 0.2
NOTED_S = 0.3
"""What takes less is not written down."""


@cache
def known(part: str) -> dict[str, float]:
    """Seconds by file, or by test, of a part of the tests ("unit", "servers")."""
    path = FOLDER / f"{part}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: float(seconds) for seconds, _, name in (line.strip().partition(" ") for line in lines)}


def note(part: str, took: Mapping[str, float]) -> None:
    """Write down what took longer than a moment, the longest first."""
    lines = [f"{seconds:.1f} {name}\n" for name, seconds in sorted(took.items(), key=lambda one: (-one[1], one[0])) if seconds >= NOTED_S]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{part}.txt").write_text("".join(lines), encoding="utf-8")


def dealt(files: Iterable[Path], root: Path, workers: int) -> dict[Path, str]:
    """Name of the worker ("gw0") of each file of the unit part."""
    names = {one.relative_to(root).as_posix(): one for one in files}
    return {names[name]: f"gw{worker}" for name, worker in balanced(names, known("unit"), workers).items()}


def balanced(files: Iterable[str], seconds: Mapping[str, float], workers: int) -> dict[str, int]:
    """Whose each file is: the longest first, always to the worker that has least. Pure, and the same in every process."""
    load, whose = [0.0] * workers, {}
    for name in sorted(files, key=lambda name: (-seconds.get(name, NEW_S), name)):
        least = load.index(min(load))
        load[least] += seconds.get(name, NEW_S)
        whose[name] = least
    return whose
