"""The units in `systemd/`: systemd reads them, they start commands that exist, are watched for progress, and may do little else."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.__main__ import COMMANDS
from console.cli.edge_install import UNIT
from console.cli.edge_install import command as edge_install

UNITS = sorted((Path(__file__).parents[2] / "systemd").glob("*.service"))
EXECUTABLE = "/opt/davy/.venv/bin/davy"

every_unit = pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)


def service(path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's keys have capitals
    parser.read(path, encoding="utf-8")
    return parser["Service"]


def test_there_is_a_unit_for_the_edge_the_centre_and_ingest_alone() -> None:
    assert [path.name for path in UNITS] == ["davy-centre.service", "davy-edge@.service", "davy-ingest.service"]


@every_unit
def test_it_starts_a_command_that_exists_as_nobody_in_particular(path: Path) -> None:
    program, command, *options = service(path)["ExecStart"].split()

    assert (program, command in COMMANDS, options[0]) == (EXECUTABLE, True, "--config")
    assert service(path)["User"] == service(path)["Group"] == "davy"


@every_unit
def test_systemd_waits_for_its_sign_of_life_and_starts_it_again(path: Path) -> None:
    unit = service(path)

    assert (unit["Type"], unit["NotifyAccess"], unit["Restart"]) == ("notify", "main", "always")
    assert int(unit["WatchdogSec"]) >= 60


def verified(path: Path, folder: Path) -> Path:
    """The unit with a program that this machine has."""
    there = folder / path.name
    there.write_text(path.read_text(encoding="utf-8").replace(EXECUTABLE, sys.executable), encoding="utf-8")
    return there


def complaints(unit: Path) -> tuple[int, list[str]]:
    """What `systemd-analyze verify` ends with and says about ours; skips where there is none."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=240)
    return done.returncode, [line for line in done.stderr.splitlines() if "davy-" in line]


@every_unit
def test_systemd_has_nothing_to_say_against_it(path: Path, tmp_path: Path) -> None:
    assert complaints(verified(path, tmp_path)) == (0, [])


def test_nor_against_the_unit_that_edge_install_leaves(tmp_path: Path) -> None:
    asked = ["gate-7", "--root", str(tmp_path), "--program", sys.executable]
    told = CliRunner().invoke(edge_install, asked, catch_exceptions=False).output
    unit = tmp_path / "etc/systemd/system" / UNIT

    assert f"/etc/systemd/system/{UNIT}" in told
    assert service(unit)["ExecStart"] == f"{sys.executable} edge --config /etc/davy/edge-%i.toml"
    assert complaints(unit) == (0, [])


def test_systemd_would_say_what_is_wrong(tmp_path: Path) -> None:
    """Where it finds nothing it has looked: a key that is none, and a program that is nowhere, are named."""
    unit = verified(UNITS[0], tmp_path)
    unit.write_text(
        unit.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchDog=").replace(sys.executable, "/nowhere/davy"), encoding="utf-8"
    )
    code, said = complaints(unit)

    assert code != 0
    assert len(said) >= 2


@every_unit
def test_it_may_do_little_else(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    asked = [program, "security", "--offline=true", "--no-pager", verified(path, tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=240)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    if exposure is None:
        pytest.skip("this systemd-analyze cannot judge a unit that is not loaded")

    assert float(exposure[1]) < 2.5
