"""Draws docs/images/architecture.svg from the code: packages by layer, what each imports, the lanes, the way of a reading and of a receipt.

Layers come from import-linter's contract, imports from the modules themselves (grimp), lanes from `contracts.topics`.
`make drawing` writes it anew; a test says when it is old.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

from contracts.topics import DOWN, RETAINED, UP, Lane

ROOT = Path(__file__).parents[1]
INTO = ROOT / "docs" / "images" / "architecture.svg"
WIDTH, ROOM = 1120, 1024
BASE = "contracts"
PACKAGES = {
    "console": ("网页与命令行", "the doors for people"),
    "bench": ("性能测试", "how fast, how much"),
    "edge_agent": ("读取、保存、判断、发送", "read, keep, judge, send"),
    "ingest": ("接收、检查、提交、判断", "receive, check, commit, judge"),
    "dashboards": ("Grafana 面板", "Grafana boards"),
    "lab": ("训练模型", "trains detectors"),
    "alerts": ("报警与通知", "alarms, and who is told"),
    "fleet": ("智能化煤矿计数", "counts intelligent mines"),
    "wire": ("唯一的 MQTT 客户端", "the only MQTT client"),
    "store": ("读数与记录", "readings and records"),
    "models": ("检测模型", "detectors, pure"),
    "sim_sensors": ("模拟矿井", "mines that do not exist"),
    "contracts": ("共用的词：主题、报文、质量、时间", "the words all agree on: topics, payload, quality, time"),
}
LANES = {
    Lane.BIRTH: ("出生报文", "who I am, what I hold"),
    Lane.STATE: ("在线状态", "online, offline (will)"),
    Lane.LIVE: ("实时", "readings of now"),
    Lane.REPLAY: ("补传", "the backlog of an outage"),
    Lane.EVENT: ("事件", "alarms decided at the edge"),
    Lane.REPORTED: ("已报配置", "configuration in use"),
    Lane.ANSWER: ("应答", "to a command"),
    Lane.RECEIPT: ("回执", "what is committed, and credit"),
    Lane.DESIRED: ("下发配置", "signed configuration, models"),
    Lane.COMMAND: ("命令", "signed, with an expiry"),
}
WAY = (Lane.LIVE, Lane.REPLAY, Lane.RECEIPT)
"""Lanes of a reading, and of its receipt."""
RECEIPTS = "ingest.receipts"
GATEWAY = (
    ("edge_agent.sources", "数据源", "source"),
    ("edge_agent.deciding", "判断", "judge"),
    ("edge_agent.outbox", "发件箱 (磁盘)", "outbox, on disk"),
    ("edge_agent.link", "链路", "link"),
)
CENTRE = (
    ("ingest.inbox", "接收", "inbox"),
    ("ingest.pipeline", "检查", "checks"),
    ("ingest.commit", "提交", "commit"),
    (RECEIPTS, "回执", "receipts"),
)
AFTER = (("store", "数据库", "database"), ("alerts.journal", "报警记录", "alarm journal"), ("console.web", "页面", "pages"))


@dataclass(frozen=True, slots=True)
class Size:
    """Of a package: Python files, and lines in them."""

    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class House:
    """`layers`: highest first. `imports`: of each package, in the order of the layers."""

    layers: tuple[tuple[str, ...], ...]
    imports: Mapping[str, tuple[str, ...]]
    modules: frozenset[str]


def house() -> House:
    """The packages as the contract orders them, and as they are."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(one for one in linter["contracts"] if one["type"] == "layers")
    layers = tuple(tuple(name.strip() for name in layer.split("|")) for layer in contract["layers"])
    graph = grimp.build_graph(*linter["root_packages"], cache_dir=None)
    order = [name for layer in layers for name in layer]
    used: dict[str, set[str]] = {name: set() for name in order}
    for module in graph.modules:
        top = module.partition(".")[0]
        used[top] |= {one.partition(".")[0] for one in graph.find_modules_directly_imported_by(module)} - {top}
    return House(layers, {name: tuple(one for one in order if one in used[name]) for name in order}, frozenset(graph.modules))


def sizes(packages: Mapping[str, object]) -> dict[str, Size]:
    """How large they are now."""
    found = {}
    for name in packages:
        files = sorted((ROOT / name).rglob("*.py"))
        found[name] = Size(len(files), sum(len(file.read_bytes().splitlines()) for file in files))
    return found


