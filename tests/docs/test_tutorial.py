"""The tutorial, typed from its first command to its last, and the pages on backups and audits after it, on the same plant.

A command that runs on (`davy up`, the agent, ...) is left running until its section is over; ports are other ones than on the page."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.ports import free_port
from tests.docs.commands import SHELLS, commands, fences
from tests.docs.typed import is_typed
from tests.waiting import wait_until
from tools.docs.metrics import metrics

pytestmark = pytest.mark.servers
TUTORIAL = "docs/tutorial.md"
RUNS_ON = re.compile(r"davy (up|sim --config|edge --config) ?|python3 listen")
EXITS = {"davy fleet verify altered": 1, "davy store migrate --check": 0}


class Desk:
    """One person's folder and terminals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages, self.broker, self.device, self.hook, self.watched = (free_port() for _ in range(5))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.changed: dict[str, str] = {"127.0.0.1:9000": f"127.0.0.1:{self.hook}", '"127.0.0.1", 9000': f'"127.0.0.1", {self.hook}'}
        self.changed |= {"15099": str(self.device)}
        self.env = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DAVY_PORT": str(self.pages),
            "DAVY_URL": f"http://127.0.0.1:{self.pages}",
            "DAVY_BROKER_PORT": str(self.broker),
        }

    def told(self, text: str) -> str:
        for old, new in self.changed.items():
            text = text.replace(old, new)
        return text

    def type(self, line: str) -> str:
        """What a command printed; it ended as it should."""
        if RUNS_ON.match(line):
            self.start(line)
            return ""
        done = subprocess.run(
            ["bash", "-euc", self.told(line)], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=240, check=False
        )
        wanted = next((code for beginning, code in EXITS.items() if line.startswith(beginning)), 0)
        assert done.returncode == wanted, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, line: str) -> None:
        """Leave a command running in a terminal of its own, and wait until it serves."""
        env = self.env | ({"DAVY_METRICS_PORT": str(self.watched)} if line.startswith("davy up") else {})
        with (self.folder / f"terminal-{len(self.running)}.log").open("wb") as log:
            self.running[line] = subprocess.Popen(
                shlex.split(self.told(line)), cwd=self.folder, env=env, stdout=log, stderr=subprocess.STDOUT
            )
        port = {"davy up": self.pages, "davy si": self.device, "python3": self.hook}.get(line[:7])
        wait_until(lambda: port is None or answers(port), told=lambda: self.printed(line))

    def printed(self, line: str) -> str:
        """What stands in the terminal of a running command."""
        return (self.folder / f"terminal-{list(self.running).index(line)}.log").read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """Ctrl-C in every terminal; each command ends well by it."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        codes = {line: process.wait(timeout=60) for line, process in self.running.items()}
        self.running.clear()
        assert {line: code for line, code in codes.items() if line.startswith("davy") and code not in (0, 130)} == {}


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    (desk.folder / ".venv").mkdir()
    yield desk
    desk.end()


def blocks(heading: str, until: str) -> list[str]:
    """The commands that are typed between two headings of the tutorial; its files are written on the way."""
    lines = commands(TUTORIAL)
    return [line for line in lines[lines.index(heading) : lines.index(until) if until else None] if is_typed(TUTORIAL, line)]


def test_a_sensor_of_your_own_and_an_alarm_at_your_webhook(desk: Desk) -> None:
    for fence in fences(TUTORIAL):
        if fence.title:
            (desk.folder / fence.title).write_text(desk.told(fence.text), encoding="utf-8")

    assert "version" in desk.type("davy --version")
    for line in blocks("davy sim --config sensor.toml", "davy gaps my-mine"):
        printed = desk.type(line)
        if "probe" in line:
            assert "face_return_corner (≥ 1)" in printed
    listener = "python3 listen.py"
    wait_until(lambda: "[ALARM]" in desk.printed(listener) and "[RETURNED]" in desk.printed(listener), told=lambda: desk.printed(listener))
    assert "Art.536, Table 19" in desk.printed(listener)


def test_the_mine_is_asked_and_answers_from_the_command_line(desk: Desk) -> None:
    alarms = httpx.get(f"{desk.env['DAVY_URL']}/api/v1/alarms?mine=my-mine", timeout=30).json()["items"]
    desk.changed |= {f"davy alarms {deed} 2": f"davy alarms {deed} {alarms[0]['id']}" for deed in ("acknowledge", "show", "answer")}

    printed = {line: desk.type(line) for line in blocks("davy gaps my-mine", "sh docker/secrets.sh")}

    wait_until(lambda: "100.00 %" in desk.type("davy gaps my-mine"))
    assert "T01" in printed["davy alarms inbox --mine my-mine"]
    assert "王工" in desk.type("davy alarms show 2")


def test_every_metric_that_is_served_stands_in_the_reference_with_its_help(desk: Desk) -> None:
    told = {one.name: one.help for one in metrics()}
    served = {
        family.name: family.documentation
        for family in text_string_to_metric_families(httpx.get(f"http://127.0.0.1:{desk.watched}/metrics", timeout=30).text)
        if family.name.startswith("davy_") and not family.name.endswith("_created")
    }

    assert len(served) > 20
    assert {name: help for name, help in served.items() if told.get(name) != help} == {}


def test_a_backup_is_made_checked_and_put_back(desk: Desk) -> None:
    desk.env["DAVY_HOME"] = "my-mine/centre"
    desk.changed["run/ingest/backups/"] = "my-mine/centre/ingest/backups/"
    page = "docs/how-to/back-up.md"
    lines = [line for line in commands(page) if is_typed(page, line)]

    desk.type(lines[0])
    [made] = (desk.folder / "my-mine/centre/ingest/backups").glob("davy-*Z")
    desk.changed["davy-20261124T120000Z"] = made.name
    for line in lines[1:]:
        if RUNS_ON.match(line):
            desk.end()
        desk.type(line)

    assert "my-mine" in httpx.get(f"{desk.env['DAVY_URL']}/api/v1/mines", timeout=30).text
    desk.end()


def test_a_count_is_audited_and_a_changed_digit_is_found(desk: Desk) -> None:
    printed = {line: desk.type(line) for line in blocks("davy sim province --mines 12 --days 40 --folder province", "")}

    assert "12 矿 / mines" in printed["davy fleet verify fleet.jsonl.gz --anchor anchors.txt"]
    assert "✗ line 100" in printed["davy fleet verify altered.jsonl --anchor anchors.txt"]
    page = "docs/how-to/audit-a-count.md"
    (desk.folder / "fleet.jsonl.gz").unlink()
    for line in dict.fromkeys(commands(page)):
        if is_typed(page, line):
            desk.type(line)


def test_the_certificates_of_the_opc_ua_page_are_made(desk: Desk) -> None:
    for line in commands("docs/how-to/opc-ua.md"):
        if is_typed("docs/how-to/opc-ua.md", line):
            desk.type(line)

    assert (desk.folder / "gateway.der").stat().st_size > 300


def test_the_files_that_the_tutorial_asks_for_are_all_named() -> None:
    assert [fence.title for fence in fences(TUTORIAL) if fence.language not in SHELLS] == ["sensor.toml", "gas.csv", "listen.py"]
