"""The machine: Python, clock, open files."""

import platform
import resource
import shutil
import subprocess
import sys

from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.clock import BUILD_TIME, iso

NEEDS_PYTHON = (3, 11)
FEWEST_FILES, ENOUGH_FILES = 256, 1024
"""Open files: the store keeps 16 partitions attached, and the broker needs one for each gateway."""


def judge_python(version: tuple[int, ...]) -> Verdict:
    said = ".".join(map(str, version[:3]))
    if version[:2] < NEEDS_PYTHON:
        needed = ".".join(map(str, NEEDS_PYTHON))
        return wrong(f"Python {said}", f"Python {said}", f"安装 Python {needed} 或更新版本", f"install Python {needed} or newer")
    return ok(f"Python {said}", f"Python {said}")


def probe_python(_site: Site) -> list[Finding]:
    return [Finding(platform.python_implementation(), judge_python(sys.version_info[:3]))]


def judge_clock(now: int, synchronised: bool | None) -> Verdict:
    """`synchronised`: what the system says of its own clock; None where it says nothing. Nobody here knows the true time."""
    said = f"{iso(now)[:19]}Z"
    if now < BUILD_TIME:
        built = iso(BUILD_TIME)[:10]
        return wrong(
            f"系统时钟为 {said}, 早于本程序的生成日期 {built}",
            f"the system clock says {said}, before this program was made ({built})",
            "校准系统时钟 (NTP 或 GPS), 检查硬件时钟电池",
            "set the system clock (NTP or GPS) and check the battery of the hardware clock",
        )
    if synchronised:
        return ok(
            f"{said}, 系统称已同步; 偏差未知 (无参考源可比)",
            f"{said}, the system says it is synchronised; offset unknown (no reference to compare with)",
        )
    why_zh, why_en = (
        ("系统称未同步", "the system says it is not synchronised")
        if synchronised is False
        else ("是否同步未知", "whether it is synchronised is unknown")
    )
    return warning(
        f"{said}, {why_zh}; 偏差未知 (无参考源可比)",
        f"{said}, {why_en}; offset unknown (no reference to compare with)",
        "启用时间同步 (chrony 或 systemd-timesyncd), 或人工对表",
        "run a time daemon (chrony or systemd-timesyncd), or compare with a clock you trust",
    )


def probe_clock(site: Site) -> list[Finding]:
    return [Finding("UTC", judge_clock(site.now, _synchronised()))]


def _synchronised() -> bool | None:
    program = shutil.which("timedatectl")
    if not program:
        return None
    try:
        told = subprocess.run([program, "show", "--property=NTPSynchronized", "--value"], capture_output=True, timeout=3, check=False)  # noqa: S603  # found by which, fixed arguments
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {b"yes": True, b"no": False}.get(told.stdout.strip())


def judge_files(limit: int) -> Verdict:
    """`limit`: open files a process may have (soft limit); negative: no limit."""
    do = "提高上限: ulimit -n 4096, 或服务单元中的 LimitNOFILE=", "raise it: ulimit -n 4096, or LimitNOFILE= in the service unit"
    if 0 <= limit < FEWEST_FILES:
        return wrong(f"最多 {limit} 个打开的文件, 不够", f"at most {limit} open files: too few", *do)
    if 0 <= limit < ENOUGH_FILES:
        return warning(f"最多 {limit} 个打开的文件, 网关多时不够", f"at most {limit} open files: too few for many gateways", *do)
    said = "无限" if limit < 0 else str(limit)
    return ok(f"打开文件上限 {said}", f"open files: at most {'any number' if limit < 0 else limit}")


def probe_files(_site: Site) -> list[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [Finding("RLIMIT_NOFILE", judge_files(-1 if soft == resource.RLIM_INFINITY else soft))]
