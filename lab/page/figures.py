"""Figures of a saved result by path, and whether they reach what was asked. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.page.notes import Aim, Grid
from lab.page.words import LANGUAGES, name

Result = Mapping[str, Any]
NONE = "–"
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the table of aims. `met` is true only where the figure is there and reaches what was asked."""

    what: str
    asked: str
    reached: str
    met: bool


def matches(result: Result, path: str) -> Iterator[tuple[str, ...]]:
    """The keys that stand for the path's stars, of every place that is there."""
    yield from _walk(result, path.split(" > "), ())


def _walk(here: Any, steps: list[str], keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not steps:
        yield keys
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        for key in here if isinstance(here, Mapping) else ():
            yield from _walk(here[key], rest, (*keys, key))
    elif (below := _below(here, step)) is not _MISSING:
        yield from _walk(below, rest, keys)


def value(result: Result, path: str, keys: tuple[str, ...] = ()) -> Any:
    """What stands at the path with `keys` for its stars; None where nothing does."""
    stars, here = iter(keys), result
    for step in path.split(" > "):
        here = _below(here, next(stars) if step == "*" else step)
        if here is _MISSING:
            return None
    return here


def _below(here: Any, step: str) -> Any:
    if isinstance(here, Mapping):
        return here.get(step, _MISSING)
    if isinstance(here, list | tuple) and step.isdecimal() and int(step) < len(here):
        return here[int(step)]
    return _MISSING


def shown(number: Any) -> str:
    """A figure as people read it: three digits that say something, none for what is not there."""
    if number is None or isinstance(number, Mapping | list):
        return NONE
    if isinstance(number, bool | str):
        return str(number)
    if float(number).is_integer():
        return f"{number:.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}" if abs(number) >= 1 else f"{number:.3f}"


def judge(result: Result, aims: list[Aim], lang: str = "en") -> Iterator[Verdict]:
    """A line for each figure an aim speaks of; one that is missing is not met."""
    for aim in aims:
        words = aim.words[LANGUAGES.index(lang)]
        found = list(matches(result, aim.path)) if result else []
        if not found:
            yield Verdict(words, _asked(result, aim, (), lang), NONE, False)
        for keys in found:
            of = f" {name(' '.join(keys), lang)}" if keys else ""
            number = value(result, aim.path, keys)
            met = _is_met(number, result, aim, keys)
            yield Verdict(words + of, _asked(result, aim, keys, lang), _exact(number), met)


def _is_met(number: Any, result: Result, aim: Aim, keys: tuple[str, ...]) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
        return False
    beaten = value(result, aim.beats, keys) if aim.beats else None
    if aim.beats and not isinstance(beaten, int | float):
        return False
    return (
        (aim.at_least is None or number >= aim.at_least)
        and (aim.at_most is None or number <= aim.at_most)
        and (aim.above is None or number > aim.above)
        and (beaten is None or number > beaten)
    )


def _asked(result: Result, aim: Aim, keys: tuple[str, ...], lang: str) -> str:
    if aim.beats:
        beaten = " ".join(step for step in aim.beats.split(" > ")[1:-1] if step != "*") or aim.beats.split(" > ")[-1]
        return f"> {_exact(value(result, aim.beats, keys))} ({name(beaten, lang)})"
    bounds = (("≥", aim.at_least), ("≤", aim.at_most), (">", aim.above))
    return " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


def _exact(number: Any) -> str:
    """With so many digits that a figure just short of its aim does not look as if it had reached it."""
    return f"{number:.5g}" if isinstance(number, float) else shown(number)


def cells(result: Result, grid: Grid) -> list[tuple[str, list[Any]]]:
    """Name and values of each row; rows in which nothing stands are left out."""
    rows = [
        (" ".join(keys) or grid.rows.split(" > ")[-1], [value(result, path, keys) for path in grid.columns.values()])
        for keys in matches(result, grid.rows)
    ]
    return [(name, row) for name, row in rows if any(isinstance(one, int | float | str) for one in row)]
