"""Every configuration key with its type, default and environment variable, from the sections that the processes read."""

import types
import typing
from typing import Any, get_args, get_origin

import msgspec

from console.web.entry import DoorSettings
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings
from sim_sensors.config import Settings as SimSettings
from tools.docs.table import Lang, code, heading, rows

PROCESSES = {
    EdgeSettings: (("边缘代理 (`davy edge`)", "The edge agent (`davy edge`)"), "../edge.md"),
    IngestSettings: (("接收与中心 (`davy ingest`, `davy centre`)", "Ingest and centre (`davy ingest`, `davy centre`)"), "../ingest.md"),
    SimSettings: (("模拟器 (`davy sim`)", "The simulator (`davy sim`)"), "../simulator.md"),
    DoorSettings: (("网页的登录 (只来自环境变量)", "Signing in to the pages (environment only)"), "../people.md"),
}
NAMES = {str: "text", int: "whole number", float: "number", bool: "true / false", bytes: "bytes", type(None): "nothing"}
Kind = type[msgspec.Struct]


def sections(kind: Any) -> list[Kind]:
    """A section and all that can stand in it, each once, outermost first."""
    found: list[Kind] = []

    def walk(hint: Any) -> None:
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            if hint not in found:
                found.append(hint)
                for field in msgspec.structs.fields(hint):
                    walk(field.type)
            return
        for inner in get_args(hint):
            walk(inner)

    walk(kind)
    return found


def type_of(hint: Any) -> str:
    """A type as a person writes it in TOML."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    origin, inner = get_origin(hint), get_args(hint)
    if origin is typing.Annotated:
        return type_of(inner[0])
    if origin is typing.Literal:
        return " / ".join(code(msgspec.json.encode(one).decode()) for one in inner)
    if origin in (list, tuple):
        return f"list of {type_of(inner[0])}"
    if origin is dict:
        return f"table: {type_of(inner[0])} to {type_of(inner[1])}"
    either = origin in (types.UnionType, typing.Union)
    return " or ".join(type_of(one) for one in inner) if either else NAMES.get(hint, str(getattr(hint, "__name__", hint)))


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """As it would stand in the file; empty where a value is needed."""
    default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    if default is msgspec.NODEFAULT:
        return ""
    return "" if isinstance(default, msgspec.Struct) else code(msgspec.json.encode(default).decode())


def variables(kind: Any, prefix: str = "DAVY") -> dict[Kind, str]:
    """The section's variables begin so; what stands in a list can only come from the file."""
    found: dict[Kind, str] = {kind: prefix}
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found |= variables(field.type, f"{prefix}_{field.name.upper()}")
    return found


def page(lang: Lang) -> str:
    """The page."""
    zh = lang == "zh"
    parts = [
        "# 配置键\n\n由代码生成。TOML 文件; 缺省 < 文件 < 环境变量。以 `..._FILE` 结尾的变量给出一个文件, 其内容即为值 (用于密码)。"
        "不认识的键会被拒绝, 并说明可以是什么。“必填”的键没有缺省值。\n"
        if zh
        else "# Configuration keys\n\nMade from the code. TOML; default < file < environment. A variable ending in `..._FILE` names a file "
        "that holds the value (for secrets). Unknown keys are refused, with what is allowed. A key without default is needed.\n"
    ]
    shown: set[Kind] = set()
    for kind, (names, more) in PROCESSES.items():
        parts.append(heading(2, names, lang))
        parts.append(f"{'怎么用' if zh else 'How it is used'}: [{more.removeprefix('../')}]({more}).\n")
        prefixes = variables(kind)
        for section in sections(kind):
            if section not in shown:
                shown.add(section)
                parts.append(_section(section, prefixes.get(section, ""), lang))
    return "\n".join(parts)


def _section(section: Kind, prefix: str, lang: Lang) -> str:
    zh, tag = lang == "zh", section.__struct_config__.tag
    head = ("键", "类型", "缺省", "环境变量") if zh else ("key", "type", "default", "environment")
    body: list[tuple[str, ...]] = [(code("kind"), code(f'"{tag}"'), "必填" if zh else "needed", "")] if tag else []
    for field in msgspec.structs.fields(section):
        nested = isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        missing = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
        default = ("必填" if zh else "needed") if missing else default_of(field)
        body.append(
            (code(field.name), type_of(field.type), default, code(f"{prefix}_{field.name.upper()}") if prefix and not nested else "")
        )
    return f"\n### {section.__name__}\n\n{' '.join((section.__doc__ or '').split())}\n\n{rows(head, body)}"
