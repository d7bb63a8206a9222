"""The fleet: mines that meet the criteria by evidence; officially assessed ones; totals of the press. Three series, never one."""

from dashboards import flux
from dashboards.panels import Board, Kind, Panel, Query, Text
from fleet.suspect.kinds import FINDERS

_MINE, _PACK, _OBJECT, _DAY = ("矿井", "mine"), ("规则包", "pack"), ("对象", "object"), ("日期", "day")
_GATEWAY: Text = ("网关", "gateway")
_OBJECTS: dict[str, Text] = {"mine": ("煤矿", "mine"), "face": ("工作面", "face"), "washery": ("选煤厂", "washery")}
_CHEATS: dict[str, Text] = {kind.value: (finder.zh, finder.en) for kind, finder in FINDERS.items()}
_LINK: Text = (
    'if exists r.link and r.link != "" then r.link else "未注明"',
    'if exists r.link and r.link != "" then r.link else "not stated"',
)


def _by_pack(measurement: str, fields: dict[str, Text]) -> Query:
    zh, en = flux.coded("object", _OBJECTS)
    return flux.trend(measurement, fields, (f'r.pack + " " + {zh}', f'r.pack + " " + {en}'), of_mine=False, window="24h")


FLEET = Board(
    "fleet",
    ("智能化煤矿", "Intelligent mines"),
    (
        Panel(
            Kind.TEXT,
            ("三个系列，从不相加", "Three series, never added"),
            "none",
            (),
            24,
            4,
            words=(
                "**按证据**：本系统由事实和规则包算出，不是官方评定。**官方评定**：逐条录入的公告。**媒体报道**：原样抄录。"
                "为何符合或不符合，见控制台。",
                "**By evidence**: calculated here from facts and rule packs; no official grade. **Officially assessed**: notices that were"
                " entered one by one. **Told by the press**: as it was told. Why a mine meets them or not: see the console.",
            ),
        ),
        Panel(
            Kind.CHART,
            ("按证据", "By evidence"),
            "none",
            (
                _by_pack(
                    "fleet_counts",
                    {"met": ("符合", "met"), "not_met": ("不符合", "not met"), "no_evidence": ("无证据", "no evidence")},
                ),
            ),
            12,
            9,
            window="24h",
            note=("断线：那一天没有计数。", "A break: nothing was counted that day."),
        ),
        Panel(
            Kind.CHART,
            ("官方评定（-1：未载入公告）", "Officially assessed (-1: no notice is loaded)"),
            "none",
            (_by_pack("fleet_official", {"n": ("官方评定", "assessed")}),),
            12,
            9,
            window="24h",
        ),
        Panel(
            Kind.TABLE,
            ("媒体报道的总数（不含具体煤矿）", "Totals told by the press (they name no mine)"),
            "none",
            (
                flux.rows(
                    "fleet_reported",
                    {
                        "date": _DAY,
                        "total": ("总数", "total"),
                        "what": ("所指", "of what"),
                        "source": ("出处", "source"),
                        "confidence": ("可信程度", "confidence"),
                    },
                    "range(start: -780d)",
                    last=True,
                    of_mine=False,
                ),
            ),
            24,
            7,
            empty=("无", "none"),
            wide=((("出处", "source"), 420),),
        ),
        Panel(
            Kind.TABLE,
            ("各矿最近结果（3 天内）", "Newest outcome of each mine (of 3 days)"),
            "none",
            (
                flux.rows(
                    "fleet_outcomes",
                    {
                        "mine": _MINE,
                        "pack": _PACK,
                        "_day": _DAY,
                        "state": ("结果", "outcome"),
                        "met": ("符合项", "met"),
                        "not_met": ("不符合项", "not met"),
                        "no_evidence": ("无证据项", "no evidence"),
                        "open": ("无官方数值项", "no official number"),
                    },
                    "range(start: -3d)",
                    last=True,
                    of_mine=False,
                    order="mine",
                    top=2_000,
                ),
            ),
            24,
            12,
            empty=("3 天内没有结果", "no outcome within 3 days"),
        ),
        Panel(
            Kind.TABLE,
            ("可疑数据", "What does not fit"),
            "none",
            (
                flux.rows(
                    "fleet_suspicions",
                    {"_day": _DAY, "mine": _MINE, "kind": ("类别", "kind"), "score": ("得分", "score"), "reason": ("依据", "because")},
                    flux.SPAN,
                    of_mine=False,
                    said={"kind": flux.coded("kind", _CHEATS)},
                ),
            ),
            24,
            9,
            empty=("此时段无", "none in this span"),
            wide=((("依据", "because"), 640),),
            note=("提示人去核查，不是结论。", "A hint for a person to look; no verdict."),
        ),
        Panel(
            Kind.TABLE,
            ("网关链路（3 天内最近一日）", "Links of gateways (newest of 3 days)"),
            "none",
            (
                flux.rows(
                    "fleet_facts",
                    {
                        "mine": _MINE,
                        "subject": _GATEWAY,
                        "link": ("链路", "link"),
                        "text": ("事实", "fact"),
                        "value": ("数值", "value"),
                        "unit": ("单位", "unit"),
                        "completeness": ("完整度（1 为全部）", "completeness (1: all)"),
                        "_day": _DAY,
                    },
                    "range(start: -3d)",
                    last=True,
                    of_mine=False,
                    order="mine",
                    only=" or ".join(
                        f'r.known == 1 and r.fact == "{name}"'
                        for name in ("network_delay_ms", "network_loss_share", "link_available_share", "receipt_delay_ms")
                    ),
                    top=2_000,
                    said={"link": _LINK},
                ),
            ),
            24,
            10,
            empty=("没有网关测量链路", "no gateway measures its link"),
        ),
    ),
    (),
    "now-90d",
    "5m",
    pages=((("控制台：智能化煤矿", "console: intelligent mines"), "/fleet"),),
)
