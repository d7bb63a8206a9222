"""The questions of `davy init`. Only what no option said is asked; an empty answer takes what stands in brackets."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from alerts.packs.pack import Pack
from console.cli.init_answers import WHERE, Told
from console.cli.init_points import COLUMNS, NEEDED, row_of
from console.cli.init_words import KINDS
from console.cli.table import table
from contracts.errors import BadConfig
from contracts.registers import Form
from contracts.topics import check_id
from contracts.units import OWN_WORD, QUANTITIES

Given = dict[str, Any]


def asked(given: Given, pack: Pack) -> Given:
    """The options with what was left open filled in by questions."""
    out = dict(given)
    questions: tuple[tuple[str, str, str, Callable[[str], object] | None], ...] = (
        ("mine", "矿井标识 (a-z, 0-9, -) / id of the mine", "", lambda text: check_id("mine", text)),
        ("mine_zh", "矿名 / the mine's Chinese name", "", None),
        ("mine_en", "英文矿名 / its English name", "", None),
        ("gateway", "网关标识 / id of the gateway", "gate-1", lambda text: check_id("gateway", text)),
        ("kind", f"来源种类 / kind of source ({', '.join(KINDS)})", "modbus_tcp", _among(KINDS)),
    )
    for name, words, default, check in questions:
        if out.get(name) is None:
            out[name] = _ask(words, default or (out["mine"] if name.startswith("mine_") else ""), check)
    if out.get("device") is None:
        out["device"] = _ask(f"在哪里 / where it is, {WHERE[out['kind']]}", "")
    if not out.get("points") and not out.get("rows"):
        _ask_points(out, pack)
    if out.get("broker") is None:
        out["broker"] = _ask("中心的消息代理 / the centre's broker, HOST:PORT", "127.0.0.1:18830")
    if out.get("tls") is None:
        local = out["broker"].startswith(("127.", "localhost"))
        out["tls"] = click.confirm("TLS (出本机须用 / needed beyond one machine)?", default=not local)
    if out.get("store") is None:
        out["store"] = _ask("读数存储 / store: embedded, influx+http://HOST:8086/ORG", "embedded")
    if out.get("records") is None:
        out["records"] = _ask("记录库 / records: sqlite, postgresql://USER@HOST/NAME", "sqlite")
    if not out.get("told"):
        text = _ask("报警通知谁 / who is told of alarms: webhook=http://..., mail=mailtos://...; - 无 none", "-", _told)
        out["told"] = () if text == "-" else (told_of(text),)
    return out


def told_of(text: str) -> Told:
    """`CHANNEL=ADDRESS`; an http(s) address alone is a webhook."""
    if text.startswith(("http://", "https://")):
        return Told("webhook", text)
    channel, equals, address = text.partition("=")
    if not equals or not address:
        raise BadConfig("--tell", channel, "CHANNEL=ADDRESS, as webhook=http://127.0.0.1:9000/alarms")
    return Told(channel, address)


def _told(text: str) -> None:
    if text != "-":
        told_of(text)


def _ask(words: str, default: str, check: Callable[[str], object] | None = None) -> str:
    """Until the answer is accepted."""
    while True:
        text = str(click.prompt(words, default=default or None)).strip()
        try:
            if check is not None:
                check(text)
            return text
        except BadConfig as error:
            click.echo(f"  可用 / allowed: {error.allowed}")


def _among(allowed: Mapping[str, object] | list[str]) -> Callable[[str], object]:
    def check(text: str) -> None:
        if text not in allowed:
            raise BadConfig("", text, ", ".join(allowed))

    return check


def _ask_points(out: Given, pack: Pack) -> None:
    """A list, or one point by questions."""
    path = _ask("测点清单 CSV/XLSX / the point list; - 现在描述一个 describe one now", "-")
    if path != "-":
        out["points"] = path
        return
    own = [name for name in QUANTITIES if name not in OWN_WORD]
    words = {
        "point": _ask("测点号 / point id", "T01"),
        "sensor_type": _ask(f"测什么 / what it measures ({', '.join(own)})", "methane", _among(own)),
    }
    words["unit"] = QUANTITIES[words["sensor_type"]].unit
    words["place"] = _ask("安装位置 / its place", "")
    words["area"] = _ask("区域 / area", "1")
    for column in NEEDED.get(out["kind"], ()):
        words[column] = _ask(f"{COLUMNS[column][0]} / {column}", "0" if column == "address" else "")
    if out["kind"].startswith("modbus"):
        words["form"] = _ask(f"数据格式 / form ({', '.join(Form)})", "u16", _among([one.value for one in Form]))
        if words["form"] not in ("f32", "f64"):
            words["decimals"] = _ask("小数位 / decimals", "2")
    _ask_row(words, out, pack)
    out["rows"] = [(1, {name: text for name, text in words.items() if text})]


def _ask_row(words: dict[str, str], out: Given, pack: Pack) -> None:
    """Which place of the regulation it is: said by a named person, or unknown."""
    rows = [row for row in pack.rows.values() if row.quantity == words["sensor_type"]]
    if not rows:
        return
    said = [(row.id, "-" if row.alarm_ge is None else f"{row.alarm_ge:g} {row.unit}", row.location_zh, row.location_en) for row in rows]
    click.echo("\n".join(table(("限值行 row", "报警 alarm", "地点", "place"), said)))
    row = _ask(
        "规程的哪一行 / which row of the regulation; - 未知 unknown (没有限值 no limit)", "-", _among(["-", *(one.id for one in rows)])
    )
    if row != "-":
        words["limit_row"] = row
        out["by"] = out.get("by") or _ask("由谁确定 / who answers for that", "")


def rows_of(points: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """The points typed as options, numbered from 1."""
    return [(at, row_of(text)) for at, text in enumerate(points, start=1)]
