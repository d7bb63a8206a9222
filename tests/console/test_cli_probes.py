"""What the checks of `davy doctor` find on real files, locks and ports."""

import asyncio
import hashlib
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from bench.ports import free_port
from console.cli.checks.broker import broker_answer
from console.cli.checks.gateway import probe_devices, probe_outboxes
from console.cli.checks.knock import console_answer, modbus_answer
from console.cli.checks.locks import Lock, look
from console.cli.checks.machine import probe_clock, probe_files, probe_python
from console.cli.checks.ports import There, who
from console.cli.checks.records import probe_records
from console.cli.checks.room import existing, probe_room, used_mib
from console.cli.checks.site import Site, site_of, sqlite_path
from console.cli.checks.store import probe_store
from console.cli.checks.verdict import State
from console.cli.demo import write_demo
from console.cli.embedded import settings_in
from contracts.clock import BUILD_TIME, SystemClock
from contracts.config import BrokerAddress
from edge_agent.process import own
from ingest.config import IngestSettings
from sim_sensors.config import build
from sim_sensors.demo import DEMO_A
from sim_sensors.field.modbus import ModbusField
from store.embedded import EmbeddedStore
from store.records.engine import open_records
from tests.console.apps import app_of
from tests.console.web_pit import Pit

NOW = BUILD_TIME + 1


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    """The demo's first agent: a configuration in which all is well but for what runs."""
    return write_demo(tmp_path, 1).agents["demo-a"]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def centre(folder: Path, **facts: str) -> Site:
    settings = IngestSettings(
        **({"store": str(folder / "store"), "records": f"sqlite:///{folder / 'r.sqlite'}", "folder": str(folder)} | facts)
    )
    return Site(NOW, embedded=False, centre=settings)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


# ---------------------------------------------------------------- store, records, outbox


def test_a_store_that_nobody_uses_tells_its_generation_and_is_left_as_it_is(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    generation = store.generation
    store.close()
    before = contents(tmp_path / "store")
    (finding,) = probe_store(centre(tmp_path))

    assert (finding.verdict.state, generation in finding.verdict.en) == (State.OK, True)
    assert contents(tmp_path / "store") == before


def test_a_store_in_use_is_not_opened(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    (finding,) = probe_store(centre(tmp_path))
    store.close()

    assert finding.verdict.en == f"in use by process {os.getpid()}, which alone may read its generation"


def test_a_store_whose_process_was_killed_tells_its_generation(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "alive")
    shutil.copytree(tmp_path / "alive", tmp_path / "store")
    generation = store.generation
    store.close()
    (finding,) = probe_store(centre(tmp_path))

    assert finding.verdict.en == f"nobody uses it, generation {generation}"


def test_a_store_whose_catalogue_is_no_database_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "catalogue.duckdb").write_bytes(b"x" * 5000)
    (finding,) = probe_store(centre(tmp_path))

    assert finding.verdict.state is State.WRONG
    assert "catalogue cannot be read" in finding.verdict.en


def test_a_store_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (finding,) = probe_store(centre(tmp_path, store=str(tmp_path / "file" / "store")))

    assert finding.verdict.state is State.WRONG


def test_a_store_in_memory_is_a_warning(tmp_path: Path) -> None:
    assert [finding.verdict.state for finding in probe_store(centre(tmp_path, store="memory:"))] == [State.WARNING]


def test_records_are_read_and_left_as_they_are(tmp_path: Path) -> None:
    open_records(f"sqlite:///{tmp_path / 'r.sqlite'}").close()
    before = contents(tmp_path)["r.sqlite"]
    (finding,) = probe_records(centre(tmp_path))

    assert (finding.verdict.state, "tables" in finding.verdict.en) == (State.OK, True)
    assert contents(tmp_path)["r.sqlite"] == before


def test_records_in_use_can_be_read(tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path / 'r.sqlite'}")
    with records.begin():
        (finding,) = probe_records(centre(tmp_path))
    records.close()

    assert finding.verdict.state is State.OK


def test_damaged_records_are_wrong(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "r.sqlite")
    database.execute("create table t (x)")
    database.executemany("insert into t values (?)", [("x" * 100,)] * 1000)
    database.commit()
    database.close()
    with (tmp_path / "r.sqlite").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    (finding,) = probe_records(centre(tmp_path))

    assert finding.verdict.state is State.WRONG


@pytest.mark.parametrize("address", ["oracle+nothing://h/d", "no address", "sqlite:///{at}/text"])
def test_records_that_cannot_be_opened_are_wrong(tmp_path: Path, address: str) -> None:
    (tmp_path / "text").write_text("no database at all, only words" * 50, encoding="utf-8")
    (finding,) = probe_records(centre(tmp_path, records=address.replace("{at}", str(tmp_path))))

    assert finding.verdict.state is State.WRONG


def test_records_in_memory_are_a_warning_and_no_file(tmp_path: Path) -> None:
    assert [finding.verdict.state for finding in probe_records(centre(tmp_path, records="sqlite://"))] == [State.WARNING]
    assert [sqlite_path(address) for address in ("sqlite://", "sqlite:///:memory:", "postgresql://h/d")] == [None] * 3


def test_a_password_in_an_address_is_not_printed(tmp_path: Path) -> None:
    (finding,) = probe_records(centre(tmp_path, records="nothing://me:secret@host/d"))

    assert finding.about == "host/d"
    assert "secret" not in finding.verdict.en


def test_an_outbox_in_use_names_its_process(edge: Path) -> None:
    site = site_of(NOW, [str(edge)], Path("run"), "127.0.0.1", 8600, 18830, {})
    lock = own(edge.parent / "outbox")
    (outbox,), (device,) = probe_outboxes(site), probe_devices(site)
    lock.close()

    assert f"process {os.getpid()}" in outbox.verdict.en
    assert "has not told" in device.verdict.en


def test_two_agents_with_one_folder_are_wrong(tmp_path: Path) -> None:
    agents = write_demo(tmp_path, 1).agents
    site = site_of(
        NOW, [str(agents["demo-a"]), str(agents["demo-b"])], Path("run"), "", 8600, 18830, {"DAVY_FOLDER": str(tmp_path / "one")}
    )

    assert [finding.verdict.state for finding in probe_outboxes(site)] == [State.WRONG] * 2


def test_a_lock_that_is_not_there_or_below_a_file_is_held_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert look(tmp_path / "none") == look(tmp_path / "file" / "owner") == Lock(False)


# ---------------------------------------------------------------- ports, broker, devices, machine


def test_who_has_a_port(taken: int) -> None:
    assert who("127.0.0.1", taken, ours=True) is There.OURS
    assert who("127.0.0.1", taken, ours=False) is There.OTHER
    assert who("127.0.0.1", free_port(), ours=False) is There.NOBODY


def test_a_port_that_cannot_be_had_and_where_nobody_answers_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.checks.ports.is_free", lambda _port, _host: False)

    assert who("127.0.0.1", free_port(), ours=False) is There.LOCKED


def test_another_web_server_is_no_console_of_ours() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"ok": true}')

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        told = console_answer("0.0.0.0", server.server_port)
        thread.join()

    assert told is None


