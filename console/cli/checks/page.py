"""docs/doctor.md and docs/doctor.zh.md, made of the mistakes that are known. Pure."""

from console.cli.checks.mistakes import MISTAKES
from console.cli.checks.verdict import State

STATES = {
    "zh": {State.WARNING: "注意", State.WRONG: "错误", State.OK: "正常"},
    "en": {State.WARNING: "warning", State.WRONG: "wrong", State.OK: "ok"},
}
EXAMPLES = """```console
$ davy doctor --config edge.toml --config centre.toml
$ davy doctor --config edge.toml --only broker --only identity
```
"""
HEADS = {
    "zh": f"""# 常见错误

`davy doctor` 认出下列 {{count}} 种错误, 说出查到的事实和应做的事。*错误*: 不能运行, 或所说不可信, 退出码 1;
*注意*: 能运行但不如所愿, 退出码 0。
每一条都有测试真正犯下这个错误。

{EXAMPLES}
选项见 [cli.md](cli.zh.md)。此页由程序生成: `davy doctor --list`。
""",
    "en": f"""# Common mistakes

`davy doctor` knows these {{count}} mistakes and says what it found and what to do. *wrong*: it will
not run, or what it says cannot be relied on; exit code 1. *warning*: it runs, but not as it should; exit code 0. A test really makes
each of them.

{EXAMPLES}
Options: [cli.md](cli.md). This page is made by the program: `davy doctor --list --lang en`.
""",
}
COLUMNS = {"zh": "| 错误 | | doctor 说 | 做什么 |", "en": "| mistake | | doctor says | what to do |"}


def document(names: dict[str, str], lang: str = "zh") -> str:
    """A section a check, a row a mistake. `names`: each check's name in Chinese."""
    zh = lang == "zh"
    lines = [HEADS[lang].format(count=len(MISTAKES))]
    for check in dict.fromkeys(one.check for one in MISTAKES):
        lines += [f"## {names[check]} {check}" if zh else f"## {check}", "", COLUMNS[lang], "| --- | --- | --- | --- |"]
        for one in (one for one in MISTAKES if one.check == check):
            verdict = one.verdict
            said, do = (verdict.zh, verdict.do_zh) if zh else (verdict.en, verdict.do_en)
            lines.append(f"| {_cell(one.zh if zh else one.en)} | {STATES[lang][verdict.state]} | {_cell(said)} | {_cell(do)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    """As a table's cell shows it as it is."""
    for letter, shown in (("<", "&lt;"), *((one, f"\\{one}") for one in "|[]*_")):
        text = text.replace(letter, shown)
    return text
