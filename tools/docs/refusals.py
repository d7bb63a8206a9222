"""What is refused, and how it is said: errors, exit codes, configuration, messages, calls. Read out of the code."""

import ast
from collections.abc import Iterator
from http import HTTPStatus

from console.web.app import REFUSALS
from contracts import errors
from tools.docs.scan import calls, said, trees
from tools.docs.table import Lang, code, heading, rows

EVERYWHERE = (
    "contracts",
    "wire",
    "store",
    "models",
    "sim_sensors",
    "alerts",
    "fleet",
    "edge_agent",
    "ingest",
    "dashboards",
    "lab",
    "console",
)
STATUS_ZH = {
    400: "请求不对",
    401: "要登录",
    403: "没有这项权限",
    404: "没有, 或此人不能看",
    408: "来得太慢",
    409: "与现有的冲突",
    413: "太大",
    422: "值不被接受",
    429: "太频繁",
    503: "此刻做不了",
}


def found(name: str) -> Iterator[tuple[str, list[str]]]:
    """Where something of that name is raised, and its arguments as they stand there."""
    for place, tree in trees(*EVERYWHERE, having=(f"raise {name}(",)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                for call in calls(node.exc, name):
                    yield place, [said(argument) for argument in call.args]


def _table(name: str, head: tuple[str, ...], columns: tuple[int, ...], coded: tuple[int, ...] = ()) -> str:
    told = {
        tuple(code(given[at]) if at in coded else given[at] for at in columns): place
        for place, given in found(name)
        if len(given) > max(columns)
    }
    return rows(head, [(*words, code(place)) for words, place in sorted(told.items())])


def page(lang: Lang) -> str:
    """The page."""
    zh = lang == "zh"
    intro = (
        "# 错误与拒绝\n\n由代码生成。每个拒绝都说三件事: **哪一处** (`broker.port`, `body.name`), **什么值**, **可以是什么**。"
        "花括号里的部分在运行时填入。命令行的退出码见[命令行](../cli.md)。\n"
        if zh
        else "# Errors and refusals\n\nMade from the code. Every refusal says three things: **which place** (`broker.port`, `body.name`), "
        "**which value**, **what is allowed**. What stands in braces is filled in at run time. Exit codes: [the command line](../cli.md).\n"
    )
    tree = (errors.__doc__ or "").partition("\n\n")[2].strip()
    parts = [intro, heading(2, ("错误的种类", "Kinds of errors"), lang), f"```text\n{tree}\n```\n"]
    parts.append(heading(2, ("接口的回答", "Answers of the API"), lang))
    parts.append('```json\n{"error": {"place": "query.start", "value": "yesterday", "allowed": "...", "more": 0}}\n```\n\n')
    parts.append(
        rows(
            ("HTTP", "意思" if zh else "meaning"),
            [(code(one), STATUS_ZH.get(one, "") if zh else HTTPStatus(one).phrase) for one in REFUSALS],
        )
    )
    where = ("出处" if zh else "in",)
    place, allowed = ("位置", "可以是") if zh else ("place", "allowed")
    parts.append(heading(3, ("逐条", "One by one"), lang))
    parts.append(_table("Refused", ("HTTP", place, allowed, *where), (0, 1, 3), (1,)))
    parts.append(heading(2, ("不能识别的报文和文件", "Messages and files that cannot be read"), lang))
    parts.append("网关来的进入死信, 带同样的原因词。\n\n" if zh else "From a gateway they become dead letters with the same reason.\n\n")
    parts.append(_table("BadPayload", ("原因" if zh else "reason", "说明" if zh else "detail", *where), (0, 1), (0,)))
    parts.append(heading(2, ("配置和命令的拒绝", "Configuration and orders that are refused"), lang))
    parts.append(_table("BadConfig", ("键" if zh else "key", allowed, *where), (0, 2), (0,)))
    return "\n".join(parts)
