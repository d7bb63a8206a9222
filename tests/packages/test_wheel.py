"""One wheel with extras: it has every file of the packages, runs where nothing else of us is, and says its version."""

import json
import re
import subprocess
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest

from bench.ports import free_port
from console.cli.__main__ import COMMANDS
from tests.packages.environment import QUIET, ROOT, bare, build, furnish, lock_for, pip, said
from tests.waiting import wait_until

pytestmark = [pytest.mark.servers]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION, PACKAGES = PROJECT["project"]["version"], PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
READS_ITS_FILES = """
import sys
from pathlib import Path
import alerts.packs, alerts.packs.handling, console.cli.demo_models, console.web.app, dashboards.build, fleet.packs, fleet.programme
from console.cli.edge_install import SHIPPED, UNIT
from console.paper import press
from sim_sensors.recordings import silesia

print(*sorted({Path(sys.modules[name.partition(".")[0]].__file__).parents[1].as_posix() for name in OURS}))
assert alerts.packs.load().rows
assert [fleet.packs.load(name) for name in fleet.packs.names()]
assert fleet.programme.shanxi().targets
assert silesia.FILE.stat().st_size > 0
assert (SHIPPED / UNIT).is_file() and (SHIPPED / "sample.toml").is_file()
assert len(list(dashboards.build.REVIEWED.rglob("*.json"))) > 10
assert list(press.TEMPLATES.glob("*.typ"))
"""


def get(address: str) -> tuple[int, bytes]:
    """Status and body; 0 where nobody answers."""
    try:
        with WITHOUT_PROXY.open(address, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, b""
    except OSError:
        return 0, b""


@contextmanager
def running_up(programs: Path, folder: Path) -> Iterator[str]:
    """The address of the pages of a `davy up` that runs in that folder."""
    port = free_port()
    words = [programs / "davy", "up", "--folder", "run", "--port", str(port), "--broker-port", str(free_port())]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=QUIET, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: process.poll() is not None or get(address)[0] == 200, told=lambda: (folder / "up.log").read_text(encoding="utf-8")
        )
        assert process.poll() is None, (folder / "up.log").read_text(encoding="utf-8")
        yield address
    finally:
        process.terminate()
        process.wait(60)


def shows_pages(programs: Path, folder: Path) -> None:
    """A centre starts, and its first page comes with every file that it names."""
    with running_up(programs, folder) as address:
        page = get(address)[1].decode()
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
        answers = {file: get(address + file)[0] for file in files}

    assert "安全灯" in page
    assert len(files) > 1
    assert set(answers.values()) == {200}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Callable[..., Path]:
    """The program folder of an environment with these extras, made once for each."""
    kept: dict[tuple[str, ...], Path] = {}

    def made_once(*extras: str) -> Path:
        if extras not in kept:
            kept[extras] = bare(tmp_path_factory.mktemp("environment") / "-".join(extras))
            furnish(kept[extras], wheel, *extras)
        return kept[extras]

    return made_once


def test_it_has_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    known = said("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES, folder=ROOT).splitlines()
    with zipfile.ZipFile(wheel) as file:
        inside = {name for name in file.namelist() if ".dist-info/" not in name}

    assert inside == {name for name in known if (ROOT / name).is_file()}


def test_it_says_what_it_needs_and_with_which_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        about = message_from_bytes(file.read(name))
    extras = {found[1] for line in about.get_all("Requires-Dist", []) if (found := re.search(r"extra == '(\w+)'", line))}

    assert (about["Name"], about["Version"], about["Requires-Python"]) == ("davylamp", VERSION, ">=3.11")
    assert {"edge", "centre", "lab"} <= extras == set(about.get_all("Provides-Extra", []))


@pytest.mark.parametrize("extras", [("edge",), ("edge", "centre"), ("edge", "centre", "lab")], ids="-".join)
def test_the_lock_has_all_that_an_extra_asks_for(made: Callable[..., Path], wheel: Path, extras: tuple[str, ...]) -> None:
    asked = f"davylamp[{','.join(extras)}] @ {wheel.as_uri()}"
    told = pip(made(*extras), "install", "-q", "--no-index", "--dry-run", "--report", "-", asked)

    assert {one["metadata"]["name"] for one in json.loads(told)["install"]} <= {"davylamp"}


def test_a_gateway_is_set_up_from_the_wheel_alone(made: Callable[..., Path], tmp_path: Path) -> None:
    davy = made("edge") / "davy"

    assert said(davy, "--version", folder=tmp_path) == f"davy, version {VERSION}\n"
    assert "--config" in said(davy, "edge", "--help", folder=tmp_path)
    assert "davy-edge@.service" in said(davy, "edge", "install", "gate-1", "--root", "gateway", folder=tmp_path)
    assert str(davy) in (tmp_path / "gateway/etc/systemd/system/davy-edge@.service").read_text(encoding="utf-8")
    assert "[centre]" in said(davy, "up", folder=tmp_path, good=False)


def test_a_centre_shows_its_pages_from_a_folder_that_is_not_ours(made: Callable[..., Path], tmp_path: Path) -> None:
    shows_pages(made("edge", "centre"), tmp_path)


def test_it_reads_its_files_where_it_is_installed(made: Callable[..., Path], tmp_path: Path) -> None:
    programs = made("edge", "centre")
    places = said(programs / "python", "-c", READS_ITS_FILES.replace("OURS", repr(PACKAGES[:9])), folder=tmp_path).splitlines()[0]

    assert [Path(place).name for place in places.split()] == ["site-packages"]
    assert places.startswith(str(programs.parent))


def test_every_command_is_there_with_all_extras(made: Callable[..., Path], tmp_path: Path) -> None:
    code = "from console.cli.__main__ import COMMANDS, davy\nfor name in COMMANDS: davy.main([name, '--help'], standalone_mode=False)"
    told = said(made("edge", "centre", "lab") / "python", "-c", code, folder=tmp_path)

    assert len(re.findall(r"^Usage: ", told, re.MULTILINE)) == len(COMMANDS)


@pytest.mark.long
def test_it_is_installed_by_the_hashes_of_the_lock_as_a_user_would(wheel: Path, tmp_path: Path) -> None:
    programs = bare(tmp_path / "environment")
    (tmp_path / "runtime.lock").write_text(lock_for("edge", "centre"), encoding="utf-8")
    asked = ["install", "-q", "--no-compile", "--require-hashes", "-r", tmp_path / "runtime.lock"]
    subprocess.run(["python3", "-m", "pip", "--python", programs / "python", *asked], cwd=tmp_path, check=True, timeout=1200)
    pip(programs, "install", "--no-index", f"davylamp[edge,centre] @ {wheel.as_uri()}")

    pip(programs, "check")
    shows_pages(programs, tmp_path)
