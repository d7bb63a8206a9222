"""A drill through the whole chain as people hold it: agent, broker, journal, webhook, acknowledgement; every step is measured."""

import contextlib
import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.ports import free_port
from tests.alerts.receiver import Receiver, receiving
from tests.end_to_end.harness import ROOT, Proc, broker_or_skip, davy, status_in
from tests.waiting import wait_until

MINE, GATEWAY = "alpha", "gate-1"
REACHED = {"decided", "sent", "received", "journaled", "receipted", "notified"}


class Pithead:
    """`davy up` with a webhook, one simulated mine and its agent, which trusts a key."""

    def __init__(self, folder: Path, hook: str) -> None:
        broker_or_skip()
        self.folder, self.port, self.broker, field = folder, free_port(), free_port(), free_port()
        self.key, self.edge = folder / "care.key", folder / MINE / "edge.toml"
        (folder / "sim.toml").write_text(f'[[devices]]\nname = "{MINE}"\nkind = "mine"\nport = {field}\n', encoding="utf-8")
        self.run("sim", "--config", str(folder / "sim.toml"), "--write", str(folder))
        trust = self.run("care", "key", str(self.key)).stdout
        self.edge.write_text(trust + self._edge(field), encoding="utf-8")
        up = ["up", "--folder", str(folder / "centre"), "--port", str(self.port), "--broker-port", str(self.broker), "--webhook", hook]
        self.procs = [
            Proc(davy("sim", "--config", str(folder / "sim.toml")), folder / "sim.log"),
            Proc(davy(*up), folder / "up.log"),
            Proc(davy("edge", "--config", str(self.edge)), folder / "edge.log"),
        ]
        for proc in self.procs:
            proc.start()
        wait_until(self._received)
        wait_until(self._answers)

    def _edge(self, field: int) -> str:
        home = self.folder / MINE
        return f"""mine = "{MINE}"
gateway = "{GATEWAY}"
folder = "{home / "outbox"}"
points = "{home / "points.json"}"
[broker]
port = {self.broker}
[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = 0.5
port = {field}
registers = "{home / "registers.json"}"
"""

    def _received(self) -> bool:
        status = status_in(self.folder / MINE / "outbox")
        return status is not None and status.connected and status.receipts > 0 and status.polled > 0

    def _answers(self) -> bool:
        """Whether the pages take connections: readings are received before they do."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(davy(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def drill(self, *arguments: str) -> dict:
        """A drill that has reached every step but the last one, which is a person's."""
        url = f"http://127.0.0.1:{self.port}"
        point = json.loads((self.folder / MINE / "points.json").read_bytes())["points"][0]["id"]
        said = ("--name", "王工", "--words", "月度演练", "--wait", "1", "--json", "--url", url)
        begun = json.loads(self.run("alarms", "drill", MINE, point, *said, *arguments).stdout)
        seen = [begun]

        def told() -> bool:
            seen.append(self.call(f"drills/{begun['id']}"))
            return {step["step"] for step in seen[-1]["steps"] if step["at"]} >= REACHED

        wait_until(told, told=lambda: seen[-1])
        return seen[-1]

    def call(self, path: str, body: dict | None = None) -> dict:
        url, data = f"http://127.0.0.1:{self.port}/api/v1/{path}", None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"}), timeout=60) as answer:
            return json.load(answer)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def pithead(tmp_path: Path, hook: Receiver) -> Iterator[Pithead]:
    made = Pithead(tmp_path, hook.address)
    yield made
    for proc in reversed(made.procs):
        proc.terminate()


@pytest.mark.servers
def test_a_signed_drill_goes_the_whole_chain_and_every_step_is_filed(pithead: Pithead, hook: Receiver) -> None:
    drill = pithead.drill("--key", str(pithead.key), "--port", str(pithead.broker))
    after = {step["step"]: step["after_ms"] for step in drill["steps"]}
    for step in REACHED:
        assert after[step] is not None, drill["steps"]
    assert after["asked"] < after["decided"] == 0 <= after["sent"] <= after["receipted"] < 60_000
    assert after["received"] <= after["journaled"] <= after["notified"] < 60_000
    assert drill["whole"] is False, "nobody acknowledged yet"

    (told,) = [message for message in hook.accepted if message["transition"]["change"] == "drill"]
    assert told["test"] is True
    assert told["text"]["zh"].startswith("【演练，不是报警】")
    assert told["alarm"]["active"] is False

    pithead.call(f"alarms/{drill['alarm']}/acknowledge", {"name": "李工", "words": "收到"})
    filed = pithead.call(f"drills/{drill['id']}")
    assert filed["whole"] is True
    assert filed["steps"][-1]["who"] == "李工"
    assert [one["id"] for one in pithead.call("drills")["items"]] == [drill["id"]]
    waiting = pithead.call("mines")["items"][0]["alarms"]["unacknowledged"]
    called = pithead.call(f"alarm-health?mine={MINE}")["called"]
    others = [one for one in pithead.call("alarms")["items"] if one["rule"] != "drill.test"]  # last: there may be more of them by now
    assert waiting <= len(others)
    assert called <= len(others)

    here = pithead.drill("--edge", str(pithead.edge))
    assert here["way"] == "gateway"
    assert {step["step"] for step in here["steps"] if step["at"]} >= REACHED
