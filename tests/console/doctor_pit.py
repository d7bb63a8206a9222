"""A small mine on one machine in which all is well, for mistakes to be made in; and what stands at the other ends of its lines."""

import asyncio
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from bench.ports import free_port
from console.certs.folder import CERT, CLIENTS, KEY, init
from console.cli.doctor import command
from console.cli.init import command as make
from contracts.clock import DAY, SystemClock
from ingest.broker.child import Listener
from ingest.broker.production import CA, INGEST
from store.embedded import EmbeddedStore
from store.lease import Lease
from store.records.engine import Records, open_records

POINTS = (
    "T01 quantity=methane unit=% place=face area=1 address=0 decimals=2 limit_row=face_low_high",
    "W01 quantity=wind_speed unit=m/s place=return area=1 address=2 form=f32",
)
WORDS = [85, 0, 0x3FC0, 0x0000]
"""0.85 %CH4, and 1.5 m/s with the high word first."""


@dataclass
class Pit:
    """What a case opens it gives to `stack`."""

    place: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arguments = ["--config", str(self.edge), "--config", str(self.centre)]

    @property
    def edge(self) -> Path:
        return self.place / "edge.toml"

    @property
    def centre(self) -> Path:
        return self.place / "centre.toml"

    @property
    def records(self) -> str:
        return f"sqlite:///{self.place / 'centre/records.sqlite'}"

    def made(self, *more: str, device: str = "127.0.0.1:1", points: tuple[str, ...] = POINTS) -> None:
        """Written by `davy init`, again."""
        typed = [part for point in points for part in ("--point", point)]
        told = ["--mine", "north", "--device", device, *typed, "--by", "w", "--tell", "http://127.0.0.1:1/x", "--yes", "--force", *more]
        done = CliRunner().invoke(make, [str(self.place), *told])
        assert done.exit_code == 0, (done.output, done.exception)

    def change(self, path: Path, before: str, after: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert before in text, (before, text)
        path.write_text(text.replace(before, after), encoding="utf-8")

    def opened(self) -> Records:
        """The records, as a centre makes them."""
        (self.place / "centre").mkdir(exist_ok=True)
        records = open_records(self.records)
        self.stack.callback(records.close)
        return records

    def run_centre(self, store: Path | None = None) -> None:
        """What a centre that runs holds: its store and the lease on its records."""
        lease = Lease(self.opened(), SystemClock())
        self.stack.callback(lease.release)
        held = EmbeddedStore(store or self.place / "centre/store")
        self.stack.callback(held.close)

    def asked(self, check: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and findings of that check."""
        return self._asked("--only", check)

    def asked_all(self) -> tuple[int, list[dict[str, Any]]]:
        """Of every check."""
        return self._asked()

    def _asked(self, *more: str) -> tuple[int, list[dict[str, Any]]]:
        environment = dict.fromkeys(("DAVY_HOME", "DAVY_PORT", "DAVY_BROKER_PORT", "DAVY_URL")) | self.environment
        done = CliRunner().invoke(command, [*self.arguments, *more, "--json"], env=environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), (done.output, done.exception)
        return done.exit_code, json.loads(done.output)["findings"]


Case = Callable[[Pit], Iterator[None]]
"""Makes a pit in which all is well, yields, and makes the mistake."""


# ---------------------------------------------------------------- the other ends


@contextmanager
def broker(context: ssl.SSLContext | None = None, answer: bytes = b"\x20\x02\x00\x00", came: list[bytes] | None = None) -> Iterator[int]:
    """Speaks as much MQTT 3.1.1 as a CONNECT needs (3.2: CONNACK); its port. `came`: what was sent to it goes there."""
    heard = [] if came is None else came

    class Client(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                line = context.wrap_socket(self.request, server_side=True) if context else self.request
                while data := line.recv(4096):
                    heard.append(data)
                    if data[0] == 0x10 and answer:
                        line.sendall(answer)
                    elif data[0] == 0x16:
                        return  # a TLS hello is no packet of MQTT
            except OSError:
                return

    with serving(Client) as port:
        yield port


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@contextmanager
def listening() -> Iterator[int]:
    """A port that is taken, and on which nobody says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@contextmanager
def device(words: list[int], delay_s: float = 0.0) -> Iterator[int]:
    """A Modbus TCP device with these holding registers; its port."""
    port, loop = free_port(), asyncio.new_event_loop()

    async def show(_f: int, _s: int, _a: int, _c: int, memory: list[int], _w: object) -> None:
        await asyncio.sleep(delay_s)
        memory[: len(words)] = words

    async def start() -> ModbusTcpServer:
        memory = SimData(0, count=len(words), values=0, datatype=DataType.REGISTERS, readonly=True)
        server = ModbusTcpServer(SimDevice(1, [memory], action=show), address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        return server

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass(frozen=True)
class Authority:
    """A CA with a broker and its clients' certificates, all made by `davy certs`."""

    folder: Path

    @classmethod
    def new(cls, folder: Path, *, name: str = "127.0.0.1", days: int = 400, now: int | None = None) -> "Authority":
        init(folder, [name], Listener(), SystemClock().now() if now is None else now, days=days, ca_days=max(days, 3650))
        return cls(folder)

    def server(self, *, wants_certificate: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "broker/broker.pem")
        if wants_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.folder / "broker" / CA)
        return context

    def files(self, name: str = INGEST) -> dict[str, str]:
        """`[broker]` keys of a client's newest certificate."""
        place = max((self.folder / CLIENTS / name).iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return {"ca_file": str(place / CA), "cert_file": str(place / CERT), "key_file": str(place / KEY)}


def year_from(now: int) -> int:
    return now + 365 * DAY
