"""Recipients of alarms: their addresses can be looked up, and something listens there."""

import os
import socket

from alerts.addresses import addressed, masked
from alerts.channels import CHANNELS
from alerts.config import check_alerts
from console.cli.checks.knock import PATIENCE_S
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.errors import BadConfig


def judge_recipient(where: str, why: str) -> Verdict:
    """`why` nobody answers at `where`; empty where somebody does."""
    if not why:
        return ok(f"{where} 有应答", f"{where} answers")
    return warning(
        f"{where} 无法连接: {why}",
        f"{where} cannot be reached: {why}",
        "检查地址和网络; 报警会等待并重试, 然后运行 davy alarms test",
        "check address and network; alarms wait and are tried again; then run `davy alarms test`",
    )


def probe_people(site: Site) -> list[Finding]:
    if site.centre is None:
        return []
    try:
        section = addressed(site.centre.alerts, os.environ)
        check_alerts(section)
    except BadConfig as error:
        refused = f"{error.key} = {error.value!r} 不被接受", f"{error.key} = {error.value!r} is refused"
        return [Finding("alerts.recipients", wrong(*refused, f"可用: {error.allowed}", f"allowed: {error.allowed}"))]
    if not section.recipients:
        return [Finding("alerts.recipients", ok("没有收件人: 报警只在网页上", "no recipients: alarms stand on the pages only"))]
    out = []
    for one in section.recipients:
        reach = CHANNELS[one.channel].reach(one.address)
        if reach is not None:
            out.append(Finding(one.name, judge_recipient(f"{one.channel} {masked(one.address)}", refusal(*reach))))
    return out


def refusal(host: str, port: int) -> str:
    """Why no TCP connection can be had; empty where one can."""
    try:
        socket.create_connection((host, port), PATIENCE_S).close()
    except (OSError, UnicodeError) as error:
        return str(error)
    return ""
