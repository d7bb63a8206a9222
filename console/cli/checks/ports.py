"""The ports that a process here listens on: free, ours, or somebody else's."""

import socket
from enum import StrEnum
from typing import Any

import psutil

from console.cli.checks.broker import broker_answer
from console.cli.checks.knock import PATIENCE_S, console_answer, metrics_answer, modbus_answer, reachable
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from console.cli.ports import is_free
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings


class There(StrEnum):
    """Who has a port. `locked`: nobody answers, and we may not have it either."""

    NOBODY = "nobody"
    OURS = "ours"
    OTHER = "other"
    LOCKED = "locked"


NAMES = {"console": "网页", "broker": "消息代理", "simulator": "模拟矿井", "metrics": "指标"}


def judge_port(name: str, port: int, there: There, setting: str, *, needed: bool = True, holder: str = "") -> Verdict:
    """A port that a process of ours is to listen on. `setting`: what chooses another one; `needed` False: only the demo wants it;
    `holder`: who has it, where that can be known."""
    if there is There.NOBODY:
        return ok(f"端口 {port} 空闲", f"port {port} is free")
    if there is There.OURS:
        return ok(f"端口 {port}: {NAMES[name]}正在运行", f"port {port}: our {name} is running")
    if not needed:
        return warning(f"端口 {port} 不可用", f"port {port} cannot be had", "只有 davy up --demo 需要它", "only `davy up --demo` needs it")
    if there is There.OTHER:
        return wrong(
            f"端口 {port} 被别的程序占用{f': {holder}' if holder else ''}",
            f"port {port} belongs to another program{f': {holder}' if holder else ''}",
            f"停止该程序, 或用 {setting} 另选端口",
            f"stop that program, or choose another port with {setting}",
        )
    return wrong(
        f"端口 {port} 无法使用, 也无人应答",
        f"port {port} cannot be had, and nobody answers there",
        f"1024 以下的端口需要权限; 检查监听地址, 或用 {setting} 另选端口",
        f"ports below 1024 need a privilege; check the address, or choose another port with {setting}",
    )


def probe_ports(site: Site) -> list[Finding]:
    out: list[Finding] = []
    if site.embedded:
        there = who(site.host, site.port, ours=console_answer(site.host, site.port) is not None)
        out.append(Finding("console", judge_port("console", site.port, there, "--port, DAVY_PORT", holder=holder_of(site.port))))
        for broker in site.brokers:
            there = who(broker.host, broker.port, ours=broker_answer(broker) == "")
            said = judge_port("broker", broker.port, there, "--broker-port, DAVY_BROKER_PORT", holder=holder_of(broker.port))
            out.append(Finding("broker", said))
    for settings in site.simulators:
        for device in (device for device in settings.devices if device.port):
            there = who(settings.host, device.port, ours=modbus_answer(settings.host, device.port, device.unit) == "")
            out.append(Finding(f"sim {device.name}", judge_port("simulator", device.port, there, "devices.port", needed=not site.embedded)))
    return out + _metrics(site)


def _metrics(site: Site) -> list[Finding]:
    """Ports where processes are to tell their metrics, of those that want one."""
    out = []
    processes: list[EdgeSettings | IngestSettings] = [*site.centres, *site.edges]
    for settings in processes:
        host, port = settings.metrics_host, settings.metrics_port
        if port:
            there = who(host, port, ours=metrics_answer(host, port))
            out.append(Finding(f"metrics {settings.name}", judge_port("metrics", port, there, "metrics_port", holder=holder_of(port))))
    return out


def holder_of(port: int) -> str:
    """Name and number of the process that listens there; empty where this system does not tell."""
    try:
        found = _listener(port)
        return f"{psutil.Process(found.pid).name()}, pid {found.pid}" if found and found.pid else ""
    except (psutil.Error, OSError):
        return ""


def _listener(port: int) -> Any:
    listening = (one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    return next((one for one in listening if getattr(one.laddr, "port", 0) == port), None)


def who(host: str, port: int, *, ours: bool) -> There:
    """Who has a port; `ours`: somebody there answered as a process of ours does."""
    if ours:
        return There.OURS
    if is_free(port, host):
        return There.NOBODY
    try:
        socket.create_connection((reachable(host), port), PATIENCE_S).close()
    except OSError:
        return There.LOCKED
    return There.OTHER
