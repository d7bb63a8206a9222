"""Room on the disks: bytes and inodes."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from console.cli.checks.folders import existing
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong

MIB = 1 << 20
LEAST_MIB, ENOUGH_MIB = 256, 2048
"""Of a centre's disk: what a day's partition, its sealed copy and the spill of one query may need; and room for some days more."""
FEWEST_INODES, ENOUGH_INODES = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Room:
    """Of one file system: MiB and inodes that are free for us. `inodes` None: it counts none. `least`, `wanted`: MiB."""

    free: int
    inodes: int | None
    least: int = LEAST_MIB
    wanted: int = ENOUGH_MIB


def judge_room(room: Room) -> Verdict:
    counted = ("", "") if room.inodes is None else (f", 可用索引节点 {room.inodes}", f", {room.inodes} inodes free")
    zh, en = f"可用 {room.free} MiB{counted[0]}", f"{room.free} MiB free{counted[1]}"
    if room.free < room.least:
        return wrong(
            zh,
            en,
            f"至少需要 {room.least} MiB: 清理或换更大的磁盘",
            f"at least {room.least} MiB are needed: make room, or use a larger disk",
        )
    if room.inodes is not None and room.inodes < FEWEST_INODES:
        return wrong(zh, en, "索引节点将用尽: 删除小文件", "the inodes are nearly used up: remove small files")
    if room.free < room.wanted:
        return warning(
            zh,
            en,
            f"配置最多会用 {room.wanted} MiB: 清理磁盘, 或调小上限",
            f"the configuration may need {room.wanted} MiB: make room, or lower the bound",
        )
    if room.inodes is not None and room.inodes < ENOUGH_INODES:
        return warning(zh, en, "索引节点不多: 删除小文件", "few inodes: remove small files")
    return ok(zh, en)


def probe_room(site: Site) -> list[Finding]:
    """One finding a file system and need."""
    bounds = {Path(edge.folder): edge.outbox for edge in site.edges}
    out: dict[tuple[int, int, int], Finding] = {}
    for folder in site.folders:
        place = existing(folder)
        told = os.statvfs(place)
        least, wanted = LEAST_MIB, ENOUGH_MIB
        if box := bounds.get(folder):
            least, wanted = box.reserve_mb, max(box.reserve_mb, box.max_mb + box.max_mb // 10 + box.reserve_mb - used_mib(folder))
        room = Room(told.f_bavail * told.f_frsize // MIB, told.f_favail if told.f_files else None, least, wanted)
        out.setdefault((place.stat().st_dev, least, wanted), Finding(str(folder), judge_room(room)))
    return list(out.values())


def used_mib(folder: Path) -> int:
    """What an agent keeps already; it may remove files while we look."""
    used = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            used += path.stat().st_size
    return used // MIB
