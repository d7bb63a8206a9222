"""`davy models publish|rollback`: a signed bundle to a gateway, in pieces by signed commands; and back to one that is kept there."""

import asyncio
from base64 import b85encode
from collections.abc import Iterable
from pathlib import Path

import click

from console.cli.care import broker_options, by_option, key_option, read_key, send_command
from console.cli.tail import broker_of
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from contracts.topics import Gateway
from edge_agent.advice.orders import PIECE, digest_of
from models.bundle import read_bundle

WITHIN_S = 300


@click.command()
@click.argument("gateway")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@key_option
@by_option
@broker_options
def publish(gateway: str, file: Path, key_file: Path, by: str, host: str | None, port: int | None, path: str | None) -> None:
    """下发一个已签名的包 / send a signed bundle; the gateway checks it and says what came of it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadConfig("FILE", str(file), f"a file that can be read ({error.strerror})") from error
    if not read_bundle(data).seal.key:
        raise BadConfig("FILE", str(file), "a signed bundle (davy models sign)")
    asyncio.run(_send(broker_of(path, host, port), Gateway.parse(gateway), pieces_of(data), key_file, by))


@click.command()
@click.argument("gateway")
@click.option("--to", "number", type=click.IntRange(1), required=True, help="包的编号 / number of a bundle that the gateway keeps")
@key_option
@by_option
@broker_options
def rollback(gateway: str, number: int, key_file: Path, by: str, host: str | None, port: int | None, path: str | None) -> None:
    """退回到网关保存的包 / use a bundle again that the gateway keeps."""
    asyncio.run(_send(broker_of(path, host, port), Gateway.parse(gateway), [{"rollback": str(number)}], key_file, by))


def pieces_of(data: bytes) -> list[dict[str, str]]:
    """The arguments of each command that brings a bundle."""
    parts = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    digest, pieces = digest_of(data), str(len(parts))
    return [
        {"digest": digest, "piece": str(at), "pieces": pieces, "data": b85encode(part).decode()} for at, part in enumerate(parts, start=1)
    ]


async def _send(address: BrokerAddress, name: Gateway, commands: Iterable[dict[str, str]], key_file: Path, by: str) -> None:
    secret = read_key(key_file)
    for arguments in commands:
        await send_command(address, name, "models", arguments, WITHIN_S, secret, by)
