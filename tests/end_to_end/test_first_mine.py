"""The newcomer's way, as NEXT.md of `davy init` tells it: an own Modbus sensor connected, a reading in the store, an alarm at a webhook."""

import asyncio
import json
import shlex
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from bench.ports import free_port
from tests.end_to_end.harness import ROOT, Proc, broker_or_skip, davy
from tests.waiting import LIMIT_S, until

pytestmark = pytest.mark.servers

POINT = "T01 quantity=methane unit=% place=工作面 area=1301 address=0 decimals=2 limit_row=face_low_high"


@asynccontextmanager
async def sensor(port: int, words: list[int]) -> AsyncIterator[None]:
    """Somebody's own device: holding registers that show these words."""

    async def show(_f: int, _s: int, _a: int, _c: int, memory: list[int], _w: object) -> None:
        memory[: len(words)] = words

    memory = SimData(0, count=len(words), values=0, datatype=DataType.REGISTERS, readonly=True)
    server = ModbusTcpServer(SimDevice(1, [memory], action=show), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address, and what was posted to it."""
    got: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/alarms", got
        server.shutdown()


def commands(place: Path) -> list[str]:
    """What NEXT.md says to type, in order."""
    lines = (place / "NEXT.md").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("   davy ")]


def typed(line: str, *more: str) -> list[str]:
    return davy(*shlex.split(line)[1:], *more)


async def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, cwd=ROOT, timeout=LIMIT_S, check=False)


async def doubts_of(doctor: str, pages: int) -> set[str]:
    """What the doctor, run as NEXT.md says, does not find sound; nothing of it is wrong."""
    looked = await run(typed(doctor, "--json", "--port", str(pages)))
    assert looked.returncode == 0, looked.stdout
    return {row["check"] for row in json.loads(looked.stdout)["findings"] if row["state"] != "ok"}


async def test_from_init_to_a_reading_in_the_store_and_an_alarm_at_a_webhook(
    tmp_path: Path, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    broker_or_skip()
    address, got = webhook
    place, device, broker, pages = tmp_path / "mine", free_port(), free_port(), free_port()
    told = ("--mine", "my-mine", "--device", f"127.0.0.1:{device}", "--point", POINT, "--by", "王工", "--tell", address)
    made = await run(davy("init", str(place), *told, "--broker", f"127.0.0.1:{broker}", "--yes"))
    assert made.returncode == 0, made.stderr
    probe, up, edge, doctor, gaps, test, *_ = commands(place)
    centre = Proc(typed(up, "--port", str(pages)), tmp_path / "up.log")
    agent = Proc(typed(edge), tmp_path / "edge.log")

    async with sensor(device, [123]), httpx.AsyncClient(base_url=f"http://127.0.0.1:{pages}/api/v1", trust_env=False) as client:
        assert "1.23 %CH4" in (await run(typed(probe))).stdout

        async def last() -> Any:
            try:
                items = (await client.get("/mines/my-mine/points")).json().get("items", [])
            except (httpx.HTTPError, ValueError):
                return None
            return items[0].get("value") if items else None

        try:
            centre.start()
            agent.start()
            found: list[Any] = []
            async with asyncio.timeout(LIMIT_S):
                while not (found and found[-1]):
                    assert not centre.ended, centre.log.read_text(encoding="utf-8")[-2000:]
                    found.append(await last())
                    await asyncio.sleep(0.2)
            assert found[-1] == 1.23
            series = (await client.get("/mines/my-mine/points/T01/series")).json()
            assert 1.23 in series["last"], series
            await until(lambda: any("T01" in one["text"]["zh"] and not one.get("test") for one in got))

            asked = await run(typed(test, "--url", f"http://127.0.0.1:{pages}"))
            assert asked.returncode == 0, asked.stdout + asked.stderr
            assert any(one.get("test") for one in got)
            assert "my-mine/gate-1" in (await run(typed(gaps, "--url", f"http://127.0.0.1:{pages}"))).stdout

            async with asyncio.timeout(LIMIT_S):
                while "outbox" in (doubts := await doubts_of(doctor, pages)):
                    pass  # the agent's last word about itself may be of before it was connected
            assert doubts <= {"backup", "clock"}
        finally:
            agent.terminate()
            centre.terminate()


async def test_the_certificates_of_next_md_are_those_that_the_configurations_name(tmp_path: Path) -> None:
    """Up to the two commands that need root and the broker's machine."""
    place = tmp_path / "mine"
    told = ("--mine", "my-mine", "--device", "127.0.0.1", "--point", POINT, "--by", "王工")
    made = await run(davy("init", str(place), *told, "--broker", "broker.example:8883", "--tls", "--yes"))
    assert made.returncode == 0, made.stderr
    lines = [line.strip() for line in (place / "NEXT.md").read_text(encoding="utf-8").splitlines()]
    steps = [line for line in lines if line.startswith(("davy certs", f"install -D -m 600 -t {place}"))]
    assert len(steps) == 4
    for line in steps:
        done = await run(typed(line) if line.startswith("davy") else ["sh", "-c", line])
        assert done.returncode == 0, (line, done.stderr)

    configs = ("--config", str(place / "edge.toml"), "--config", str(place / "centre.toml"))
    looked = await run(davy("doctor", *configs, "--only", "certificates", "--only", "identity", "--only", "secrets", "--json"))
    states = {(row["check"], row["state"]) for row in json.loads(looked.stdout)["findings"]}
    assert states == {(check, "ok") for check in ("certificates", "identity", "secrets")}, looked.stdout
