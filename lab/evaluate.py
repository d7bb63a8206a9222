"""The suites by name, and one way to run them: data in, figures out, with what they were made of."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts.clock import SystemClock, iso
from contracts.errors import BadConfig

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Suite:
    """`module` has `evaluate`; `folder`: the data's name beside the others; empty: the suite makes its own data."""

    module: str
    folder: str
    zh: str
    en: str


SUITES: dict[str, Suite] = {
    "skab": Suite("lab.suites.skab", "skab", "水泵试验台", "water-pump rig"),
    "nab": Suite("lab.suites.nab", "nab", "单序列流", "single streams"),
    "methane": Suite("lab.suites.methane", "methane-longwall", "采煤工作面甲烷", "longwall methane"),
    "seismic": Suite("lab.suites.seismic", "seismic-bumps", "矿震", "seismic bumps"),
    "ims": Suite("lab.suites.ims", "ims-bearing", "轴承寿命", "bearing run to failure"),
    "fan": Suite("lab.suites.fan", "uci-fan-accelerometer", "风扇振动", "fan vibration"),
    "sim": Suite("lab.suites.sim", "", "模拟矿井日", "simulated mine days"),
}


def data_folder(suite: str, given: Path | None, *, of_many: bool = False) -> Path | None:
    """Where the suite's data are: one of the suite's name in the folder given, or (unless `of_many` suites share it) that folder itself;
    without one beside the repository (DAVY_DATA)."""
    folder = SUITES[suite].folder
    if not folder:
        return None
    root = given or Path(os.environ.get("DAVY_DATA", Path(__file__).parents[2] / "shared" / "data"))
    place = root / folder if (root / folder).is_dir() else root
    if not place.is_dir() or ((given is None or of_many) and place is root):
        raise BadConfig("--data", str(given or root), f"a folder laid out as {folder} (docs/models.md says where its data come from)")
    return place


def evaluate(suite: str, data: Path | None = None, progress: Progress = lambda _: None) -> dict[str, Any]:
    """The suite's result (`figures`, tables) with its name, day, machine, duration, and hashes of data and code."""
    folder, began, code = data_folder(suite, data), time.monotonic(), code_hash()
    run = import_module(SUITES[suite].module).evaluate
    try:
        result: dict[str, Any] = run(folder, progress) if folder else run(progress)
    except (FileNotFoundError, ValueError) as error:
        raise BadConfig("--data", str(folder), str(error)) from error
    made_of = {"data": hash_of(folder) if folder else str(result.get("generator", "")), "code": code}
    when = {"made": iso(SystemClock().now())[:10], "machine": machine(), "seconds": round(time.monotonic() - began, 1)}
    return {"suite": suite, **when, **made_of, **result}


def available(data: Path | None = None) -> dict[str, str]:
    """Every suite, and why it cannot be run here; empty where it can."""
    found: dict[str, str] = {}
    for suite in SUITES:
        try:
            data_folder(suite, data, of_many=True)
            found[suite] = ""
        except BadConfig as error:
            found[suite] = str(error)
    return found


def machine() -> str:
    """What the figures were made on: no name of anybody's machine."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn"))
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def hash_of(folder: Path) -> str:
    """16 hex digits over the names and contents of a folder's files."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def code_hash() -> str:
    """16 hex digits over the detectors and the lab: the version of what was run."""
    digest = hashlib.blake2b(digest_size=8)
    root = Path(__file__).parents[1]
    for path in sorted([*(root / "models").glob("*.py"), *(root / "lab").glob("*.py"), *(root / "lab" / "suites").glob("*.py")]):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def line(result: dict[str, Any]) -> str:
    """One line of JSON: what a program reads."""
    return json.dumps(result, ensure_ascii=False, default=float)
