"""`davy store migrate|backup|verify|restore|drop`."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import httpx

from console.cli.api import Api, url_option
from console.cli.checks.site import sqlite_path
from console.cli.embedded import settings_in
from console.cli.files import configured
from console.cli.table import plain, table
from console.web.api_store import BackupView
from contracts.clock import SECOND, Clock, SystemClock, iso
from contracts.errors import BadConfig
from ingest.config import IngestSettings
from store import backup as backups
from store.backup.manifest import File, read_manifest
from store.backup.notes import Note
from store.backup.schedule import kept_until, months_later
from store.embedded import EmbeddedStore, Owned
from store.interface import Store
from store.records.engine import engine_of, open_records
from store.records.migrations import applied, missing
from store.records.migrations import migrate as take_steps

PATIENCE_S = 6 * 3600.0
"""How long a backup of the running centre is waited for."""
LEAST_KEPT_MONTHS = 3
INFLUX = ("influx+http://", "influx+https://")


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which store: by a configuration, or in the folder of `davy up`."""
    config = click.option("--config", "config", metavar="FILE", help="接收的配置文件 / the ingest's configuration (TOML)")
    folder = click.option(
        "--folder",
        default=lambda: os.environ.get("DAVY_HOME", "run"),
        show_default="run",
        help="无 --config 时, davy up 的数据目录 / without --config: the data folder of davy up",
    )
    return config(folder(command))


def settings_of(config: str | None, folder: str) -> IngestSettings:
    """The centre's settings."""
    return configured(IngestSettings, config) if config else settings_in(Path(folder), 18830)


def opened(settings: IngestSettings) -> Store:
    """The store of settings, which must be there; `Owned` where a process has an embedded one. InfluxDB serves several."""
    if settings.store.startswith(INFLUX):
        found: Store = import_module("store.influx").open_influx(settings.store)  # its client only where it is asked for
        return found
    if settings.store == "memory:" or "://" in settings.store:
        raise BadConfig("store", settings.store, "the folder of an embedded store, or an InfluxDB")
    if not (Path(settings.store) / "catalogue.duckdb").exists():
        raise BadConfig("store", settings.store, "a folder in which there is a store")
    return EmbeddedStore(settings.store)


def there(address: str) -> str:
    """The address, if it is not one of a file that is not there."""
    path = sqlite_path(address)
    if path and not path.exists():
        raise BadConfig("records", str(path), "a file that is there")
    return address


@click.command()
@where
@click.option("--check", is_flag=True, help="只看缺哪些步骤, 有则退出码为 1 / only say which steps are missing; exit code 1 where some are")
def migrate(config: str | None, folder: str, check: bool) -> None:
    """把记录库的结构升级到本程序 / bring the schema of the records up to this program (every start does so too)."""
    clock, engine = SystemClock(), engine_of(there(settings_of(config, folder).records))
    try:
        with engine.connect().execution_options(reading=True) as db:
            todo = missing(applied(db))
        if not check:
            take_steps(engine, clock.now())
        with engine.connect().execution_options(reading=True) as db:
            rows = [(str(step.number), step.name, iso(step.at)) for step in applied(db)]
    finally:
        engine.dispose()
    for line in table(("步骤 step", "名称 name", "时间 taken"), rows) if rows else []:
        click.echo(line)
    words = "缺少 / missing" if check else "已升级 / taken now"
    click.echo(f"{words}: {', '.join(todo) or '无 none'}")
    if check and todo:
        sys.exit(1)


@click.command()
@where
@click.option("--to", metavar="DIR", help="备份目录, 仅在无人使用存储时 / folder of backups, only while no process uses the store")
@click.option("--records-only", is_flag=True, help="只备份记录库 / the records alone: the readings are in another database")
@url_option
@click.pass_obj
def backup(transport: httpx.BaseTransport | None, config: str | None, folder: str, to: str | None, records_only: bool, url: str) -> None:
    """备份, 运行中也可以 / back up store and records, running or not; the backup is read back before it counts.

    嵌入式存储由运行中的中心写入其备份目录。A centre that runs on an embedded store does it, into its own folder of backups.
    """
    settings, clock = settings_of(config, folder), SystemClock()
    try:
        store = None if records_only else opened(settings)
    except Owned as owned:
        if to:
            raise click.UsageError(f"{owned}; 此时不能用 --to / without --to it is asked to write to {settings.backups}") from owned
        tell(Api(url, transport, PATIENCE_S).post("store/backup", BackupView))
        return
    try:
        records = open_records(there(settings.records))
        try:
            made = backups.back_up(store, records, Path(to) if to else settings.backups, clock, "davy store backup", progress())
        finally:
            records.close()
    finally:
        if store:
            store.close()
    say(made.place, made.digest, made.manifest)


