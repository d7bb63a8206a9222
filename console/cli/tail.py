"""`davy tail`: every message on the broker, readable."""

import asyncio
import os
import re
import secrets

import click
import msgspec

from console.cli.lines import line
from console.cli.seen import Reader, as_json
from contracts.clock import SystemClock
from contracts.config import BrokerAddress, Section, load
from contracts.errors import BadConfig, DavyError
from contracts.topics import PREFIX, Gateway, Lane, check_id, every
from wire.client import LinkDown, open_link

EVERYTHING = f"{PREFIX}/#"


class _Broker(Section, frozen=True):
    """Where no file says it: the default and the environment."""

    broker: BrokerAddress = BrokerAddress()


@click.command(name="tail")
@click.argument("wanted", metavar="[FILTER]", default=EVERYTHING)
@click.option("--host", help="消息代理 / broker; DAVY_BROKER_HOST, 缺省 / default: 127.0.0.1")
@click.option("--port", type=click.IntRange(1, 65535), help="端口 / port; DAVY_BROKER_PORT, 缺省 / default: 18830")
@click.option("--config", "path", metavar="FILE", help="取其中的 broker / take the broker of an edge or ingest configuration")
@click.option("--count", type=click.IntRange(1), help="若干条后结束 / end after so many messages")
@click.option("--json", "as_lines", is_flag=True, help="每条一行 JSON / one JSON object a message")
def command(wanted: str, host: str | None, port: int | None, path: str | None, count: int | None, as_lines: bool) -> None:
    """查看消息 / print every message on the broker.

    FILTER: 矿井, 矿井/网关, 通道或 MQTT 主题过滤器 / a mine, mine/gateway, lane or MQTT topic filter. 缺省 / default: davy/v1/#
    """
    address = broker_of(path, host, port)
    asyncio.run(tail(address, expand(wanted), count, as_lines))


def expand(wanted: str) -> str:
    """The MQTT topic filter that is meant: a lane of every gateway, all of a mine or of a gateway, or the filter as given."""
    if wanted in list(Lane):
        return every(Lane(wanted))
    if not re.search(r"[+#$]", wanted) and not wanted.startswith(f"{PREFIX}/"):
        name = str(Gateway.parse(wanted)) if "/" in wanted else check_id("FILTER", wanted)
        return f"{PREFIX}/{name}/#"
    if not is_filter(wanted):
        raise BadConfig("FILTER", wanted, "a mine, mine/gateway, a lane, or an MQTT filter such as davy/v1/+/+/live")
    return wanted


def is_filter(text: str) -> bool:
    """MQTT 3.1.1, 4.7: `#` alone at the end, `+` alone between slashes."""
    *before, last = text.split("/")
    levels = before if last == "#" else [*before, last]
    return 0 < len(text.encode()) < 1 << 16 and "\0" not in text and all(level == "+" or not set(level) & set("+#") for level in levels)


def broker_of(path: str | None, host: str | None, port: int | None) -> BrokerAddress:
    """The broker: what the options say, over the file, over the environment."""
    if path:
        from console.cli.kinds import broker_in  # noqa: PLC0415  # half a second, only for a file

        address = broker_in(path)
    else:
        address = load(_Broker, "", os.environ).broker
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return msgspec.structs.replace(address, **given)


async def tail(address: BrokerAddress, wanted: str, count: int | None, as_lines: bool) -> None:
    """Print until cancelled, or until `count` messages came; LinkDown when the broker goes away: silence would look like no messages."""
    reader, clock, seen = Reader(), SystemClock(), 0
    where = f"{address.host}:{address.port}"
    try:
        async with open_link(address, f"davy-tail-{secrets.token_hex(4)}") as link:
            await link.subscribe(wanted)
            click.echo(f"davy: {where} {wanted}", err=True)
            async for arrived in link.messages():
                told = reader.read(arrived, clock.now())
                click.echo(as_json(told) if as_lines else line(told))
                seen += 1
                if seen == count:
                    return
    except (LinkDown, UnicodeError) as error:
        raise NoBroker(
            f"{where} 没有消息代理或连接中断, 可用 davy up 启动, 或用 --host/--port 指明 / no broker there, or it went away: "
            f"start `davy up`, or say where it is with --host and --port ({error})"
        ) from error
    raise NoBroker(f"{where} 断开了连接 / ended the connection")


class NoBroker(DavyError):
    """Nothing more will come."""
