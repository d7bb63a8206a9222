"""`davy alarms`: who is told, how each is served, and a test message."""

import sys

import click
import httpx

from console.cli import alarms_drill, alarms_handling, alarms_health, alarms_service
from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_routing import RecipientView, TrialView

HEADER = (
    *("收件人 recipient", "渠道 channel", "地址 address", "接收 hears of", "矿 mines", "级 step", "值班 duty", "等待 waiting"),
    *("最近送达 last reached (UTC)", "最近拒收 last refused (UTC)", "原因 reason"),
)
OUTCOMES = {
    "accepted": "已接收 / accepted",
    "again": "未成功, 正式消息会重试 / not accepted; a real message would be tried again",
    "refused": "拒绝, 不会再发 / refused for good",
}


@click.group(name="alarms")
def command() -> None:
    """报警: 待办、确认、答复、通知谁、状况 / alarms: what is to be done, acknowledged, answered, who is told, how they are doing."""


@command.command(name="recipients")
@click.option("--example", is_flag=True, help="同时显示每人会收到什么 / also show what each would get")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, example: bool, url: str) -> None:
    """列出收件人 / list recipients: waiting, last reached, last refused with the reason."""
    rows = Api(url, transport).get("recipients", Page[RecipientView]).items
    if not rows:
        click.echo("没有收件人: 报警只在网页上 / no recipients: alarms stand on the pages only")
        return
    for line in table(HEADER, [_row(row) for row in rows]):
        click.echo(line)
    for row in rows if example else ():
        click.echo(
            f"\n{plain(row.name)}:\n{plain(row.example.zh)}\n{plain(row.example.en)}"
            if row.lang == "zh"
            else f"\n{plain(row.name)}: {both(row.example)}"
        )


@command.command()
@click.argument("recipient", metavar="RECIPIENT")
@url_option
@click.pass_obj
def test(transport: httpx.BaseTransport | None, recipient: str, url: str) -> None:
    """发一条标明为测试的消息 / send one message marked as a test; exit code 1 where it was not accepted."""
    done = Api(url, transport).post(
        f"recipients/{httpx.URL('http://x/').copy_with(path='/' + recipient).raw_path.decode()[1:]}/test", TrialView
    )
    click.echo(
        f"{plain(done.recipient)}: {OUTCOMES.get(done.outcome, plain(done.outcome))}{f' ({plain(done.reason)})' if done.reason else ''}"
    )
    if done.outcome != "accepted":
        sys.exit(1)


command.add_command(alarms_drill.command)
for _part in (
    *(alarms_handling.inbox, alarms_handling.show, alarms_handling.acknowledge, alarms_handling.answer, alarms_handling.close),
    *(alarms_handling.send_back, alarms_handling.evidence, alarms_handling.verify),
):
    command.add_command(_part)
command.add_command(alarms_health.command)
command.add_command(alarms_service.command)


def _row(row: RecipientView) -> tuple[str, ...]:
    moments = ("-" if moment is None else f"{moment[:19]}Z" for moment in (row.reached, row.failed))
    mines = " ".join(row.mines) or "全部 all"
    where = f"{mines} ({' '.join(row.areas)})" if row.areas else mines
    duty = ("当班 on" if row.on_duty else "不当班 off") if row.rota else "-"
    step = str(row.step) if row.role in ("all", "mine") else "-"
    hears = (plain(where), step, duty, str(row.waiting))
    return plain(row.name), row.channel, plain(row.address), row.role, *hears, *moments, plain(row.reason) or "-"