def test_where_nobody_listens_neither_console_nor_broker_nor_device_answers() -> None:
    port = free_port()

    assert console_answer("127.0.0.1", port) is None
    assert "refused" in broker_answer(BrokerAddress(port=port))
    assert modbus_answer("127.0.0.1", port, 1) == "connection refused"
    assert broker_answer(BrokerAddress(host="a" * 70)) != ""


def test_what_a_console_says_of_its_store_is_told_while_its_process_owns_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.checks.store.console_answer", lambda _host, _port: {"store_generation": "g9"})
    store = EmbeddedStore(tmp_path / "store")
    (finding,) = probe_store(Site(NOW, centre=settings_in(tmp_path, 1)))
    store.close()

    assert finding.verdict.en == f"in use by process {os.getpid()}, generation g9"


async def test_the_console_says_its_generation_under_the_name_that_is_read() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(Pit().plant)), base_url="http://davy.test") as client:
        assert isinstance((await client.get("/healthz")).json()["store_generation"], str)


@pytest.mark.servers
async def test_a_simulated_device_answers() -> None:
    clock = SystemClock()
    field = ModbusField(build(DEMO_A, clock.now()), clock)
    port = await field.start("127.0.0.1", 0)
    why = await asyncio.to_thread(modbus_answer, "127.0.0.1", port, DEMO_A.unit)
    await field.stop()

    assert why == ""


def test_room_is_looked_at_where_the_folder_would_be_made(tmp_path: Path) -> None:
    assert existing(tmp_path / "a" / "b") == tmp_path
    assert len(probe_room(centre(tmp_path))) == 1
    assert "MiB free" in probe_room(centre(tmp_path / "x"))[0].verdict.en


def test_what_an_outbox_holds_already_counts_as_its_room(tmp_path: Path) -> None:
    (tmp_path / "0.seg").write_bytes(bytes(3 << 20))

    assert used_mib(tmp_path) == 3


def test_this_machine_is_looked_at_without_an_error() -> None:
    site = Site(SystemClock().now())

    assert [probe(site)[0].verdict.state for probe in (probe_python, probe_files)] == [State.OK, State.OK]
    assert "offset unknown" in probe_clock(site)[0].verdict.en
