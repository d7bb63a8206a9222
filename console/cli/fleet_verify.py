"""`davy fleet verify`: check an export with nothing but the file and a public key. No records, no network."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from console.cli.table import plain
from contracts.anchors import Anchor, read_anchors
from contracts.care import trusted_by
from contracts.errors import BadConfig, BadPayload
from fleet.audit.form import MOST_LINE, BadLine
from fleet.audit.verify import verify
from fleet.audit.words import text_of

GZIP = b"\x1f\x8b"
MOST_TEXT = 4 << 20


@click.command(name="verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--anchor", "anchors", multiple=True, metavar="FILE|TEXT", help="另存的链首 n:hash:date / heads kept elsewhere; 可重复 / repeatable"
)
@click.option(
    "--key", "keys", multiple=True, metavar="FILE|HEX", help="信任的公钥, 从别处得来 / the public key, from elsewhere; 可重复 / repeatable"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def command(file: Path, anchors: tuple[str, ...], keys: tuple[str, ...], as_json: bool) -> None:
    """离线核对导出文件, 重算每个公布的数 / check an export offline, make every published number anew; exit code 1: it does not fit."""
    trusted = frozenset(_keys(keys)) if keys else None
    report = verify(lines_of(file), trusted, _anchors(anchors))
    if as_json:
        told = msgspec.to_builtins(report) | {"holds": report.holds}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1))
    else:
        for line in text_of(report):
            click.echo(plain(line))
    if not report.holds:
        sys.exit(1)


def lines_of(file: Path) -> Iterator[bytes]:
    """The lines of a file, packed or not; one that is too long comes cut. BadLine where the file is damaged."""
    number = 0
    try:
        with file.open("rb") as raw:
            packed = raw.peek(2)[:2] == GZIP
            with gzip.GzipFile(fileobj=raw) if packed else raw as data:
                while line := data.readline(MOST_LINE + 1):
                    number += 1
                    yield line
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BadLine(number + 1, "damaged", str(error)) from error
    except OSError as error:
        raise BadConfig("FILE", str(file), f"a file that can be read ({error})") from error


def _anchors(given: tuple[str, ...]) -> tuple[Anchor, ...]:
    return tuple(anchor for text in given for anchor in _read(text))


def _read(text: str) -> tuple[Anchor, ...]:
    try:
        return read_anchors(_text("--anchor", text))
    except BadPayload as error:
        raise BadConfig("--anchor", text[:120], f"n:hash:date, or a file of them ({error.detail})") from error


def _keys(given: tuple[str, ...]) -> Iterator[bytes]:
    for text in given:
        try:
            yield from trusted_by(_text("--key", text).split()).values()
        except BadPayload as error:
            raise BadConfig("--key", text[:80], f"64 hex digits, or a file with them ({error.detail})") from error


def _text(option: str, given: str) -> str:
    """What the option says: a file's text where there is a file of that name, else itself."""
    path = Path(given)
    try:
        if not path.is_file():
            return given
        with path.open("rb") as file:
            return file.read(MOST_TEXT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(option, given[:80], f"text, or a text file that can be read ({error})") from error