def drawn_sizes(svg: str) -> dict[str, Size]:
    """The sizes that a drawing was made with."""
    found = re.search(r"<metadata>(.*?)</metadata>", svg, re.DOTALL)
    return {name: Size(*size) for name, size in json.loads(found[1]).items()} if found else {}


def draw(house: House, sizes: Mapping[str, Size]) -> str:
    """The whole drawing, always the same for the same house."""
    layers, bottom = _layers(house, sizes, 60)
    lanes, bottom = _way(bottom + 60)
    told = json.dumps({name: [size.files, size.lines] for name, size in sizes.items()})
    label = "Packages of Davylamp by layer, and the way of a reading and of its receipt"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 20}" role="img" aria-label="{label}" '
    head += """font-family="system-ui, 'Noto Sans CJK SC', sans-serif" font-size="14">"""
    ground = f'<rect width="{WIDTH}" height="{bottom + 20}" fill="#fff"/>'
    return "\n".join([head, f"<metadata>{told}</metadata>", STYLE, ground, *layers, *lanes, "</svg>", ""])


TIPS = "".join(
    f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"'
    f' orient="auto"><path d="M0 0 10 5 0 10z" fill="{colour}"/></marker>'
    for name, colour in (("a", "#888"), ("r", "#1d4ed8"), ("c", "#b45309"), ("d", "#222"))
)
STYLE = f"""<style>
.h{{font-size:18px;font-weight:700}}.n{{font-weight:700;font-size:16px}}.s{{font-size:12px;fill:#444}}.m{{text-anchor:middle}}.e{{text-anchor:end}}
.band{{fill:#f3f4f6}}.box{{fill:#fff;stroke:#222;stroke-width:1.5}}.chip{{fill:#e0e7ff;stroke:#4f46e5}}.part{{fill:#fff;stroke:#555}}
.wire{{stroke:#888;stroke-width:1.2;fill:none}}.down{{stroke:#222;stroke-width:2;fill:none}}
.reading{{stroke:#1d4ed8;stroke-width:3;fill:none}}.receipt{{stroke:#b45309;stroke-width:3;fill:none;stroke-dasharray:9 4}}
</style>
<defs>{TIPS}</defs>"""


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{f""" class="{kind}" """.rstrip() if kind else ""}>{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, kind: str, radius: int = 6) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}" class="{kind}"/>'


def _layers(house: House, sizes: Mapping[str, Size], top: int) -> tuple[list[str], int]:
    """Bands with the packages of each layer; what a package imports stands in it, `contracts` left out: all rest on it."""
    out = [_text(20, 30, "房子：只向下引用 / The house: imports point down only", "h")]
    told = "每个盒子：文件数、行数；淡色：它引用的包。 / In each box: files, lines; tinted: what it imports."
    out.append(_text(20, 50, f"{told} {BASE}: 全部 / all of them", "s"))
    y, height = top, 0
    for number, layer in enumerate(house.layers):
        chips = {name: _chips([one for one in house.imports[name] if one != BASE], ROOM / len(layer) - 40) for name in layer}
        height = 74 + 26 * max(map(len, chips.values()))
        out += [_rect(20, y, WIDTH - 40, height + 24, "band", 10), _text(48, y + height / 2 + 18, str(len(house.layers) - number), "h m")]
        width = ROOM / len(layer)
        for at, name in enumerate(layer):
            out += _package(name, sizes[name], chips[name], (80 + at * width, y + 12, width - 16, height))
        y += height + 24 + 26
        if number + 1 < len(house.layers):
            out.append(f'<path class="down" d="M48 {y - 26}v24" marker-end="url(#d)"/>')
    return out, y


def _package(name: str, size: Size, chips: list[list[str]], box: tuple[float, float, float, float]) -> Iterator[str]:
    x, y, width, height = box
    zh, en = PACKAGES[name]
    yield _rect(x, y, width, height, "box")
    yield _text(x + 12, y + 24, f"{name}/", "n")
    yield _text(x + width - 12, y + 24, f"{size.files} · {size.lines:,}", "s e")
    yield _text(x + 12, y + 44, zh)
    yield _text(x + 12, y + 62, en, "s")
    for row, names in enumerate(chips):
        at = x + 12
        for one in names:
            yield _rect(at, y + 70 + 26 * row, _wide(one), 20, "chip", 10)
            yield _text(at + _wide(one) / 2, y + 84.5 + 26 * row, one, "s m")
            at += _wide(one) + 6


