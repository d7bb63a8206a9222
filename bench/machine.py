"""The machine a figure was measured on. A figure without it says nothing."""

import os
import platform
import sys
from pathlib import Path
from tempfile import gettempdir

import msgspec
import psutil


class Machine(msgspec.Struct, frozen=True):
    """`cores`: logical ones; `memory`: GiB; `disk`: file system of the temp folder that the benches write to."""

    cpu: str
    cores: int
    memory: float
    python: str
    os: str
    kernel: str
    disk: str


def this_machine() -> Machine:
    """The machine we run on."""
    return Machine(
        _cpu_model(),
        os.cpu_count() or 0,
        round(psutil.virtual_memory().total / (1 << 30), 1),
        f"{platform.python_implementation()} {platform.python_version()}",
        _system(),
        platform.release(),
        file_system(Path(gettempdir())),
    )


def file_system(folder: Path) -> str:
    """`ext4`, ...; on `tmpfs` an fsync costs nothing, so a durable figure is none."""
    mounted = [part for part in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(part.mountpoint)]
    return max(mounted, key=lambda part: len(part.mountpoint)).fstype if mounted else "unknown"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.processor() or platform.machine()


def _system() -> str:
    if sys.platform != "linux":
        return f"{platform.system()} {platform.release()}"
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "Linux"