@click.command()
@click.argument("place", metavar="BACKUP")
@click.option("--digest", metavar="HEX", default="", help="审计链中记下的散列 / the hash of its manifest as the audit chain has it")
def verify(place: str, digest: str) -> None:
    """检查备份: 重新计算全部 / compute everything a backup's manifest says anew."""
    manifest = backups.verify(Path(place), digest)
    say(Path(place), read_manifest(Path(place))[1], manifest)


@click.command()
@click.argument("place", metavar="BACKUP")
@click.argument("target", metavar="FOLDER")
@click.option("--records", default="", metavar="ADDRESS", help="记录库的另一个空地址 / another, empty database for the records")
@click.option("--store", default="", metavar="ADDRESS", help="读数的空 InfluxDB / the empty InfluxDB for the readings of a backup of one")
def restore(place: str, target: str, records: str, store: str) -> None:
    """恢复到空目录, 不覆盖任何已存数据 / put a backup into an empty folder; nothing stored is overwritten."""
    manifest = backups.restore(Path(place), Path(target), SystemClock(), records, store, progress())
    say(Path(place), "", manifest)
    click.echo(f"已恢复 / restored: {plain(target)}")
    click.echo("存储有了新代号, 网关会补发所缺 / the store has a new generation: gateways send again what it lacks")


@click.command()
@where
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="早于此日 (UTC) / older than this day (UTC)")
@click.option("--backup", "place", required=True, metavar="BACKUP", help="含有这些数据的备份 / a backup that has them")
def drop(config: str | None, folder: str, before: datetime, place: str) -> None:
    """删除旧的原始读数, 须先有经验证的备份 / drop old raw readings, if a backup that is whole has every one of them.

    至少保留三个月; 嵌入式存储不可在使用中。The last three months stay; no process may use an embedded store. What proves that they were
    held stays. 中心自己每天做 / The centre does so itself every day ([backup] raw_days).
    """
    time, clock = int(before.replace(tzinfo=UTC).timestamp()) * SECOND, SystemClock()
    too_new(time, clock)
    settings = settings_of(config, folder)
    store = opened(settings)
    try:
        manifest, digest = read_manifest(Path(place))
        records = open_records(there(settings.records))
        try:
            dropped = backups.drop_noted(store, records, time, Note(place, digest, manifest.made), clock, "davy store drop")
        finally:
            records.close()
    finally:
        store.close()
    click.echo(f"已删除读数 / readings dropped: {dropped}")


def progress() -> Callable[[File], None]:
    """Says on a terminal how far it is; nothing in a log."""
    points = size = 0

    def tell(file: File) -> None:
        nonlocal points, size
        done, far = sum(file.rows.values()), file.size
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{points + done:,} 行 rows  {(size + far) / (1 << 20):,.1f} MiB  {file.path}", err=True, nl=False)
        if file.digest:
            points, size = points + done, size + far

    return tell


def too_new(time: int, clock: Clock) -> None:
    """BadConfig for a time less than three months ago."""
    if months_later(time, LEAST_KEPT_MONTHS) > clock.now():
        raise BadConfig("--before", iso(time)[:10], f"a day {LEAST_KEPT_MONTHS} months ago or earlier")


def tell(made: BackupView) -> None:
    """What the console answered."""
    lines(made.place, made.digest, made.made_us, made.generation, made.files, made.rows, made.size)


def say(place: Path, digest: str, manifest: backups.Manifest) -> None:
    """What is in a backup that was found whole."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    lines(str(place), digest, manifest.made, manifest.generation, len(manifest.files), manifest.rows, manifest.size)


def lines(place: str, digest: str, made: int, generation: str, files: int, rows: int, size: int) -> None:
    """The same, as people read it."""
    told = (
        ("完好的备份 whole backup", place),
        ("完成 made", iso(made)),
        ("代号 generation", generation or "无读数 without readings"),
        ("文件 files", f"{files}, {size / (1 << 20):.1f} MiB"),
        ("行 rows", str(rows)),
        ("清单散列 manifest", digest or "-"),
        ("至少保存到 keep until", f"{iso(kept_until(made))[:10]} ({backups.CLAUSE})"),
    )
    for line in table(("", ""), [(name, plain(value)) for name, value in told])[2:]:
        click.echo(line)
