"""`python tools/runtime_lock.py LOCK PYPROJECT [NAME...]`: the lines of the lock that the program needs at run time, hashes and all.

The lock holds the developers' tools too, what trains models, and what makes the documentation's site; an image has no use for them. NAME:
`.[edge]` is what a gateway needs and no more, `.[lab]` what `davy models train` and `evaluate` need, any other name is a package to start
from. Without a name: what all our processes need.
"""

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")
NOT_RUN = {"dev", "docs", "lab"}
"""Extras that no process needs which runs at a gateway or a centre."""


def plain(name: str) -> str:
    """A package's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def blocks_of(lock: str) -> dict[str, list[str]]:
    """Package name to its blocks of lines, comments included: one a version, where that differs by Python or platform."""
    found: dict[str, list[str]] = {}
    for block in BLOCK.split(lock):
        if name := NAME.match(block):
            found.setdefault(plain(name[0]), []).append(block)
    return found


def wanted_by(block: str) -> set[str]:
    """Who asked for the package: the names under `# via`."""
    _, _, via = block.partition("# via")
    return {plain(line.strip(" #")) for line in via.splitlines() if line.strip(" #") and "(" not in line}


def needed(lock: str, roots: Iterable[str]) -> str:
    """The part of the lock that `roots` and what they ask for need; KeyError naming a root that is not locked."""
    blocks = blocks_of(lock)
    chosen = {plain(root) for root in roots}
    if missing := sorted(chosen - blocks.keys()):
        raise KeyError(f"not in the lock: {', '.join(missing)}")
    wanted = {name: set().union(*map(wanted_by, own)) for name, own in blocks.items()}
    while more := {name for name, by in wanted.items() if name not in chosen and by & chosen}:
        chosen |= more
    return "".join(block for name, own in blocks.items() if name in chosen for block in own)


def roots_of(project: dict[str, Any], extras: Iterable[str]) -> list[str]:
    """The packages declared for every process, and for those extras."""
    declared = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [match[0] for line in declared if (match := NAME.match(line))]


def main(lock: str, pyproject: str, *names: str) -> None:
    project = tomllib.loads(Path(pyproject).read_text(encoding="utf-8"))["project"]
    asked = [name.removeprefix(".[").removesuffix("]") for name in names if name.startswith(".[")]
    extras = asked if names else project["optional-dependencies"].keys() - NOT_RUN
    packages = [name for name in names if not name.startswith(".[")]
    roots = [*packages, *(roots_of(project, extras) if extras else [])]
    sys.stdout.write(needed(Path(lock).read_text(encoding="utf-8"), roots))


if __name__ == "__main__":
    main(*sys.argv[1:])
