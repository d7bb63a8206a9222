"""`davy fleet export`: the whole log of the fleet, or a part, as one file that anybody can check."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

import click
import httpx

from console.cli.api import Api, url_option
from contracts.anchors import Anchor
from contracts.errors import BadConfig, GiveUp
from fleet.audit.form import BadLine, Last, read_line

PATIENCE_S = 300.0


@click.command(name="export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mines", multiple=True, metavar="MINE", help="只导出此矿, 可重复 / only of this mine, repeatable; 缺省为全部 / all where absent"
)
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, file: Path, mines: tuple[str, ...], url: str) -> None:
    """导出核查日志到 FILE / write the fleet's log to FILE (gzip where its name ends in .gz); nothing is overwritten.

    核对 / check it: davy fleet verify FILE
    """
    if file.exists():
        raise BadConfig("FILE", str(file), "a file that is not there yet")
    half = file.with_name(file.name + ".half")
    try:
        last = _taken(Api(url, transport, PATIENCE_S).pieces("fleet/export", mines=list(mines)), half, packed=file.suffix == ".gz")
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)
    with file.open("rb") as data:
        digest = sha256()
        while block := data.read(1 << 20):
            digest.update(block)
    click.echo(f"{file}: {file.stat().st_size} 字节 / bytes, SHA-256 {digest.hexdigest()}")
    click.echo(f"锚点, 请另存 / anchor, keep it elsewhere: {Anchor(last.n, last.hash, last.day)}")


def _taken(pieces: Iterator[bytes], path: Path, *, packed: bool) -> Last:
    """Write the file; its last line. GiveUp where that did not come."""
    newest = bytearray()
    with _written(path, packed=packed) as out:
        for piece in pieces:
            out.write(piece)
            newest += piece
            del newest[: newest.rfind(b"\n", 0, len(newest) - 1) + 1]
    try:
        last = read_line(bytes(newest))
    except BadLine:
        last = None
    if not isinstance(last, Last):
        raise GiveUp("导出中断, 末行未到 / the export broke off before its last line; try again")
    return last


@contextmanager
def _written(path: Path, *, packed: bool) -> Iterator[IO[bytes]]:
    try:
        with path.open("wb") as raw:
            if packed:
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as out:
                    yield cast(IO[bytes], out)
            else:
                yield raw
    except OSError as error:
        raise BadConfig("FILE", str(path), f"a file that can be written ({error})") from error
