"""Does an outbox outlive a power cut, and how long an outage does it bear?"""

from pathlib import Path

from console.cli.checks.folders import existing
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning
from contracts.errors import BadConfig
from contracts.points import read_registry
from contracts.units import OWN_WORD
from edge_agent.config import EdgeSettings

MOUNTS = Path("/proc/mounts")
IN_MEMORY = {"tmpfs", "ramfs"}
BYTES_PER_READING = 9
"""Segments on disk / readings: 8.6 measured (docs/benchmarks.md)."""
LEAST_DAYS = 3.0
"""An outage over a long weekend (project setting)."""
DAY_S = 86_400


def judge_medium(kind: str) -> Verdict | None:
    """`kind` of the file system that the outbox lies on."""
    if kind not in IN_MEMORY:
        return None
    return warning(
        f"发件箱在 {kind} 上: 断电或重启即失",
        f"the outbox lies on {kind}: all is gone at a power cut or restart",
        "把 folder 放在磁盘上 (例如 /var/lib/davy)",
        "put folder on a disk (as /var/lib/davy)",
    )


def judge_days(days: float, readings_per_s: float) -> Verdict:
    said = f"{days:.1f}" if days < 100 else f"{days:.0f}"
    zh, en = f"断线约可存 {said} 天 ({readings_per_s:g} 读数/秒)", f"bears an outage of about {said} days ({readings_per_s:g} readings/s)"
    if days < LEAST_DAYS:
        return warning(
            f"{zh}, 少于 {LEAST_DAYS:g} 天 (项目设定)",
            f"{en}, less than {LEAST_DAYS:g} (project setting)",
            "加大 outbox.max_mb, 或加大 period_s",
            "use a larger outbox.max_mb, or a longer period_s",
        )
    return ok(zh, en)


def probe_outbox_room(site: Site) -> list[Finding]:
    out = []
    for edge in site.edges:
        about = f"{edge.name} {edge.folder}"
        medium = judge_medium(file_system(existing(Path(edge.folder))))
        out += [Finding(about, medium)] if medium else []
        rate = rate_of(edge)
        if rate:
            out.append(Finding(about, judge_days(edge.outbox.max_mb * (1 << 20) / (rate * BYTES_PER_READING * DAY_S), rate)))
    return out


def rate_of(edge: EdgeSettings) -> float:
    """Readings a second at most: every point once in the shortest period; 0 where the points cannot be read."""
    try:
        registry = read_registry(Path(edge.points).read_bytes())
    except (OSError, BadConfig):
        return 0.0
    count = sum(point.quantity not in OWN_WORD and point.valid_to is None for point in registry.points)
    return count / min(source.period_s for source in edge.sources)


def file_system(folder: Path) -> str:
    """Its kind, as the table of mounts names it; empty where there is no such table."""
    try:
        rows = [line.split() for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return ""
    here = folder.resolve()
    over = [row for row in rows if len(row) > 3 and here.is_relative_to(row[1].replace("\\040", " "))]
    return max(over, key=lambda row: len(row[1]), default=["", "", ""])[2]
