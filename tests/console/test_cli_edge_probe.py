"""`davy edge probe`: what a device answers, point by point, without an agent and without writing anything."""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pymodbus.simulator import SimDevice

from bench.ports import free_port
from console.cli.edge import command
from contracts.errors import BadConfig
from contracts.points import Point, Registry
from contracts.registers import Register, RegisterMap
from edge_agent.process import own
from tests.edge_agent.modbus_peer import Tap, tcp, unit, words, written
from tests.waiting import LIMIT_S

POINTS = (
    Point("T01", "methane", "face", "工作面", "face", limit_row="face_low_high", mapped_by="someone"),
    Point("V01", "wind_speed", "face", "工作面", "face", limit_row="gone", mapped_by="someone"),
    Point("X01", "methane", "face", "上隅角", "corner"),
    Point("Y01", "methane", "elsewhere", "别处", "elsewhere"),
)
MAP = RegisterMap(7, (Register("T01", 0, decimals=2, state_address=1), Register("V01", 2, decimals=1), Register("X01", 40)))


@dataclass
class Gateway:
    """A configuration in a folder of its own."""

    folder: Path
    port: int

    def __post_init__(self) -> None:
        registers = written(self.folder, MAP)
        (self.folder / "points.json").write_bytes(Registry("m", "矿", "m", POINTS).data)
        (self.folder / "edge.toml").write_text(
            f'mine = "m"\ngateway = "g"\nfolder = "{self.folder}/outbox"\npoints = "{self.folder}/points.json"\n'
            f'[[sources]]\nname = "face"\nkind = "modbus_tcp"\nport = {self.port}\nregisters = "{registers}"\ntimeout_s = 60\n',
            encoding="utf-8",
        )

    def probe(self, *more: str) -> Result:
        return CliRunner().invoke(
            command, ["probe", *(more or ("face",)), "--config", str(self.folder / "edge.toml")], standalone_mode=False
        )


@contextlib.contextmanager
def device(*units: SimDevice) -> Iterator[Tap]:
    """In a thread of its own: the command has an event loop of its own too."""
    loop, up = asyncio.new_event_loop(), threading.Event()
    taps: list[tuple[Tap, int]] = []
    stop = asyncio.Event()

    async def serve() -> None:
        async with tcp(*units) as port:
            tap = Tap(port)
            proxy = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
            taps.append((tap, proxy.sockets[0].getsockname()[1]))
            up.set()
            await stop.wait()
            proxy.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(LIMIT_S)
    tap, tap.port = taps[0][0], taps[0][1]
    try:
        yield tap
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(LIMIT_S)
        loop.close()


@pytest.mark.servers
def test_it_shows_words_value_unit_quality_limit_row_and_doubts_and_writes_nothing(tmp_path: Path) -> None:
    with device(unit(7, [words(0, 185, 1, 999), words(50, 1)])) as tap:
        gateway = Gateway(tmp_path, tap.port)
        before = sorted(tmp_path.rglob("*"))
        shown = gateway.probe()
        told = json.loads(gateway.probe("face", "--json").stdout)

    lines = shown.stdout.splitlines()
    assert shown.return_value == 0
    assert tuple(part.strip() for part in lines[2].split("  ") if part.strip())[2:5] == ("00b9 / 0001", "1.85 %CH4", "报警 alarm")
    assert "达到报警值" in lines[2]
    assert "超出物理范围 -30 … 30 m/s" in lines[3]
    assert "pack cmsr-2025 has no limit row gone" in lines[3]
    assert "无应答 / no answer" in lines[4]
    assert "exception 2 (illegal data address) to holding 40+1" in shown.stdout
    assert re.search(r"2 of 3 points answered in \d+\.\d", shown.stdout)
    assert [point["point"] for point in told["points"]] == ["T01", "V01", "X01"]
    assert (told["points"][0]["raw"], told["points"][0]["value"], told["points"][0]["quality"]) == ("00b9 / 0001", 1.85, 1)
    assert told["points"][2]["time"] is None
    assert sorted(tmp_path.rglob("*")) == before
    assert set(tap.sent[7::12]) == {3}


@pytest.mark.servers
def test_a_device_that_is_not_there_is_told_in_words_and_by_the_exit_code(tmp_path: Path) -> None:
    shown = Gateway(tmp_path, free_port()).probe()

    assert shown.return_value == 1
    assert "无应答 no answer: face" in shown.stdout
    assert "说明 why: no connection" in shown.stdout
    assert "0 of 3 points answered" in shown.stdout


@pytest.mark.servers
def test_an_agent_that_reads_the_device_now_is_named(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, free_port())
    lock = own(tmp_path / "outbox")
    shown = gateway.probe()
    lock.close()

    assert "the agent (process " in shown.stdout


def test_a_source_that_is_not_configured_is_refused_with_those_that_are(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, 1)
    refused = gateway.probe("fans")

    assert isinstance(refused.exception, BadConfig)
    assert "allowed: face" in str(refused.exception)