def _wide(word: str) -> float:
    return 7.2 * len(word) + 16


def _chips(names: list[str], room: float) -> list[list[str]]:
    """Names in rows no wider than `room`."""
    rows: list[list[str]] = []
    for name in names:
        if rows and sum(_wide(one) + 6 for one in rows[-1]) + _wide(name) <= room:
            rows[-1].append(name)
        else:
            rows.append([name])
    return rows


def _way(top: int) -> tuple[list[str], int]:
    """Gateway, lanes, centre: what goes up, what comes down, where a reading is kept and where its receipt is made."""
    out = [_text(20, top, "一个读数的路、它的回执的路 / The way of a reading, and of its receipt", "h")]
    y, rows = top + 24, len(UP) + len(DOWN)
    height = 44 + 40 * rows
    left, right, far = 20, 640, 900
    out += [_rect(left, y, 220, height, "band", 10), _text(left + 110, y + 26, "网关 gateway", "n m")]
    out += [_rect(right, y, 220, height, "band", 10), _text(right + 110, y + 26, "中心 centre", "n m")]
    out += [_rect(far, y, 200, height, "band", 10), _text(far + 100, y + 26, "之后 afterwards", "n m")]
    lanes = {lane: y + 64 + 40 * at for at, lane in enumerate((*UP, *DOWN))}
    for lane, at in lanes.items():
        out += _lane(lane, at, left + 220, right)
    out += _parts(GATEWAY, left + 16, y + 44, height - 50)
    out += _parts(CENTRE, right + 16, y + 44, height - 50)
    out += _parts(AFTER, far + 6, y + 44, height - 50)
    committed = y + 44 + (height - 50) * 2.5 / len(CENTRE) - 11
    out.append(f'<path class="reading" d="M{right + 204} {committed:g}H{far - 4}" marker-end="url(#r)"/>')
    out.append(_text(left, y + height + 26, "蓝：读数；先提交，后回执。 / Blue: a reading; committed first, receipted after.", "s"))
    dashed = "棕虚线：回执；网关核对摘要后才释放磁盘上的条目。 / Brown, dashed: its receipt; an item is freed only where the digest agrees."
    out.append(_text(left, y + height + 44, dashed, "s"))
    out.append(_text(left, y + height + 62, "● 保留消息 retained", "s"))
    return out, y + height + 62


def _lane(lane: Lane, y: float, left: float, right: float) -> Iterator[str]:
    kind, tip = ("receipt", "c") if lane is Lane.RECEIPT else ("reading", "r") if lane in WAY else ("wire", "a")
    start, end = (left, right - 4) if lane in UP else (right, left + 4)
    zh, en = LANES[lane]
    yield f'<path class="{kind}" d="M{start} {y}H{end}" marker-end="url(#{tip})"/>'
    yield _text(left + 14, y - 6, f"{lane.value}{' ●' if lane in RETAINED else ''}", "n")
    yield _text(left + 120, y - 6, f"{zh}  {en}", "s")


def _parts(parts: tuple[tuple[str, str, str], ...], x: float, y: float, height: float) -> Iterator[str]:
    """Modules below each other, in the order in which a reading passes them."""
    room = height / len(parts)
    for at, (module, zh, en) in enumerate(parts):
        top = y + at * room
        yield _rect(x, top, 188, room - 22, "part")
        yield _text(x + 94, top + room / 2 - 22, zh, "m")
        yield _text(x + 94, top + room / 2 - 4, en, "s m")
        yield _text(x + 94, top + room / 2 + 14, module, "s m")
        if at and parts is not AFTER:
            kind, tip = ("receipt", "c") if module == RECEIPTS else ("reading", "r")
            yield f'<path class="{kind}" d="M{x + 94} {top - 22:g}v18" marker-end="url(#{tip})"/>'


def main() -> None:
    """`python -m tools.draw_architecture`."""
    found = house()
    INTO.write_text(draw(found, sizes(found.imports)), encoding="utf-8")
    sys.stdout.write(f"{INTO.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
