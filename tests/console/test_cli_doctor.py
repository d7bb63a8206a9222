"""`davy doctor`: what is said, and broken configurations."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.ports import free_port
from console.cli.demo import write_demo
from console.cli.doctor import CHECKS, command


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    """The demo's first agent: a configuration in which all is well but for what runs."""
    return write_demo(tmp_path, 1).agents["demo-a"]


# ---------------------------------------------------------------- the command


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, env={"DAVY_HOME": None, "DAVY_BROKER_PORT": None})


def test_on_an_empty_folder_nothing_is_wrong_but_perhaps_a_broker_that_is_not_installed(tmp_path: Path) -> None:
    ports = ("--port", str(free_port()), "--broker-port", str(free_port()))
    result = doctor("--folder", str(tmp_path / "run"), *ports, "--json")
    told = json.loads(result.output)

    wrong = {row["check"] for row in told["findings"] if row["state"] == "wrong"}
    assert wrong <= {"mosquitto"}
    assert (result.exit_code, told["ok"]) == ((1, False) if wrong else (0, True))
    looked = {row["check"] for row in told["findings"]}
    assert looked == {"python", "ports", "mosquitto", "broker", "store", "records", "recipients", "clock", "disk", "open files"}
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_said_with_what_to_do_in_both_languages_and_ends_with_1(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text('mine = "Mine 1"\ngateway = "g"\nfolder = "f"\npoints = "p"\nsources = []\n', encoding="utf-8")
    result = doctor("--config", str(path))

    assert result.exit_code == 1
    assert "错误 wrong" in result.output
    assert "mine = 'Mine 1' is refused" in result.output
    assert "-> 可用: 1 to 40 of a-z" in result.output
    assert "-> allowed: 1 to 40 of a-z" in result.output


def test_a_table_of_all_checks_stands_at_the_end(edge: Path) -> None:
    lines = doctor("--config", str(edge)).output.splitlines()
    table = lines[lines.index("", 1) + 1 :]

    assert table[0].split() == ["检查", "check", "对象", "about", "结果", "result"]
    assert any(row.startswith("配置 configuration") and row.endswith("正常 ok") for row in table)
    assert table[-1].startswith("正常 ok: ")


def test_only_what_the_files_name_is_examined(edge: Path) -> None:
    told = json.loads(doctor("--config", str(edge), "--json").output)

    of_files = {"configuration", "points", "devices", "outbox", "outbox room"}
    assert {row["check"] for row in told["findings"]} == of_files | {"python", "mosquitto", "broker", "clock", "disk", "open files"}


def test_only_the_checks_that_are_asked_for_are_made(edge: Path) -> None:
    told = json.loads(doctor("--config", str(edge), "--only", "python", "--only", "points", "--json").output)

    assert [row["check"] for row in told["findings"]] == ["python", "points"]
    assert doctor("--only", "weather").exit_code == 2


def test_the_mistakes_it_knows_are_listed_for_check_that_is_there() -> None:
    page, english = doctor("--list").output, doctor("--list", "--lang", "en").output
    told = re.findall("^## (.+)$", english, re.MULTILINE)

    assert page.startswith("# 常见错误")
    assert english.startswith("# Common mistakes")
    assert set(told) <= set(CHECKS)
    assert re.findall("^## (.+)$", page, re.MULTILINE) == [f"{CHECKS[name][0]} {name}" for name in told]


def test_a_port_that_is_none_is_refused() -> None:
    assert doctor("--port", "70000").exit_code == 2


# ---------------------------------------------------------------- configurations that are broken

EDGE = 'mine = "demo-a"\ngateway = "gate-1"\nfolder = "{at}/outbox"\npoints = "{at}/points.json"\n'
MODBUS = '[[sources]]\nname = "field"\nkind = "modbus_tcp"\nport = 15020\nregisters = "{at}/registers.json"\n'
REPLAY = '[[sources]]\nname = "file"\nkind = "replay"\nfile = "{at}/rows.csv"\nstart = "2026-11-24T08:00:00Z"\n'
BROKEN = {
    "no TOML": ("mine = \n", "file = "),
    "keys of nothing": ('colour = "red"\n', "keys = 'colour'"),
    "a word for a number": (EDGE + MODBUS + '[outbox]\nmax_mb = "much"\n', "outbox.max_mb = 'much'"),
    "a key that is missing": (EDGE.replace("folder", "#") + MODBUS, "folder = None"),
    "a key that does not exist": (EDGE + MODBUS + "[outbox]\nmax_gb = 2\n", "outbox.max_gb = 2"),
    "no sources": (EDGE + "sources = []\n", "sources = '[]'"),
    "two sources of one name": (EDGE + MODBUS + MODBUS, "sources[0].name = 'field'"),
    "a mine that is no id": (EDGE.replace("demo-a", "Demo A") + MODBUS, "mine = 'Demo A'"),
    "another mine's points": (EDGE.replace("demo-a", "demo-b") + MODBUS, "mine = 'demo-b'"),
    "points that are not there": (EDGE.replace("points.json", "none.json") + MODBUS, "points = "),
    "points that are no registry": (EDGE.replace("points.json", "edge.toml") + MODBUS, "registry = "),
    "registers that are not there": (EDGE + MODBUS.replace("registers.json", "none.json"), "registers = "),
    "registers that are no map": (EDGE + MODBUS.replace("registers.json", "points.json"), "registers"),
    "a file to replay that is not there": (EDGE + REPLAY, "sources[0] = 'file'"),
    "a start that is no time": (EDGE + REPLAY.replace("2026-11-24T08:00:00Z", "soon").replace("rows", "good"), "'soon'"),
    "a row without numbers": (EDGE + REPLAY.replace("rows", "bad"), "bad.csv line 2"),
    "a broker's port": (EDGE + MODBUS + "[broker]\nport = 99999\n", "broker.port = 99999"),
    "a device's preset": ('[[devices]]\nname = "x"\nkind = "mine"\npreset = "calm"\n', "devices[0].preset = 'calm'"),
    "a device's recording": ('[[devices]]\nname = "x"\nkind = "replay"\nrecording = "none.csv"\n', "devices[0].recording = 'none.csv'"),
    "a simulator without devices": ("devices = []\n", "devices = '[]'"),
    "a certificate that is not there": (
        EDGE + MODBUS + '[broker]\nca_file = "none.pem"\n',
        "broker.ca_file/cert_file/key_file = 'none.pem'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_configuration_is_named_with_key_and_value(edge: Path, case: str) -> None:
    text, said = BROKEN[case]
    (edge.parent / "good.csv").write_text("time,MF-RUN1\n2026-11-24T08:00:00Z,1\n", encoding="utf-8")
    (edge.parent / "bad.csv").write_text("time\n2026-11-24T08:00:00Z,x\n", encoding="utf-8")
    edge.write_text(text.replace("{at}", str(edge.parent)), encoding="utf-8")
    result = doctor("--config", str(edge))

    assert result.exit_code == 1
    assert said in result.output
