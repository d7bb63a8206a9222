"""Sets paper: a template (`<name>.typ` beside this file) and data make a PDF or a picture, by typst.

Data goes in as JSON (`json(bytes(sys.inputs.data))`), never as markup: what people wrote cannot become a command of the template.
The same data make the same bytes: no clock is read.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from contracts.errors import DavyError

TEMPLATES = Path(__file__).parent
FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)
"""Fonts that have the signs of both languages, the best first. The image and `make run` bring WenQuanYi Micro Hei, `make
setup` Noto Sans CJK."""
PPI = 144.0
_one_at_a_time = threading.Lock()
"""typst keeps the fonts and what it set last; two threads in it at once only hold each other up."""


class NoFont(DavyError):
    """No font on this machine has Chinese signs: a paper full of empty boxes would be worse than none."""


class BadPaper(DavyError):
    """The template refused its data; the message is typst's."""


def pdf(name: str, data: Mapping[str, Any]) -> bytes:
    """The PDF that `<name>.typ` makes of `data` (anything JSON can carry). NoFont, BadPaper."""
    return _pages(name, data, "pdf")[0]


def png(name: str, data: Mapping[str, Any], ppi: float = PPI) -> bytes:
    """The first page as a PNG of `ppi` pixels an inch. NoFont, BadPaper."""
    return _pages(name, data, "png", ppi)[0]


def family_of(families: Iterable[str]) -> str:
    """The best of these fonts that has Chinese signs; NoFont where there is none."""
    there = set(families)
    found = next((family for family in FAMILIES if family in there), None)
    if found is None:
        raise NoFont(
            "没有中文字体, 不能排版 / no font with Chinese signs on this machine, so nothing is printed: "
            "apt-get install fonts-noto-cjk (or fonts-wqy-microhei)"
        )
    return found


@cache
def fonts() -> typst.Fonts:
    """What this machine has, looked up once."""
    return typst.Fonts()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=TEMPLATES, font_paths=fonts())


def _pages(name: str, data: Mapping[str, Any], form: Literal["pdf", "png"], ppi: float = PPI) -> list[bytes]:
    family = family_of(fonts().families())
    inputs = {"data": json.dumps(data, ensure_ascii=False, allow_nan=False), "font": family}
    with _one_at_a_time:
        try:
            made = _compiler().compile(input=TEMPLATES / f"{name}.typ", format=form, ppi=ppi, sys_inputs=inputs)
        except typst.TypstError as error:
            raise BadPaper(f"{name}.typ: {error.message}") from error
    assert made is not None
    return made if isinstance(made, list) else [made]
