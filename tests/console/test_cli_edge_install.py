"""`davy edge install` sets a gateway up, changes nothing that is there, and says what is left to do."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import edge_install
from console.cli.edge_install import command
from contracts.config import load
from contracts.errors import BadConfig
from edge_agent.config import EdgeSettings, check

ROOT = Path(__file__).parents[2]


def run(root: Path, gateway: str = "gate-7", *more: str) -> str:
    done = CliRunner().invoke(command, [gateway, "--root", str(root), "--program", "/opt/davy/bin/davy", *more], catch_exceptions=False)
    return done.output


def files(root: Path) -> dict[str, tuple[str, str]]:
    return {
        str(path.relative_to(root)): (stat.filemode(path.stat().st_mode), path.read_text()) for path in root.rglob("*") if path.is_file()
    }


def test_it_makes_folders_unit_and_a_configuration_that_is_accepted(tmp_path: Path) -> None:
    told = run(tmp_path)

    settings = check(load(EdgeSettings, (tmp_path / "etc/davy/edge-gate-7.toml").read_text(encoding="utf-8"), {}))
    assert (settings.gateway, settings.folder) == ("gate-7", "/var/lib/davy/edge-gate-7")
    assert settings.points == "/etc/davy/points-gate-7.json"
    unit = (tmp_path / "etc/systemd/system/davy-edge@.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/davy/bin/davy edge --config /etc/davy/edge-%i.toml" in unit
    assert "WatchdogSec=" in unit
    modes = {name: stat.filemode((tmp_path / name).stat().st_mode) for name in ("etc/davy", "var/lib/davy/edge-gate-7")}
    assert modes == {"etc/davy": "drwxr-x---", "var/lib/davy/edge-gate-7": "drwx------"}
    assert "待办 to do  启动: systemctl enable --now davy-edge@gate-7" in told
    assert "useradd --system" in told


def test_what_is_there_is_left_as_it_is_and_said(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "etc/davy/edge-gate-7.toml").write_text("mine = 'ours'\n", encoding="utf-8")
    before = files(tmp_path)

    told = run(tmp_path)

    assert files(tmp_path) == before
    assert "完成 done" not in told
    assert "edge-gate-7.toml: differs from ours, left as it is" in told


def test_a_second_gateway_of_the_machine_shares_the_unit(tmp_path: Path) -> None:
    run(tmp_path)

    told = run(tmp_path, "gate-8")

    assert sorted(path.name for path in (tmp_path / "etc/davy").iterdir()) == ["edge-gate-7.toml", "edge-gate-8.toml"]
    assert "differs" not in told


def test_what_it_ships_is_what_the_repository_has() -> None:
    for name, there in (("davy-edge@.service", ROOT / "systemd/davy-edge@.service"), ("sample.toml", ROOT / "sample.toml")):
        assert (edge_install.SHIPPED / name).read_bytes() == there.read_bytes()


def test_a_name_that_is_no_id_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="GATE"):
        run(tmp_path, "GATE/1")

    assert list(tmp_path.iterdir()) == []


def test_a_program_that_the_unit_cannot_see_is_named(tmp_path: Path) -> None:
    program = str(Path("/", "home", "x", "davy"))

    assert f"the unit cannot see {program} (ProtectHome)" in run(tmp_path, "gate-7", "--program", program)


def test_it_works_without_the_centre_s_packages(tmp_path: Path) -> None:
    absent = ("sqlalchemy", "duckdb", "fastapi", "httpx", "jinja2", "psutil", "influxdb_client", "amqtt", "psycopg")
    code = f"""
import sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Nowhere())
from console.cli.__main__ import davy
davy.main(["edge", "install", "gate-1", "--root", {str(tmp_path)!r}])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "etc/davy/edge-gate-1.toml").exists()


def test_on_the_machine_itself_the_groups_that_the_unit_names_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(edge_install.shutil, "which", lambda name: name)
    monkeypatch.setattr(edge_install, "_ids", lambda: None)
    monkeypatch.setattr(edge_install.pwd, "getpwnam", {}.__getitem__)
    monkeypatch.setattr(edge_install.grp, "getgrnam", {}.__getitem__)
    monkeypatch.setattr(
        edge_install.subprocess, "run", lambda order, **_: asked.append(order) or subprocess.CompletedProcess(order, 0, "", "")
    )

    steps = list(edge_install.install("gate-7", tmp_path, "/opt/davy/bin/davy", live=True))

    unit = (tmp_path / "etc/systemd/system/davy-edge@.service").read_text(encoding="utf-8")
    assert f"SupplementaryGroups={edge_install.LINES}\n" in unit
    assert [order[0] for order in asked[:2]] == ["useradd", "groupadd"]
    assert [step.en for step in steps[:2]] == ["system user davy", "system group dialout"]
