"""Lines and branches by package, from `coverage json`: a table for people."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COUNTED = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def rows(report: dict[str, Any]) -> Iterator[str]:
    """One row a package, and one for all."""
    packages: dict[str, Counter[str]] = {}
    for path, file in report["files"].items():
        packages.setdefault(path.partition("/")[0], Counter()).update({key: file["summary"][key] for key in COUNTED})
    yield "| package | lines | covered | branches | covered |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, found in sorted(packages.items()):
        yield _row(f"`{name}/`", found)
    yield _row("all", sum(packages.values(), Counter()))


def _row(name: str, found: Counter[str]) -> str:
    lines, branches = (
        _share(found[f"covered_{what}"], found[f"num_{of}"]) for what, of in (("lines", "statements"), ("branches", "branches"))
    )
    return f"| {name} | {found['num_statements']:,} | {lines} | {found['num_branches']:,} | {branches} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "—"


def main() -> None:
    """`python -m tools.coverage_table FILE`."""
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.writelines(f"{row}\n" for row in rows(report))


if __name__ == "__main__":
    main()
