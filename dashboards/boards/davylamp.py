"""Davylamp itself: what the centre takes in, what waits, what fails (copied from the process's own metrics), and how far behind the
agents are, as the centre sees them. An agent's own queues and disk do not travel: they are read at the gateway, and the board says so."""

from dashboards import flux
from dashboards.boards.states import CONNECTED
from dashboards.panels import Board, Kind, Panel, Query

_AGENT = ("代理", "agent")
_WHICH = 'mine + "/" + r.gateway'


def _now(name: str) -> Query:
    return flux.figure("davy_process", name, by="")


DAVYLAMP = Board(
    "davylamp",
    ("安全灯自身", "Davylamp itself"),
    (
        Panel(
            Kind.STAT,
            ("停滞时间", "Time without progress"),
            "s",
            (_now("davy_ingest_unprogressed_seconds"),),
            6,
            4,
            1,
            steps=((None, "green"), (10, "orange"), (60, "red")),
            note=("有待处理的消息而没有提交。", "Messages wait and no group is committed."),
        ),
        Panel(Kind.STAT, ("待入库消息", "Messages waiting"), "none", (_now("davy_ingest_inbox_length"),), 6, 4, 0),
        Panel(
            Kind.STAT,
            ("未处理的死信", "Unresolved dead letters"),
            "none",
            (_now("davy_records_deadletters"),),
            6,
            4,
            0,
            steps=((None, "green"), (1, "orange")),
        ),
        Panel(
            Kind.STAT,
            ("消息代理连接", "Broker connection"),
            "none",
            (_now("davy_ingest_broker_connected"),),
            6,
            4,
            states=CONNECTED,
        ),
        Panel(
            Kind.CHART,
            ("入库速度", "Rate stored"),
            "none",
            (
                flux.trend(
                    "davy_process",
                    {"davy_ingest_readings_total": ("读数/s", "readings/s"), "davy_ingest_messages_total": ("消息/s", "messages/s")},
                    of_mine=False,
                    rate=True,
                ),
            ),
            12,
            8,
        ),
        Panel(
            Kind.CHART,
            ("队列", "Queues"),
            "none",
            (
                flux.trend(
                    "davy_process",
                    {
                        "davy_ingest_inbox_length": ("待入库消息", "messages waiting"),
                        "davy_records_deliveries_waiting": ("待送达通知", "deliveries waiting"),
                    },
                    of_mine=False,
                ),
            ),
            12,
            8,
        ),
        Panel(
            Kind.CHART,
            ("处理器（核数）", "CPU (cores)"),
            "none",
            (flux.trend("davy_process", {"process_cpu_seconds_total": ("中心", "centre")}, of_mine=False, rate=True),),
            8,
            8,
        ),
        Panel(
            Kind.CHART,
            ("常驻内存", "Resident memory"),
            "bytes",
            (flux.trend("davy_process", {"process_resident_memory_bytes": ("中心", "centre")}, of_mine=False),),
            8,
            8,
        ),
        Panel(
            Kind.CHART,
            ("失败与重复（累计）", "Failures and duplicates (total)"),
            "none",
            (
                flux.trend(
                    "davy_process",
                    {
                        "davy_ingest_failures_total": ("未提交的组", "groups not committed"),
                        "davy_ingest_refused_total": ("被拒绝", "refused"),
                        "davy_ingest_duplicates_total": ("重复", "duplicates"),
                    },
                    of_mine=False,
                ),
            ),
            8,
            8,
        ),
        Panel(
            Kind.CHART,
            ("网关代理：最新读数滞后", "Agents: age of the newest reading"),
            "s",
            (flux.trend("gateways", {"lag_s": _AGENT}, _WHICH, of_mine=False),),
            8,
            8,
            note=("中心时钟减去最新读数的时间。", "The centre's clock minus the time of the newest reading."),
        ),
        Panel(
            Kind.CHART,
            ("网关代理：已产生而未入库的条目", "Agents: items made and not committed"),
            "none",
            (flux.trend("ledger", {"missing": _AGENT}, _WHICH, of_mine=False, window="5m"),),
            8,
            8,
            window="5m",
            note=("按网关上次上线时所报。", "As the gateway told at its last birth."),
        ),
        Panel(
            Kind.CHART,
            ("网关代理：时钟偏差", "Agents: clock offset"),
            "s",
            (flux.trend("gateways", {"clock_offset_s": _AGENT}, _WHICH, of_mine=False),),
            8,
            8,
            note=(
                "上次上线时网关时钟减去中心时钟，含网络延迟。",
                "Gateway's clock minus the centre's at its last birth, network delay included.",
            ),
        ),
        Panel(
            Kind.TABLE,
            (
                "网关代理（发件箱、队列和磁盘不在此处：在各网关看 davy edge status 或 /metrics）",
                "Agents (outbox, queues and disk are not here: at each gateway, `davy edge status` or /metrics)",
            ),
            "none",
            (
                flux.rows(
                    "gateways",
                    {
                        "mine": ("矿井", "mine"),
                        "gateway": ("网关", "gateway"),
                        "agent": ("版本", "version"),
                        "online": ("在线", "online"),
                        "silent": ("无消息", "silent"),
                        "heard_age_s": ("距上次消息 s", "last heard s ago"),
                        "lag_s": ("最新读数滞后 s", "newest reading s old"),
                        "clock_offset_s": ("时钟偏差 s", "clock offset s"),
                    },
                    "range(start: -2m)",
                    last=True,
                    order="mine",
                    of_mine=False,
                ),
            ),
            24,
            9,
            empty=("未知", "unknown"),
            note=(
                "没有行：两分钟内没有副本，网关情况未知。davy_edge_outbox_bytes、davy_edge_items_waiting 等由各网关自己提供，见运行文档。",
                "No row: nothing was copied for two minutes, nothing is known. davy_edge_outbox_bytes, davy_edge_items_waiting and"
                " others are served by each gateway itself (docs/operate.md).",
            ),
        ),
    ),
    (),
)
