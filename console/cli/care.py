"""`davy care`: what the centre wants of a gateway: configuration on trial, commands, and what became of them."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import click

from console.cli.table import plain
from console.cli.tail import broker_of
from contracts.care import Answer, Command, Desired, Reported, Sealed, signed
from contracts.clock import SECOND, SystemClock, iso
from contracts.config import BrokerAddress
from contracts.errors import BadConfig, BadPayload, GiveUp
from contracts.keys import key_id, new_key, public_of
from contracts.payload import VERSION, decode
from contracts.topics import Gateway, Lane, parse_topic
from wire.client import Arrived, Link, open_link

STATES = {
    "settled": "已生效 settled",
    "trying": "试运行 trying",
    "waiting": "等待链路 waiting for the link",
    "refused": "已拒绝 refused",
    "reverted": "已自行退回 reverted by itself",
}
RETAINED_S = 1.0
"""How long to wait for what the broker keeps."""

key_option = click.option(
    "--key", "key_file", required=True, type=click.Path(path_type=Path), help="签名密钥 / signing key (`davy care key`)"
)
by_option = click.option("--by", required=True, help="谁 / who asks for it")


def broker_options(function: click.decorators.FC) -> click.decorators.FC:
    """Where the broker is, as `davy tail` has it."""
    for option in (
        click.option("--config", "path", metavar="FILE", help="取其中的 broker / take the broker of a configuration"),
        click.option("--port", type=click.IntRange(1, 65535), help="端口 / port"),
        click.option("--host", help="消息代理 / broker"),
    ):
        function = option(function)
    return function


@click.group(name="care")
def command() -> None:
    """远程维护 / remote care: key, push, command, status."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """新建签名密钥, 显示公钥 / a new signing key in FILE; prints the public key for `trust` in edge.toml."""
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise BadConfig("FILE", str(file), "a file that is not there yet") from None
    secret = new_key()
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secret.hex() + "\n")
    click.echo(f'trust = ["{public_of(secret).hex()}"]   # {key_id(public_of(secret))}')


@command.command()
@click.argument("gateway")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--confirm", "confirm_s", type=click.IntRange(5, 3600), default=60, show_default=True, help="无回执则退回, 秒 / s without a receipt"
)
@key_option
@by_option
@broker_options
def push(gateway: str, folder: Path, confirm_s: int, key_file: Path, by: str, host: str | None, port: int | None, path: str | None) -> None:
    """下发 FOLDER 中的文件, 等其结果 / send the files in FOLDER and wait for what comes of them.

    FOLDER: edge.toml, 及其以 desired:NAME 引用的文件 / and what it names as desired:NAME.
    """
    name, secret = Gateway.parse(gateway), read_key(key_file)
    texts = {str(file.relative_to(folder)): _text(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    if "edge.toml" not in texts:
        raise BadConfig("FOLDER", str(folder), "a folder with an edge.toml")
    asyncio.run(_push(broker_of(path, host, port), name, texts, confirm_s, secret, by))


async def _push(address: BrokerAddress, name: Gateway, texts: dict[str, str], confirm_s: int, secret: bytes, by: str) -> None:
    async with _listening(address, name, Lane.REPORTED, Lane.DESIRED) as (link, inbox):
        version = 1 + max([0, *[_version(message) for message in await _kept(inbox)]])
        desired = Desired(VERSION, str(name), version, SystemClock().now(), by, texts, confirm_s)
        await link.publish(name.topic(Lane.DESIRED), signed(desired, secret), retain=True)
        click.echo(f"{name} 版本 / version {version}: 已下发 / sent, {len(texts)} 个文件 / files")
        async with asyncio.timeout(3 * confirm_s + 30):
            while True:
                message = await inbox.get()
                if parse_topic(message.topic)[1] is not Lane.REPORTED:
                    continue
                told = decode(Reported, message.payload)
                if version in (told.running, told.wanted):
                    click.echo(said(told))
                if told.running == version:
                    return
                if told.wanted == version and (told.state in ("refused", "waiting") or version in dict(told.refused)):
                    raise GiveUp(f"{name}: {told.state}: {told.why}")


@command.command(name="command")
@click.argument("gateway")
@click.argument("name")
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--within", "within_s", type=click.IntRange(1, 86_400), default=60, show_default=True, help="有效期, 秒 / s until it expires")
@key_option
@by_option
@broker_options
def order(
    gateway: str,
    name: str,
    arguments: tuple[str, ...],
    within_s: int,
    key_file: Path,
    by: str,
    host: str | None,
    port: int | None,
    path: str | None,
) -> None:
    """下发命令并等其应答 / send a command (resend, freeze, probe, restart, drill, anchor) and wait for its answer."""
    pairs = dict(text.partition("=")[::2] for text in arguments)
    asyncio.run(send_command(broker_of(path, host, port), Gateway.parse(gateway), name, pairs, within_s, read_key(key_file), by))


async def send_command(
    address: BrokerAddress, gateway: Gateway, name: str, arguments: Mapping[str, str], within_s: int, secret: bytes, by: str
) -> None:
    """Send one command, show its answers until it is done; GiveUp where it is refused or nobody answers."""
    await command_done(address, gateway, name, arguments, within_s, secret, by, _show)


def _show(answer: Answer) -> None:
    click.echo(f"{answer.state} {plain(answer.why)}".rstrip())
    for line in answer.detail.splitlines():
        click.echo(f"  {plain(line)}")


async def command_done(
    address: BrokerAddress,
    gateway: Gateway,
    name: str,
    arguments: Mapping[str, str],
    within_s: int,
    secret: bytes,
    by: str,
    hears: Callable[[Answer], None],
) -> Answer:
    """Send one command; its last answer. `hears` is called with each. GiveUp where it is refused or nobody answers."""
    async with _listening(address, gateway, Lane.ANSWER) as (link, inbox):
        now = SystemClock().now()
        told = Command(VERSION, str(gateway), secrets.token_hex(8), now, now + within_s * SECOND, by, name, dict(arguments))
        await link.publish(gateway.topic(Lane.COMMAND), signed(told, secret))
        try:
            async with asyncio.timeout(within_s):
                while True:
                    answer = decode(Answer, (await inbox.get()).payload)
                    if answer.id != told.id:
                        continue
                    hears(answer)
                    if answer.state == "refused":
                        raise GiveUp(answer.why)
                    if answer.state == "done":
                        return answer
        except TimeoutError:
            raise GiveUp(f"{gateway} 未应答 / does not answer within {within_s} s") from None


@command.command()
@click.argument("gateway")
@broker_options
def status(gateway: str, host: str | None, port: int | None, path: str | None) -> None:
    """网关自述 / what a gateway says it runs with."""
    asyncio.run(_status(broker_of(path, host, port), Gateway.parse(gateway)))


async def _status(address: BrokerAddress, name: Gateway) -> None:
    async with _listening(address, name, Lane.REPORTED) as (_, inbox):
        kept = await _kept(inbox)
    if not kept:
        raise GiveUp(f"{name}: 未知: 没有自述 / unknown: it has reported nothing")
    told = decode(Reported, kept[-1].payload)
    click.echo(said(told))
    for version, why in told.refused:
        click.echo(f"  已拒绝 / refused {version}: {plain(why)}")


def said(told: Reported) -> str:
    """A report in one line."""
    about = f" (版本 / version {told.wanted})" if told.wanted else ""
    why = f": {plain(told.why)}" if told.why else ""
    return f"{iso(told.at)[:19]}  运行 / running {told.running}, {STATES.get(told.state, plain(told.state))}{about}{why}"


def read_key(file: Path) -> bytes:
    """The 32 secret bytes; BadConfig where the file holds none."""
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise BadConfig("--key", str(file), f"a file made by `davy care key` ({type(error).__name__})") from error
    if len(secret) != 32:
        raise BadConfig("--key", str(file), "a file made by `davy care key`")
    return secret


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("FOLDER", str(file), f"text files ({error})") from error


def _version(message: Arrived) -> int:
    try:
        if parse_topic(message.topic)[1] is Lane.DESIRED:
            return decode(Desired, decode(Sealed, message.payload).body).version
        told = decode(Reported, message.payload)
        return max([told.running, told.wanted, *[version for version, _ in told.refused]])
    except BadPayload:
        return 0


@contextlib.asynccontextmanager
async def _listening(address: BrokerAddress, name: Gateway, *lanes: Lane) -> AsyncIterator[tuple[Link, "asyncio.Queue[Arrived]"]]:
    inbox: asyncio.Queue[Arrived] = asyncio.Queue()

    async def listen(link: Link) -> None:
        async for message in link.messages():
            inbox.put_nowait(message)

    async with open_link(address, f"davy-care-{secrets.token_hex(4)}") as link:
        await link.subscribe(*(name.topic(lane) for lane in lanes))
        task = asyncio.ensure_future(listen(link))
        try:
            yield link, inbox
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _kept(inbox: "asyncio.Queue[Arrived]") -> list[Arrived]:
    await asyncio.sleep(RETAINED_S)
    return [inbox.get_nowait() for _ in range(inbox.qsize())]
