"""Results from a folder; page and plots to where they are read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from contracts.errors import BadConfig
from lab.evaluate import code_hash
from lab.page.figures import Result
from lab.page.markdown import page
from lab.page.notes import Note, read_notes
from lab.page.plots import svg

Progress = Callable[[str], None]


def read_results(folder: Path, notes: Mapping[str, Note]) -> dict[str, Result]:
    """`<folder>/<suite>.json` of every suite that has one; BadConfig where one is no result of its suite."""
    found: dict[str, Result] = {}
    for path in (folder / f"{suite}.json" for suite in notes):
        if not path.is_file():
            continue
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadConfig("--results", str(path), f"a saved result ({error})") from error
        if not isinstance(result, dict) or result.get("suite") != path.stem or not isinstance(result.get("figures"), dict):
            raise BadConfig("--results", str(path), f"a result of suite {path.stem} (davy models evaluate --save)")
        found[path.stem] = result
    return found


def write_page(results: Path, out: Path, progress: Progress = lambda _: None) -> list[Path]:
    """The page at `out`, the Chinese one (`.zh.md`) and `images/models-<suite>.svg` beside it; missing or outdated results are told."""
    notes = read_notes()
    found, now = read_results(results, notes), code_hash()
    for suite in notes:
        if suite not in found:
            progress(f"{suite}: 没有结果 / no result in {results}")
        elif found[suite].get("code") != now:
            progress(f"{suite}: 结果出自别的代码 / made by other code: {found[suite].get('code')}, now {now}")
    images = out.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    made = [out, out.with_suffix(".zh.md")]
    for suite, result in found.items():
        made.append(images / f"models-{suite}.svg")
        made[-1].write_bytes(svg(result, notes[suite]))
    for path, lang in ((out, "en"), (out.with_suffix(".zh.md"), "zh")):
        path.write_text(page(found, notes, lang), encoding="utf-8")
    return made
