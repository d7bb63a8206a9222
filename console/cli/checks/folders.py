"""A folder that a process of ours owns and writes to."""

import os
from dataclasses import dataclass
from pathlib import Path

from console.cli.checks.locks import FREE, Lock
from console.cli.checks.verdict import Verdict, warning, wrong


@dataclass(frozen=True, slots=True)
class Folder:
    """As the file system shows it. `there` False: `writable` speaks of the folder it would be made in."""

    there: bool
    writable: bool
    lock: Lock = FREE


def look_at(path: Path, lock: Lock = FREE) -> Folder:
    place = existing(path)
    return Folder(os.path.isdir(path), place.is_dir() and os.access(place, os.W_OK | os.X_OK), lock)


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there and may be seen (`os.path.exists` takes what may not be seen for absent)."""
    return next(place for place in (path, *path.absolute().parents) if os.path.exists(place))


def judge_folder(folder: Folder) -> Verdict | None:
    """What is wrong with a folder of any kind; None where nothing is."""
    if folder.writable:
        return None
    what = ("不可写", "cannot be written to") if folder.there else ("不存在, 也无法建立", "is not there and cannot be made")
    return wrong(
        f"目录{what[0]}",
        f"the folder {what[1]}",
        "检查路径、所有者和权限, 磁盘是否以只读挂载",
        "check its path, owner and permissions, and whether the disk is mounted read-only",
    )


def forgetful() -> Verdict:
    """What lives in memory."""
    return warning(
        "只在内存中, 停机即失",
        "in memory only: all is gone when the process ends",
        "在配置中写一个目录 (演示与测试除外)",
        "name a folder in the configuration (except for demonstrations and tests)",
    )
