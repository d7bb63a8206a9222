"""Recipients of alarms: their addresses can be looked up, something listens there, and nothing is heard of by nobody."""

import os

from alerts.addresses import addressed, masked
from alerts.channels import CHANNELS
from alerts.config import check_alerts
from alerts.coverage import Hole, Open, holes
from console.cli.checks.knock import refusal
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


_HOLES = {
    Open.MINE: ("没有人接收 {where} 的报警", "nobody hears of the alarms of {where}"),
    Open.AREA: ("{where} 只有区域 {who} 有人接收", "of {where} somebody hears of the areas {who} only"),
    Open.INSPECTOR: ("{where} 呈送的报警没有监管监察执法人员接收", "what {where} refers reaches no inspector"),
    Open.CENTRE: ("没有人接收中心自身的报警 (备份, 送达)", "nobody hears of the centre's own alarms (backups, delivery)"),
    Open.GAP: ("值班表 {where} ({days}) 无人, 由 {who} 接收", "rota {where} ({days}): nobody, {who} hears instead"),
    Open.STEPS: ("不逐级通知, {who} 不会收到", "no escalation: {who} is never called"),
}
_MENDS = {
    Open.MINE: ("增加一个 mines 含该矿或为空的收件人", "add a recipient whose mines hold it, or are empty"),
    Open.AREA: ("增加一个不限区域的收件人", "add a recipient of the mine without areas"),
    Open.INSPECTOR: ('增加 role = "inspector" 的收件人', 'add a recipient with role = "inspector"'),
    Open.CENTRE: ('增加 role = "admin" 的收件人', 'add a recipient with role = "admin"'),
    Open.GAP: ("在 alerts.rota 的该班次填上姓名", "name somebody for the shift in alerts.rota"),
    Open.STEPS: ("设 alerts.escalate_after_min", "set alerts.escalate_after_min"),
}


def judge_hole(hole: Hole) -> Verdict:
    """Something nobody would hear of."""
    facts = {"where": hole.where, "who": ", ".join(hole.who), "days": ", ".join(hole.days)}
    (zh, en), (do_zh, do_en) = _HOLES[hole.what], _MENDS[hole.what]
    return warning(zh.format(**facts), en.format(**facts), do_zh, do_en)


def judge_nobody(*, embedded: bool) -> Verdict:
    """No recipient is named. `embedded`: `davy up` may have some by --webhook, which no file tells."""
    if embedded:
        return ok("没有收件人: 报警只在网页上", "no recipients: alarms stand on the pages only")
    return warning(
        "配置中没有收件人: 报警只在网页上 (davy up --webhook 给出的不在配置中)",
        "the configuration names no recipient: alarms stand on the pages only (one of `davy up --webhook` is in no file)",
        "在中心的配置中写 [[alerts.recipients]], 然后 davy alarms test 名称",
        "write [[alerts.recipients]] in the centre's configuration, then davy alarms test NAME",
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
        return [Finding("alerts.recipients", judge_nobody(embedded=site.embedded))]
    out = [Finding("alerts.recipients", judge_hole(hole)) for hole in holes(section, {edge.mine for edge in site.edges})]
    for one in section.recipients:
        reach = CHANNELS[one.channel].reach(one.address)
        if reach is not None:
            out.append(Finding(one.name, judge_recipient(f"{one.channel} {masked(one.address)}", refusal(*reach))))
    return out
