"""`davy certs`: who may speak on the wire. A CA in a folder, one certificate per gateway."""

import sys
from pathlib import Path

import click

from console.certs.folder import BROKER_FOLDER, CA_DAYS, CERT, CLIENTS, DAYS, KEY, CaFolder, init, until
from console.certs.names import BROKER
from console.certs.standing import WARN_DAYS, Standing, State, due
from console.cli.table import plain, table
from contracts.clock import Clock, SystemClock, iso
from contracts.errors import BadConfig
from ingest.broker import production
from ingest.broker.child import Listener

HEADER = ("名称 name", "序列号 serial", "有效期至 valid until", "剩余天数 days left", "状态 state")
STATES = {
    State.VALID: "有效 valid",
    State.EXPIRING: "即将过期 expiring",
    State.EXPIRED: "已过期 expired",
    State.REVOKED: "已吊销 revoked",
}
RELOAD = (
    "把 {path} 送到消息代理, 令其重读: kill -HUP (systemctl reload mosquitto)。新的连接立即被拒绝; "
    "已有的连接在该名称以新证书接入时或代理重启时断开, 读数不会丢失。\n"
    "Bring {path} to the broker and let it read it: kill -HUP (systemctl reload mosquitto). New connections are refused at once; one that\n"
    "stands ends when that name comes in with a new certificate, or when the broker is restarted. No reading is lost by either."
)

folder_argument = click.argument("folder", type=click.Path(path_type=Path))
days_option = click.option("--days", type=click.IntRange(1), default=DAYS, show_default=True, help="有效天数 / days it is valid")


@click.group(name="certs")
def command() -> None:
    """证书 / certificates: init, issue, revoke, list."""


@command.command(name="init")
@folder_argument
@click.option(
    "--name", "names", multiple=True, required=True, help="网关所用的代理地址, 可多次 / DNS name or address of the broker; repeatable"
)
@click.option("--listen", default="0.0.0.0", show_default=True, help="代理监听地址 / address the broker listens on")  # noqa: S104  # gateways are elsewhere
@click.option("--port", type=click.IntRange(1, 65535), default=8883, show_default=True, help="代理端口 / its port")
@click.option(
    "--at", "at", type=click.Path(path_type=Path), help="broker/ 在代理机器上的绝对路径 / where broker/ will stand on the broker's machine"
)
@days_option
@click.option("--ca-days", type=click.IntRange(1), default=CA_DAYS, show_default=True, help="CA 的有效天数 / days the CA is valid")
@click.pass_obj
def make(
    clock: Clock | None, folder: Path, names: tuple[str, ...], listen: str, port: int, at: Path | None, days: int, ca_days: int
) -> None:
    """新建 CA / a new CA in FOLDER: the broker's files, and a certificate for ingest."""
    init(folder, names, Listener(listen, port), now_of(clock), at, days, ca_days)
    click.echo(f"CA: {folder} (ca.key 不要离开此目录 / must never leave it)")
    click.echo(f"消息代理 / broker: mosquitto -c {folder / BROKER_FOLDER / production.CONFIGURATION}")
    for place in sorted((folder / CLIENTS / production.INGEST).iterdir()):
        click.echo(f"{production.INGEST}:")
        hand_out(place)


@command.command()
@folder_argument
@click.argument("name")
@days_option
@click.option("--name", "hosts", multiple=True, help=f"仅用于 {BROKER}: 新的代理地址 / for {BROKER} only: other names of the broker")
@click.pass_obj
def issue(clock: Clock | None, folder: Path, name: str, days: int, hosts: tuple[str, ...]) -> None:
    """签发证书 / a new certificate for NAME (mine/gateway, davy-ingest, davy-broker); older ones stay valid until revoked."""
    now = now_of(clock)
    opened, end = CaFolder(folder), until("--days", days, now)
    if name == BROKER:
        path = opened.issue_broker(hosts, end)
        click.echo(f"把 {path} 送到消息代理, 再 kill -HUP / bring it to the broker, then kill -HUP (systemctl reload mosquitto)")
        return
    if hosts:
        raise BadConfig("--name", hosts[0], f"only with {BROKER}: a client's certificate carries no address")
    hand_out(opened.issue(name, end, now))


@command.command()
@folder_argument
@click.argument("name")
@click.option("--serial", metavar="HEX", help="只吊销这一张 / only this one; 缺省: 该名称的全部 / default: all of that name")
@click.pass_obj
def revoke(clock: Clock | None, folder: Path, name: str, serial: str | None) -> None:
    """吊销证书 / revoke the certificates of NAME."""
    opened = CaFolder(folder)
    fresh = opened.revoke(name, serial, now_of(clock))
    for number in fresh:
        click.echo(f"已吊销 / revoked: {plain(name)} {number}")
    if not fresh:
        click.echo(f"早已吊销 / revoked before: {plain(name)}")
    click.echo(RELOAD.format(path=opened.broker / production.REVOKED))


@command.command(name="list")
@folder_argument
@click.option("--warn-days", type=click.IntRange(1), default=WARN_DAYS, show_default=True, help="提前多少天提醒 / warn so many days before")
@click.pass_obj
def listing(clock: Clock | None, folder: Path, warn_days: int) -> None:
    """列出证书 / list what was issued; exit code 1 where a name needs a new certificate."""
    rows = CaFolder(folder).listing(now_of(clock), warn_days)
    for line in table(HEADER, [row_of(row) for row in rows]):
        click.echo(line)
    needed = due(rows)
    for row in needed:
        click.echo(f"{plain(row.name)}: {STATES[row.state]}; {advice(folder, row.name, ca=row is rows[0])}", err=True)
    if needed:
        sys.exit(1)


def advice(folder: Path, name: str, *, ca: bool) -> str:
    """What to do about a certificate that ends."""
    if ca:
        return "在新目录中新建 CA 并重新签发全部证书 / make a new CA in a new folder and issue everything anew"
    return f"应签发新证书 / needs a new one: davy certs issue {folder} {plain(name)}"


def hand_out(place: Path) -> None:
    """The lines for the client's configuration."""
    lines = (f'{key} = "{place / name}"' for key, name in (("ca_file", production.CA), ("cert_file", CERT), ("key_file", KEY)))
    click.echo("\n".join(("[broker]", *lines)))


def now_of(clock: Clock | None) -> int:
    """The time of this command; tests hand a clock in as the context's object."""
    return (clock or SystemClock()).now()


def row_of(row: Standing) -> tuple[str, ...]:
    """One line of the list."""
    return plain(row.name), row.serial, iso(row.end)[:10], str(row.days), STATES[row.state]
