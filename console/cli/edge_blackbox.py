"""`davy edge blackbox`: what a gateway froze at alarms and crashes; export, verify, replay."""

import csv
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from console.cli.files import configured
from console.cli.table import plain, table
from contracts.clock import iso
from contracts.errors import BadConfig, GiveUp
from contracts.keys import public_of
from edge_agent.blackbox import Case, readings, verify
from edge_agent.blackbox.case import CASE, OPEN
from edge_agent.blackbox.key import own_key
from edge_agent.config import EdgeSettings


@click.group(name="blackbox")
def command() -> None:
    """黑匣子: 报警或崩溃时冻结的全速数据 / black box: data at full rate, frozen at alarms and crashes."""


def _folder(path: str) -> Path:
    return Path(configured(EdgeSettings, path).folder) / "blackbox"


@command.command(name="list")
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def show(path: str) -> None:
    """列出各案 / list the cases."""
    rows = []
    for place in sorted(_folder(path).glob("*")):
        if (place / CASE).is_file():
            case = msgspec.json.decode((place / CASE).read_bytes(), type=Case)
            span = [iso(case.asked.first)[:19], iso(case.asked.last)[:19]]
            rows.append([place.name, *span, str(case.readings), str(len(case.missing)), plain(case.asked.why)])
        elif (place / OPEN).is_file():
            rows.append([place.name, "", "", "", "", "冻结中 / being frozen"])
    for line in table(["案 case", "起 from", "止 to", "读数 readings", "缺 missing", "原因 why"], rows):
        click.echo(line)


@command.command()
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def key(path: str) -> None:
    """网关公钥, 供 verify --key 比对 / the gateway's public key, for `verify --key`."""
    click.echo(public_of(own_key(Path(configured(EdgeSettings, path).folder))).hex())


@command.command()
@click.argument("case")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def export(case: str, file: Path, path: str) -> None:
    """把一案装入一个 tar 文件 / put a case into one tar FILE (checked first, nothing is overwritten)."""
    place = _folder(path) / case
    found = verify(place)
    if found.wrong:
        raise GiveUp("; ".join(found.wrong))
    if file.exists():
        raise BadConfig("FILE", str(file), "a file that is not there yet")
    half = file.with_name(file.name + ".half")
    with tarfile.open(half, "w") as tar:
        tar.add(place, arcname=case)
    half.rename(file)
    click.echo(f"{file}: {file.stat().st_size} 字节 / bytes")


@command.command(name="verify")
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--key", default="", help="网关公钥 (十六进制) / the gateway's public key in hex, from `davy edge blackbox key`")
def check(place: Path, key: str) -> None:
    """核对签名与各文件 / check signature and files of a case (its folder or its tar)."""
    with _opened(place) as folder:
        found = verify(folder, key)
        for wrong in found.wrong:
            click.echo(f"✗ {wrong}")
        if found.wrong or found.case is None:
            raise GiveUp(f"{len(found.wrong)} 处不符 / findings")
        case = found.case
        click.echo(f"✓ {case.gateway} {iso(case.asked.first)} – {iso(case.asked.last)}: {case.readings} 读数 / readings, {case.asked.why}")
        click.echo(f"  公钥 / key {case.key}" + ("" if key else "  (未与已知公钥比对 / not compared with a known key)"))
        for stream, epoch, first, last in case.missing:
            click.echo(f"  缺 / missing: {stream} {epoch} {first}–{last}")


@command.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--point", "points", multiple=True, help="只要这些测点 / these points only")
def replay(place: Path, points: tuple[str, ...]) -> None:
    """以 CSV 输出读数 (时间, 测点, 值, 质量) / write the readings as CSV; refuses a case that does not verify."""
    with _opened(place) as folder:
        found = verify(folder)
        if found.wrong or found.case is None:
            raise GiveUp("; ".join(found.wrong))
        rows = csv.writer(sys.stdout)
        rows.writerow(["time", "point", "value", "quality"])
        for one in readings(folder, found.case):
            if not points or one.point in points:
                rows.writerow([iso(one.time), one.point, repr(one.value), one.quality])


@contextmanager
def _opened(place: Path) -> Iterator[Path]:
    """The folder of a case, unpacked from its tar where it is one."""
    if place.is_dir():
        yield place
        return
    if not place.is_file():
        raise BadConfig("PLACE", str(place), "a case's folder or its tar")
    with TemporaryDirectory(prefix="davy-case-") as name:
        try:
            with tarfile.open(place) as tar:
                _unpack(tar, Path(name).resolve())
        except (tarfile.TarError, OSError) as error:
            raise BadConfig("PLACE", str(place), f"a case's folder or its tar ({error})") from error
        inside = [path for path in Path(name).iterdir() if path.is_dir()]
        yield inside[0] if inside else Path(name)


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Plain files below the folder; TarError for a link, a device, or a way out. (Debian 12's Python has no filters of its own.)"""
    for member in tar:
        target = (folder / member.name).resolve()
        content = None if member.isdir() else tar.extractfile(member) if member.isfile() else None
        if not target.is_relative_to(folder) or not (member.isdir() or content):
            raise tarfile.TarError(f"{member.name}: no file of a case")
        if content is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
