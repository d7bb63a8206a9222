"""The records database: can it be read?"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.folders import Folder, forgetful, judge_folder, look_at
from console.cli.checks.site import Site, sqlite_path
from console.cli.checks.verdict import Finding, Verdict, ok, wrong
from contracts.errors import BadConfig
from store.records.engine import engine_of

LARGEST_CHECKED = 256 << 20
"""A larger file is opened and listed, not read from end to end."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The records database: how many tables, or why it cannot be read. `there` False: its file is not there yet."""

    there: bool
    count: int = 0
    broken: str = ""


def judge_records(tables: Tables, folder: Folder | None) -> Verdict:
    """`folder` of the file; None for a database that is no file."""
    if folder and (refused := judge_folder(folder)):
        return refused
    if tables.broken:
        return wrong(
            f"无法读取: {tables.broken}",
            f"cannot be read: {tables.broken}",
            "检查地址和权限; 文件损坏时先备份, 再从备份恢复",
            "check its address and permissions; where the file is damaged, copy it away, then put a backup in its place",
        )
    if not tables.there:
        return ok("尚未建立, 首次运行时生成", "not there yet; made at the first start")
    return ok(f"可读, {tables.count} 个表", f"readable, {tables.count} tables")


def probe_records(site: Site) -> list[Finding]:
    if site.centre is None:
        return []
    address = site.centre.records
    if address in ("sqlite://", "sqlite:///:memory:"):
        return [Finding(address, forgetful())]
    path = sqlite_path(address)
    if path:
        return [Finding(str(path), judge_records(_sqlite(path), look_at(path.parent)))]
    return [Finding(address.partition("@")[2] or address, judge_records(_database(address), None))]


def _sqlite(path: Path) -> Tables:
    if not os.path.exists(path):
        return Tables(False)
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=3)
        try:
            if path.stat().st_size <= LARGEST_CHECKED:
                ((told,),) = connection.execute("pragma quick_check(1)").fetchall()
                if told != "ok":
                    return Tables(True, 0, str(told))
            ((count,),) = connection.execute("select count(*) from sqlite_master where type = 'table'").fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        return Tables(True, 0, str(error))
    return Tables(True, count)


def _database(address: str) -> Tables:
    try:
        engine = engine_of(address)
        try:
            with engine.connect().execution_options(reading=True) as db:
                return Tables(True, len(inspect(db).get_table_names()))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, BadConfig) as error:
        return Tables(False, 0, str(error).splitlines()[0])
