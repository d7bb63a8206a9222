"""The HTTP API, call by call, from its own OpenAPI."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from console.cli.embedded import settings_in
from console.cli.up import plant_of
from console.web.app import API, create_app
from contracts.clock import SystemClock
from ingest.process import make_centre
from tools.docs.table import Lang, code, heading, rows

Operation = dict[str, Any]


@cache
def openapi() -> dict[str, Any]:
    """The description that a running centre serves: that of an empty one, which is made for this and never run."""
    with TemporaryDirectory() as folder:
        centre = make_centre(settings_in(Path(folder), broker_port=1883, webhooks=()), SystemClock())
        try:
            return create_app(plant_of(centre)).openapi()
        finally:
            centre.close()


def named(schema: dict[str, Any]) -> str:
    """A schema as one reads it."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        inner = name.removeprefix("Page_").rstrip("_")
        return f"page of {inner}" if name.startswith("Page_") else name
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(named(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " / ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {named(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def parameters(operation: Operation) -> list[tuple[str, ...]]:
    """Name, where it stands, type, default, meaning; the body's fields last are the schema's own."""
    told: list[tuple[str, ...]] = []
    for one in operation.get("parameters", []):
        schema = one.get("schema", {})
        default = "required" if one.get("required") else str(schema.get("default", ""))
        told.append((code(one["name"]), one["in"], named(schema), default, one.get("description", "")))
    content = operation.get("requestBody", {}).get("content", {})
    return told + [("", "body", named(kind.get("schema", {})), "required", form) for form, kind in content.items()]


def answer(operation: Operation) -> str:
    """What stands in the answer where all is well."""
    for status, told in operation["responses"].items():
        if status.startswith("2"):
            return " / ".join(named(kind["schema"]) if kind.get("schema") else form for form, kind in told.get("content", {}).items())
    return ""


def page(lang: Lang) -> str:
    """The page."""
    zh, described = lang == "zh", openapi()
    parts = [
        f"# HTTP 接口\n\n由接口自己的 OpenAPI 生成; 运行中的中心在 `{API}/openapi.json` 给出同样的内容。时间为 UTC 的 ISO 8601, 列表为 "
        '`{"items": [...], "next": ...}`, 拒绝的形式见[错误与拒绝](refusals.md)。谁能调用什么: [人员与权限](../people.md)。\n'
        if zh
        else f"# HTTP API\n\nMade from the API's own OpenAPI, which a running centre serves at `{API}/openapi.json`. Times are ISO 8601 "
        'in UTC, lists are `{"items": [...], "next": ...}`, refusals have [one form](refusals.md). '
        "Who may call what: [people](../people.md).\n"
    ]
    tags: dict[str, list[tuple[str, str, Operation]]] = defaultdict(list)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            tags[(operation.get("tags") or ["other"])[0]].append((method.upper(), path, operation))
    head = ("参数", "位置", "类型", "缺省", "说明") if zh else ("parameter", "in", "type", "default", "meaning")
    for tag in sorted(tags):
        parts.append(f"\n## {tag}\n")
        for method, path, operation in tags[tag]:
            parts.append(f"\n### `{method} {path}`\n\n{operation.get('description') or operation.get('summary', '')}\n")
            if told := parameters(operation):
                parts.append(rows(head, told))
            if returned := answer(operation):
                parts.append(f"\n{'回答' if zh else 'Answer'}: {returned}\n")
    parts.append(heading(2, ("对象", "Objects"), lang))
    fields = ("字段", "类型", "说明") if zh else ("field", "type", "meaning")
    for name, schema in sorted(described.get("components", {}).get("schemas", {}).items()):
        if not name.startswith("Page_") and schema.get("properties"):
            parts.append(f"\n### {name}\n\n{schema.get('description', '')}\n")
            parts.append(
                rows(fields, [(code(field), named(one), one.get("description", "")) for field, one in schema["properties"].items()])
            )
    return "\n".join(parts)
