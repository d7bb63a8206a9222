"""What a probe found, as people read it."""

from typing import TYPE_CHECKING

from console.cli.table import plain, table

if TYPE_CHECKING:
    from console.cli.edge_probe import Probe, Probed

HEADER = ("测点 point", "名称 name", "原始 raw", "值 value", "状态 quality", "限值行 limit row", "疑点 doubts")
GOOD = "正常 normal"


def lines_of(found: "Probe") -> list[str]:
    """The table, then who did not answer, what is missing, and how long it took."""
    lines = table(HEADER, [row(point) for point in found.points]) if found.points else []
    if found.unanswered:
        lines.append(f"无应答 no answer: {plain(', '.join(found.unanswered))}")
    if found.why:
        lines.append(f"说明 why: {plain(found.why)}")
    came = sum(point.time is not None for point in found.points)
    lines.append(
        f"{plain(found.source)} ({found.kind}): 应答测点 {came} / {len(found.points)}, 用时 {found.seconds:.3f} 秒 / "
        f"{came} of {len(found.points)} points answered in {found.seconds:.3f} s"
    )
    if found.agent is not None:
        lines.append(
            f"边缘代理 (进程 {found.agent}) 正在读取此来源, 有的设备只接受一个连接 / "
            f"the agent (process {found.agent}) reads it too; some devices take one connection only"
        )
    return lines


def row(point: "Probed") -> tuple[str, ...]:
    """One point."""
    value = "-" if point.value is None else f"{point.value:g} {point.unit}".rstrip()
    limit = f"{point.limit_row} (≥ {point.limit:g})" if point.limit is not None else point.limit_row
    return (
        plain(point.point),
        plain(f"{point.name_zh} / {point.name_en}"),
        plain(point.raw) or "-",
        value,
        "-" if point.time is None else both(point.quality_zh, point.quality_en) or GOOD,
        plain(limit) or "限值类别未知 limit class unknown",
        plain("; ".join(f"{zh} / {en}" for zh, en in point.doubts)),
    )


def both(zh: list[str], en: list[str]) -> str:
    """`报警+标校 alarm+calibration`."""
    return f"{'+'.join(zh)} {'+'.join(en)}".strip()
