"""The telemetry store's folder: who owns it, and which generation it is. Its files stay as they are."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from console.cli.checks.folders import Folder, forgetful, judge_folder, look_at
from console.cli.checks.influx import probe_influx
from console.cli.checks.knock import console_answer
from console.cli.checks.locks import FREE, Lock, borrowed
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, wrong
from store.embedded.schema import FORMAT


@dataclass(frozen=True, slots=True)
class Kept:
    """What a catalogue says of its store; all empty where there is no catalogue."""

    generation: str = ""
    format: str = ""
    broken: str = ""


def judge_store(folder: Folder, kept: Kept) -> Verdict:
    if refused := judge_folder(folder):
        return refused
    if folder.lock.held:
        return owned(folder.lock, kept.generation)
    if kept.broken:
        return wrong(
            f"目录册无法读取: {kept.broken}",
            f"its catalogue cannot be read: {kept.broken}",
            "先备份该目录, 再从备份恢复; 网关会补发中心缺少的部分",
            "copy the folder away, then put a backup in its place; the gateways send again what the centre lacks",
        )
    if kept.format and kept.format != FORMAT:
        return wrong(
            f"格式 {kept.format}, 本程序读取格式 {FORMAT}",
            f"format {kept.format}; this program reads format {FORMAT}",
            "使用写入它的程序版本",
            "use the version of the program that wrote it",
        )
    if kept.generation:
        return ok(f"无人使用, 代号 generation {kept.generation}", f"nobody uses it, generation {kept.generation}")
    return ok("尚未建立, 首次运行时生成", "not there yet; made at the first start")


def probe_store(site: Site) -> list[Finding]:
    if site.centre is None:
        return []
    address = site.centre.store
    if address == "memory:":
        return [Finding(address, forgetful())]
    if address.startswith("influx+"):
        return [probe_influx(site.centre)]
    path = Path(address)
    try:
        with borrowed(path / "owner.lock") as lock:
            kept = _told(site) if lock.held else _catalogue(path / "catalogue.duckdb")
    except OSError as error:
        lock, kept = FREE, Kept(broken=str(error))
    return [Finding(address, judge_store(look_at(path, lock), kept))]


def _told(site: Site) -> Kept:
    """What the console says of a store that its process owns: the store's files are not ours to open then."""
    health = console_answer(site.host, site.port) if site.embedded else None
    return Kept(str(health["store_generation"])) if health else Kept()


def _catalogue(path: Path) -> Kept:
    """The catalogue's words about the store. Opened for reading: the file stays as it is."""
    if not os.path.exists(path):
        return Kept()
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            facts = dict(connection.execute("select key, value from fact").fetchall())
    except duckdb.Error as error:
        return Kept(broken=str(error).splitlines()[0])
    return Kept(facts.get("generation", ""), facts.get("format", ""))


def owned(lock: Lock, generation: str) -> Verdict:
    """`generation` as its owner tells it; empty where it tells nothing."""
    pid = lock.pid or "?"
    if generation:
        return ok(f"进程 {pid} 正在使用, 代号 generation {generation}", f"in use by process {pid}, generation {generation}")
    return ok(
        f"进程 {pid} 正在使用; 代号 (generation) 只有它能读",
        f"in use by process {pid}, which alone may read its generation",
    )
