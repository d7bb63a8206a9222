"""`davy ingest import`: batch files of a link without return path, into the running centre or into its stores."""

import os
import shutil
import sys
import time
from pathlib import Path

import click
import msgspec
import structlog

from console.cli.files import configured
from console.cli.table import plain
from contracts.batchfile import SUFFIX
from contracts.clock import SystemClock
from contracts.errors import BadConfig, DavyError, GiveUp
from ingest.batchfiles import Filing, Imported, public_keys
from ingest.config import IngestSettings
from ingest.filedrop import IMPORTED, REFUSED, content, is_watched
from ingest.process import make_centre
from store.embedded import Owned
from store.records.owners import Held

PATIENCE_S = 120.0
NO_WAY = "a folder that the running centre watches; this store serves several processes, so it cannot be known that no centre runs"


class KeysFile(msgspec.Struct, forbid_unknown_fields=True):
    """`[keys]` of a TOML file: public key in hex by `"mine/gateway"`."""

    keys: dict[str, str]


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--config", "path", metavar="FILE", required=True, help="接收的配置文件 / the ingest's configuration (TOML)")
@click.option("--key", metavar="HEX", help="这些文件的网关公钥 / public key of the gateway these files are from")
@click.option("--keys", "keys_file", metavar="FILE", help='公钥文件, TOML / public keys: [keys] "mine/gateway" = "HEX"')
def command(files: tuple[Path, ...], path: str, key: str | None, keys_file: str | None) -> None:
    """导入单向链路的批量文件 / import batch files of a link without return path; the same file twice changes nothing.

    每个文件先验签名; 未签名、被改动或他人的文件不入库。网关公钥: `davy edge blackbox key`。
    A file that is unsigned, altered or of another key is refused as a whole. A gateway's key: `davy edge blackbox key`.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = configured(IngestSettings, path)
    keys = dict(settings.files.keys)
    if keys_file:
        keys |= _keys(keys_file)
    if key:
        keys = {"*": key}
    folder = Path(settings.files.folder) if settings.files.folder else None
    if absent := [str(file) for file in files if not file.is_file()]:
        raise BadConfig("FILES", absent[0], "a batch file that is there")
    ordered = sorted(files, key=lambda file: file.name)
    if folder is not None and is_watched(folder):
        told = [(file, _through(file, folder, keys)) for file in ordered]
    elif "://" in settings.store and folder is None:
        raise BadConfig("files.folder", "", NO_WAY)
    else:
        told = _alone(ordered, msgspec.structs.replace(settings, files=msgspec.structs.replace(settings.files, keys=keys)))
    for file, one in told:
        click.echo(f"{plain(file.name)}: {words_of(one)}")
    if any(one.why or one.unheld for _, one in told):
        sys.exit(1)


def _keys(path: str) -> dict[str, str]:
    return configured(KeysFile, path).keys


def _alone(files: list[Path], settings: IngestSettings) -> list[tuple[Path, Imported]]:
    """No centre runs: open its stores ourselves."""
    try:
        centre = make_centre(settings, SystemClock())
    except (Held, Owned) as owned:
        raise GiveUp(
            f"{owned}. 中心在运行: 请在其配置中设 [files] folder / a running centre takes files where [files] folder is set"
        ) from owned
    told = []
    try:
        for file in files:
            try:
                work = centre.filing.open(content(file))
            except GiveUp as error:
                told.append((file, Imported(why=str(error))))
                continue
            for _ in centre.filing.steps(work):
                work.outcomes.clear()
            told.append((file, work.told))
    finally:
        centre.close()
    return told


def _through(file: Path, folder: Path, keys: dict[str, str]) -> Imported:
    """Hand a file to the running centre, which verifies it once more with the keys of its own configuration."""
    if keys:
        try:
            Filing.verified(content(file), public_keys(keys))
        except GiveUp as error:
            return Imported(why=str(error))
    name = f"{file.name.removesuffix(SUFFIX)}~cli{os.getpid()}-{time.time_ns() // 1000}{SUFFIX}"
    half = folder / f"{name}.half"
    shutil.copyfile(file, half)
    half.rename(folder / name)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for where in (IMPORTED, REFUSED):
            if (folder / where / name).exists():
                return msgspec.json.decode((folder / where / f"{name}.json").read_bytes(), type=Imported)
        time.sleep(0.1)
    raise DavyError(f"{name}: 中心尚未取走 / the centre has not taken it in {PATIENCE_S:.0f} s; it stays in its folder")


def words_of(told: Imported) -> str:
    """A file's line for people."""
    if told.why:
        return f"✗ 拒绝 refused: {plain(told.why)}"
    parts = [
        f"{'✗' if told.unheld else '✓'} {told.gateway} 第 {told.number} 号 no. {told.number}",
        f"新 new {told.new}",
        f"已有 known {told.known}",
        f"死信 dead-lettered {told.refused}",
    ]
    if told.unheld:
        parts.append(f"未入库 not taken in {told.unheld}, 请再导入一次 import it again")
    if told.missing:
        numbers = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in told.missing)
        parts.append(f"缺文件 files missing: {numbers}")
    return "; ".join([*parts, *map(plain, told.notes)])
