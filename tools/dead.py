"""What nobody calls (vulture), without what is called from outside: `make dead`.

Attributes and variables are left out: most are fields of what goes over the wire, into a database or into a template.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[1]
KINDS = ("class", "function", "import", "method", "property", "unreachable_code")
ALLOWED = {
    "DataclassInstance": "a name in an annotation",
    "ManualClock": "the clock of tests",
    "__call__": "the shape of a callable (Protocol)",
    "__getattr__": "Python's, for names of a module that are loaded when they are asked for",
    "_on_message": "paho's, done our way",
    "capture_signals": "uvicorn's, done our way",
    "explain": "of the detectors' interface; asked by tests, not by the product yet",
    "five_minutes": "a province's raw windows: the ground that the finders of cheating are tested on",
    "get_command": "click's, done our way",
    "get_response": "Starlette's, done our way",
    "hours_left": "of a detector; asked by tests, shown nowhere yet (docs/models.md)",
    "list_commands": "click's, done our way",
    "plan_digest": "holds the judged days fast in a test",
    "pools": "what waits at the centre, for tests",
    "probability": "of a detector; asked by tests, shown nowhere yet (docs/models.md)",
    "process_bind_param": "SQLAlchemy's",
    "process_result_value": "SQLAlchemy's",
    "training_days": "the days that shipped models were trained on; the judged ones must not be among them",
}
"""By name: who calls it."""


def unused() -> Iterator[str]:
    """What is neither called nor allowed, and what is allowed without need; one line each."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]
    found = Vulture(ignore_decorators=["@router.*", "@*.command", "@click.*", "@*.group"])
    found.scavenge([str(ROOT / name) for name in packages])
    left = [one for one in found.get_unused_code(min_confidence=60) if one.typ in KINDS]
    for one in left:
        if one.name not in ALLOWED:
            yield f"{Path(one.filename).relative_to(ROOT)}:{one.first_lineno}: {one.typ} {one.name} is called by nobody"
    yield from (f"tools/dead.py: {name} needs no leave" for name in sorted(ALLOWED.keys() - {one.name for one in left}))


def main() -> None:
    """`python -m tools.dead`: ends with 1 where there is any."""
    found = list(unused())
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
