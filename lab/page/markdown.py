"""The page as Markdown: Chinese and English, the same from the same results. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.page.figures import NONE, Result, cells, judge, shown
from lab.page.notes import Grid, Note, Words

HEAD = """# 模型评测 / Models, measured

由 `davy models page` 从 `docs/models/*.json` 生成, 不手工修改; 那些结果由 `davy models evaluate --suite all --save docs/models` 写出。
数据不在仓库中。/ Made by `davy models page` from `docs/models/*.json`, never edited by hand; those results are written by
`davy models evaluate --suite all --save docs/models`. The data are not in the repository.

模型只作参考, 不是官方报警。/ Models advise; nothing here is an official alarm.

## 总览 / At a glance
"""
AIMS = "| 量 figure | 要求 asked | 达到 reached | |\n| --- | --- | --- | --- |"
MET, NOT_MET = "达到 met", "**未达到 not met**"
NOT_EVALUATED = "没有结果: 未评测。/ No result: not evaluated."
BESIDE = "公布 published"


def page(results: Mapping[str, Result], notes: Mapping[str, Note]) -> str:
    """All suites in the order of the notes."""
    lines = [HEAD, "| 测试集 suite | " + AIMS.removeprefix("| ").replace("| --- |", "| --- | --- |", 1)]
    for suite, note in notes.items():
        lines += [f"| {suite} {row}" for row in aim_rows(results.get(suite, {}), note)]
    for suite, note in notes.items():
        lines += ["", *section(suite, results.get(suite, {}), note)]
    return "\n".join(lines) + "\n"


def aim_rows(result: Result, note: Note) -> Iterator[str]:
    """A row for each figure that was asked for."""
    for told in judge(result, note.aims):
        yield f"| {_pair((told.zh, told.en))} | {told.asked} | {told.reached} | {MET if told.met else NOT_MET} |"


def section(suite: str, result: Result, note: Note) -> Iterator[str]:
    """Everything of one suite."""
    yield f"## {note.title[0]} / {note.title[1]}\n"
    yield from (_pair(note.what) + "\n", f"**规程 / Protocol.** {_pair(note.protocol)}\n", f"**数据 / Data.** {note.data}\n")
    yield f"```sh\ndavy models evaluate --suite {suite} --json\n```\n"
    yield NOT_EVALUATED if not result else made_of(result)
    yield f"\n{AIMS}"
    yield from aim_rows(result, note)
    for grid in note.tables:
        yield from table(result, grid)
    if result:
        yield f"\n![{note.plot.label}](images/models-{suite}.svg)"
    if note.remarks:
        yield "\n**须知 / To be said**\n"
        yield from (f"- {_pair(words)}" for words in note.remarks)
    if note.tried:
        yield "\n**试过什么, 障碍何在 / What was tried, and what stands in the way**\n"
        yield from (f"- {_pair(words)}" for words in note.tried)


def made_of(result: Result) -> str:
    """When, where, of which data and code a result was made."""
    facts = {
        "时间 made": result.get("made"),
        "机器 machine": result.get("machine"),
        "用时 took": f"{result.get('seconds', NONE)} s",
        "数据 data": f"`{result.get('data', NONE)}`",
        "代码 code": f"`{result.get('code', NONE)}`",
    }
    return "; ".join(f"{name}: {fact or NONE}" for name, fact in facts.items())


def table(result: Result, grid: Grid) -> Iterator[str]:
    """Ours in bold, baselines, then what others published."""
    rows = cells(result, grid)
    if not rows and not grid.published:
        return
    yield f"\n{_pair(grid.title)}" if grid.title else ""
    yield f"\n| | {' | '.join(grid.columns)} |\n|{' --- |' * (len(grid.columns) + 1)}"
    for name, row in rows:
        yield _row(f"**{name}**" if name == grid.ours else name, row)
    for name, others in grid.published.items():
        yield _row(f"{name} ({BESIDE})", [*others, *[None] * (len(grid.columns) - len(others))])


def _row(name: str, row: list[Any]) -> str:
    return f"| {name} | {' | '.join(shown(one) for one in row)} |"


def _pair(words: Words) -> str:
    return words[0] if words[0] == words[1] else f"{words[0]} / {words[1]}"
