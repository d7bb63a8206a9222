"""docs/doctor.md, made of the mistakes that are known. Pure."""

from console.cli.checks.mistakes import MISTAKES
from console.cli.checks.verdict import State

STATES = {State.WARNING: "注意 warning", State.WRONG: "错误 wrong", State.OK: "正常 ok"}
HEAD = """# 常见错误 / Common mistakes

`davy doctor` 认出下列 {count} 种错误, 说出查到的事实和应做的事。*错误*: 不能运行, 或所说不可信, 退出码 1;
*注意*: 能运行但不如所愿, 退出码 0。
每一条都有测试真正犯下这个错误。

`davy doctor` knows these {count} mistakes and says what it found and what to do. *wrong*: it will
not run, or what it says cannot be relied on; exit code 1. *warning*: it runs, but not as it should; exit code 0. A test really makes
each of them.

```console
$ davy doctor --config edge.toml --config centre.toml
$ davy doctor --config edge.toml --only broker --only identity
```

选项见 / Options: [cli.md](cli.md)。此页由程序生成 / This page is made by the program: `davy doctor --list`.
"""


def document() -> str:
    """A section a check, a row a mistake."""
    lines = [HEAD.format(count=len(MISTAKES))]
    for check in dict.fromkeys(one.check for one in MISTAKES):
        lines += [f"## {check}", "", "| 错误 mistake | | doctor 说 says | 做什么 do |", "| --- | --- | --- | --- |"]
        for one in (one for one in MISTAKES if one.check == check):
            said = "<br>".join(dict.fromkeys(_cell(text) for text in (one.verdict.zh, one.verdict.en)))
            do = "<br>".join(dict.fromkeys(_cell(text) for text in (one.verdict.do_zh, one.verdict.do_en)))
            lines.append(f"| {_cell(one.zh)}<br>{_cell(one.en)} | {STATES[one.verdict.state]} | {said} | {do} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    """As a table's cell shows it as it is."""
    for letter, shown in (("<", "&lt;"), *((one, f"\\{one}") for one in "|[]*_")):
        text = text.replace(letter, shown)
    return text
