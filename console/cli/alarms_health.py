"""`davy alarms health`: how the alarms themselves are doing (ISA-18.2, EEMUA 191)."""

from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes_health import ActorView, HealthView
from contracts.clock import DAY, SystemClock

FIGURES = {
    "per_operator_hour": "每人每小时 per operator-hour",
    "peak": "10 分钟最多 most in 10 minutes",
    "floods": "超过 10 条的 10 分钟时段 ten-minute periods with more than 10",
    "busy": "超过 30 条的小时 hours with more than 30",
    "top_share": "前十条占比 share of the ten most frequent",
    "stale": "长期 stale (> 24 h)",
    "chattering": "抖动 chattering",
    "fleeting": "瞬时 fleeting",
}
SHARES = ("floods", "busy", "top_share")
VERDICTS = {"met": "达到 met", "manageable": "可承受 manageable", "over": "超出 OVER", "unknown": "未知 unknown"}


@click.command(name="health")
@click.argument("mine", required=False)
@click.option("--days", type=click.FloatRange(0.01, 92), default=7, show_default=True, help="最近多少天 / the last so many days")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the answer as JSON")
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, mine: str | None, days: float, as_json: bool, url: str) -> None:
    """报警状况 / alarm health: rates, peaks, stale and chattering alarms, time to acknowledge; drills count nowhere."""
    api, now = Api(url, transport), SystemClock().now()
    query: dict[str, str | int | None] = {"mine": mine, "start": str(now - int(days * DAY)), "end": str(now)}
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(api.get("alarm-health", dict[str, Any], **query)), indent=1))
        return
    for line in written(api.get("alarm-health", HealthView, **query)):
        click.echo(line)


def written(found: HealthView) -> list[str]:
    """As people read it."""
    duty = "当班人数未知 operators not known" if found.operators is None else f"当班 on duty {found.operators:.2g}"
    lines = [f"{plain(found.mine) or '全部 all'}  {found.start[:16]}Z - {found.end[:16]}Z  {duty}"]
    lines.append(f"报警 alarms {found.called}, 每小时 per hour {found.per_hour:.2f}")
    lines += table(("指标 figure", "值 value", "要求 asked", "情况 verdict"), [_figure(found, name) for name in FIGURES])
    waits = found.waits
    times = ", ".join(
        f"{name} {'-' if value is None else f'{value:.0f} s'}"
        for name, value in (("中位数 median", waits.median_s), ("90 %", waits.p90_s), ("最长 longest", waits.longest_s))
    )
    lines.append(f"确认用时 time to acknowledge: {times}; 未确认 not acknowledged {waits.never}")
    aside = ", ".join(f"{name} {count}" for name, count in found.set_aside.items())
    lines.append(f"未叫人 nobody was called for: {aside}")
    if found.top:
        lines += ["", *table(("最频繁 most frequent", "次数 count", "占比 share"), [_actor(one) for one in found.top])]
    lines.append(f"\n{both(found.notes)}\n{both(found.bounds['peak'].source)}")
    return lines


def _figure(found: HealthView, name: str) -> tuple[str, ...]:
    value, bound = getattr(found, name), found.bounds[name]
    number = len(value) if isinstance(value, list) else value
    shown = "-" if number is None else f"{100 * number:.1f} %" if name in SHARES else f"{number:.4g}"
    asked = f"≤ {100 * bound.at_most:g} %" if name in SHARES else f"≤ {bound.at_most:g}"
    more = f" (≤ {bound.manageable:g})" if bound.manageable is not None else ""
    return FIGURES[name], shown, asked + more, VERDICTS.get(bound.verdict, plain(bound.verdict))


def _actor(one: ActorView) -> tuple[str, ...]:
    about = " ".join(part for part in (plain(one.mine), plain(one.point or one.subject), plain(both(one.place))) if part)
    return f"{about}: {plain(both(one.rule_words))}", str(one.count), f"{100 * one.share:.1f} %"
