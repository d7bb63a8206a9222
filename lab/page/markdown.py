"""The page as Markdown, in Chinese or in English: the same from the same results. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.page.figures import NONE, Result, cells, judge, shown
from lab.page.notes import Grid, Note, Words
from lab.page.words import HEADS, LANGUAGES, name, said


def page(results: Mapping[str, Result], notes: Mapping[str, Note], lang: str = "zh") -> str:
    """All suites in the order of the notes."""
    lines = [HEADS[lang], f"| {said('suite', lang)} | {_aims(lang)}\n| --- | --- | --- | --- | --- |"]
    for suite, note in notes.items():
        lines += [f"| {suite} {row}" for row in aim_rows(results.get(suite, {}), note, lang)]
    for suite, note in notes.items():
        lines += ["", *section(suite, results.get(suite, {}), note, lang)]
    return "\n".join(lines) + "\n"


def _aims(lang: str) -> str:
    return f"{said('figure', lang)} | {said('asked', lang)} | {said('reached', lang)} | |"


def aim_rows(result: Result, note: Note, lang: str) -> Iterator[str]:
    """A row for each figure that was asked for."""
    for told in judge(result, note.aims, lang):
        yield f"| {told.what} | {told.asked} | {told.reached} | {said('met' if told.met else 'not met', lang)} |"


def section(suite: str, result: Result, note: Note, lang: str) -> Iterator[str]:
    """Everything of one suite."""
    yield f"## {_in(note.title, lang)}\n"
    yield _in(note.what, lang) + "\n"
    yield from (f"{said(key, lang)} {_in(words, lang)}\n" for key, words in (("protocol", note.protocol), ("data", note.data)))
    yield f"```sh\ndavy models evaluate --suite {suite} --json\n```\n"
    yield made_of(result, lang) if result else said("none", lang)
    yield f"\n| {_aims(lang)}\n| --- | --- | --- | --- |"
    yield from aim_rows(result, note, lang)
    for grid in note.tables:
        yield from table(result, grid, lang)
    if result:
        yield f"\n![{note.plot.label}](images/models-{suite}.svg)"
    for key, remarks in (("remarks", note.remarks), ("tried", note.tried)):
        if remarks:
            yield f"\n{said(key, lang)}\n"
            yield from (f"- {_in(words, lang)}" for words in remarks)


def made_of(result: Result, lang: str) -> str:
    """When, where, of which data and code a result was made."""
    facts = {
        "made": result.get("made"),
        "machine": result.get("machine"),
        "took": f"{result.get('seconds', NONE)} s",
        "of data": f"`{result.get('data', NONE)}`",
        "code": f"`{result.get('code', NONE)}`",
    }
    return "; ".join(f"{said(key, lang)}: {fact or NONE}" for key, fact in facts.items())


def table(result: Result, grid: Grid, lang: str) -> Iterator[str]:
    """Ours in bold, baselines, then what others published."""
    rows = cells(result, grid)
    if not rows and not grid.published:
        return
    yield f"\n{_in(grid.title, lang)}" if grid.title else ""
    yield f"\n| | {' | '.join(name(column, lang) for column in grid.columns)} |\n|{' --- |' * (len(grid.columns) + 1)}"
    for row_name, row in rows:
        called = name(row_name, lang)
        yield _row(f"**{called}**" if row_name == grid.ours else called, row)
    for row_name, others in grid.published.items():
        yield _row(f"{name(row_name, lang)} ({said('published', lang)})", [*others, *[None] * (len(grid.columns) - len(others))])


def _row(called: str, row: list[Any]) -> str:
    return f"| {called} | {' | '.join(shown(one) for one in row)} |"


def _in(words: Words, lang: str) -> str:
    return words[LANGUAGES.index(lang)]
