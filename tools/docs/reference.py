"""The reference of the site, made from the code at every build: it cannot be out of date, and stands nowhere twice.

On the forge its place is taken by what is written by hand and held to the code by tests: docs/edge.md and docs/ingest.md (keys),
docs/cli.md, docs/protocol.md, and the OpenAPI of a running centre. `python -m tools.docs.reference FOLDER` writes the pages anywhere.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tools.docs import configuration, http_api, metrics, packs, refusals
from tools.docs.table import LANGS, Lang

PAGES: dict[str, Callable[[Lang], str]] = {
    "configuration": configuration.page,
    "http-api": http_api.page,
    "metrics": metrics.page,
    "refusals": refusals.page,
    "packs": packs.page,
}


def write(folder: Path) -> None:
    """Every page in both languages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        for lang in LANGS:
            (folder / f"{name}.{lang}.md").write_text(page(lang), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
