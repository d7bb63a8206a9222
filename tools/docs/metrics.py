"""Every Prometheus metric of the processes with its help, as the collectors name them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tools.docs.scan import calls, said, trees
from tools.docs.table import Lang, code, heading, rows

KINDS = {
    "CounterMetricFamily": "counter",
    "Counter": "counter",
    "GaugeMetricFamily": "gauge",
    "Gauge": "gauge",
    "SummaryMetricFamily": "summary",
    "Histogram": "histogram",
}
WHERE = ("edge_agent", "ingest", "console", "wire", "store")
GROUPS = {
    "davy_edge_": ("边缘代理", "The edge agent"),
    "davy_ingest_": ("接收", "The ingest"),
    "davy_records_": ("记录", "The records"),
    "davy_store_": ("存储", "The store"),
    "davy_statistics_": ("5 分钟统计", "5-minute statistics"),
    "davy_backup_": ("备份", "Backups"),
    "davy_certificate_": ("证书", "Certificates"),
    "davy_console_": ("网页", "The pages"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One metric. A counter is scraped as `name_total`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


def metrics() -> list[Told]:
    """All of them, by name."""
    found = {one.name: one for _, tree in trees(*WHERE, having=("prometheus_client",)) for one in _of(tree)}
    return [found[name] for name in sorted(found)]


def _of(tree: ast.Module) -> Iterator[Told]:
    tables = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
        if isinstance(loop.iter, ast.Name) and loop.iter.id in tables:
            for call in calls(loop, *KINDS):
                yield from _of_table(call, tables[loop.iter.id])
    for call in calls(tree, *KINDS):
        if call.args and isinstance(call.args[0], ast.Constant) and str(call.args[0].value).startswith("davy_"):
            yield Told(said(call.args[0]), _kind(call), said(call.args[1]), _labels(call))


def _of_table(call: ast.Call, table: ast.expr) -> Iterator[Told]:
    """A metric for each row (name, help, value) of a table that a loop goes through."""
    if isinstance(call.args[0], ast.JoinedStr) and isinstance(table, ast.Tuple):
        for row in table.elts:
            if isinstance(row, ast.Tuple):
                yield Told(said(call.args[0]).replace("{name}", said(row.elts[0])), _kind(call), said(row.elts[1]))


def _kind(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Name)
    return KINDS[call.func.id]


def _labels(call: ast.Call) -> tuple[str, ...]:
    given = [word.value for word in call.keywords if word.arg == "labels"] + call.args[2:]
    return tuple(said(name) for one in given if isinstance(one, ast.List) for name in one.elts)


def page(lang: Lang) -> str:
    """The page."""
    intro = {
        "zh": "# 指标\n\n各进程在 `metrics_port` 上给出的 Prometheus 指标, 由代码生成。计数器在抓取时名为 `..._total`。"
        "此刻未知的数没有样本, 所以也要对“没有样本”报警。哪些值得报警, 见[运行维护](../operate.md)。\n",
        "en": "# Metrics\n\nWhat the processes serve to Prometheus on `metrics_port`, made from the code. A counter is scraped "
        "as `..._total`. What is not known just now has no sample: alarm on absence too. "
        "Which of them deserve an alarm: [operating](../operate.md).\n",
    }[lang]
    parts = [intro]
    for prefix, names in GROUPS.items():
        parts.append(heading(2, names, lang))
        head = ("指标", "类型", "标签", "说明") if lang == "zh" else ("metric", "kind", "labels", "help")
        parts.append(
            rows(head, [(code(one.name), one.kind, ", ".join(one.labels), one.help) for one in metrics() if one.name.startswith(prefix)])
        )
    return "\n".join(parts)
