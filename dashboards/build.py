"""Boards to JSON: in memory for a push, in `boards/json/` for review."""

import json
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.panels import LANGUAGES, Place
from dashboards.render import Json, render

REVIEWED = Path(__file__).parent / "boards" / "json"


def build(place: Place, languages: tuple[str, ...] = LANGUAGES) -> dict[str, dict[str, Json]]:
    """Language → board name → Grafana's JSON."""
    return {lang: {board.name: render(board, lang, place) for board in BOARDS} for lang in languages}


def text(board: Json) -> str:
    """A board as it is reviewed."""
    return json.dumps(board, ensure_ascii=False, indent=1) + "\n"


def write(folder: Path, place: Place) -> list[Path]:
    """`<folder>/<lang>/<board>.json` for all; what is there and no board of ours is left alone."""
    out = []
    for lang, boards in build(place).items():
        (folder / lang).mkdir(parents=True, exist_ok=True)
        for name, board in boards.items():
            out.append(folder / lang / f"{name}.json")
            out[-1].write_text(text(board), encoding="utf-8")
    return out
