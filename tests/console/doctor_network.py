"""Mistakes at the ends of lines: ports, broker, certificates, devices. Each: all is well, then the mistake."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from bench.ports import free_port
from console.certs.folder import CaFolder
from contracts.clock import DAY, HOUR, SECOND, SystemClock, iso
from edge_agent.diary import Facts, Status
from edge_agent.process import own
from tests.console.doctor_pit import WORDS, Authority, Case, Pit, broker, device, listening, year_from

NOW = SystemClock().now()


def _hasty(pit: Pit) -> None:
    """Nobody answers: it is no use to wait for it long."""
    for place in ("knock", "broker", "broker_door"):
        pit.monkeypatch.setattr(f"console.cli.checks.{place}.PATIENCE_S", 0.5)


def port_taken(pit: Pit) -> Iterator[None]:
    pit.arguments = ["--folder", str(pit.place / "run"), "--port", str(free_port()), "--broker-port", str(free_port())]
    yield
    _hasty(pit)
    pit.arguments[3] = str(pit.stack.enter_context(listening()))


def metrics_port_taken(pit: Pit) -> Iterator[None]:
    port = free_port()
    pit.change(pit.centre, "# metrics_port = 0", f"metrics_port = {port}")
    yield
    _hasty(pit)
    pit.change(pit.centre, f"metrics_port = {port}", f"metrics_port = {pit.stack.enter_context(listening())}")


def no_mosquitto(pit: Pit) -> Iterator[None]:
    program = pit.place / "bin/mosquitto"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho mosquitto version 2.0.11\n", encoding="ascii")
    program.chmod(0o755)
    pit.monkeypatch.setattr("console.cli.checks.broker.find_mosquitto", lambda: str(program))
    pit.arguments = ["--folder", str(pit.place / "run")]
    yield
    pit.monkeypatch.undo()
    pit.monkeypatch.setenv("PATH", str(pit.place / "empty"))
    pit.monkeypatch.setattr("ingest.broker.mosquitto.PLACES", (), raising=False)


# ---------------------------------------------------------------- the broker


def _at(pit: Pit, port: int, more: dict[str, str] | None = None, host: str = "127.0.0.1") -> None:
    """The gateway's broker is there; nothing else is looked at."""
    pit.made()
    keys = {"host": f'"{host}"', "port": str(port), **{key: f'"{value}"' for key, value in (more or {}).items()}}
    text, section = pit.edge.read_text(encoding="utf-8"), "".join(f"{key} = {value}\n" for key, value in keys.items())
    head, _, rest = text.partition("[broker]\n")
    pit.edge.write_text(f"{head}[broker]\n{section}\n[outbox]\n{rest.partition('[outbox]')[2]}", encoding="utf-8")
    pit.arguments = ["--config", str(pit.edge)]


def wrong_port(pit: Pit) -> Iterator[None]:
    _at(pit, pit.stack.enter_context(broker()))
    yield
    _at(pit, free_port())


def wrong_host(pit: Pit) -> Iterator[None]:
    port = pit.stack.enter_context(broker())
    _at(pit, port)
    yield
    _at(pit, port, host="no-such-host.invalid")


def no_broker_there(pit: Pit) -> Iterator[None]:
    _at(pit, pit.stack.enter_context(broker()))
    yield
    _hasty(pit)
    _at(pit, pit.stack.enter_context(broker(answer=b"")))


def plain_to_tls(pit: Pit) -> Iterator[None]:
    authority = Authority.new(pit.place / "ca")
    port = pit.stack.enter_context(broker(authority.server()))
    _at(pit, port, authority.files())
    yield
    _hasty(pit)
    _at(pit, port)


def tls_to_plain(pit: Pit) -> Iterator[None]:
    authority = Authority.new(pit.place / "ca")
    port = pit.stack.enter_context(broker())
    _at(pit, port)
    yield
    _hasty(pit)
    _at(pit, port, authority.files())


def foreign_ca(pit: Pit) -> Iterator[None]:
    authority, other = Authority.new(pit.place / "ca"), Authority.new(pit.place / "other")
    port = pit.stack.enter_context(broker(authority.server()))
    _at(pit, port, authority.files())
    yield
    _at(pit, port, other.files())


def name_not_in_certificate(pit: Pit) -> Iterator[None]:
    authority = Authority.new(pit.place / "ca", name="localhost")
    port = pit.stack.enter_context(broker(authority.server()))
    _at(pit, port, authority.files(), host="localhost")
    yield
    _at(pit, port, authority.files())


def broker_certificate_over(pit: Pit) -> Iterator[None]:
    authority = Authority.new(pit.place / "ca")
    _at(pit, pit.stack.enter_context(broker(authority.server())), authority.files())
    yield
    CaFolder(authority.folder).issue_broker([], NOW - DAY)
    _at(pit, pit.stack.enter_context(broker(authority.server())), authority.files())


def no_client_certificate(pit: Pit) -> Iterator[None]:
    authority = Authority.new(pit.place / "ca")
    port = pit.stack.enter_context(broker(authority.server()))
    _at(pit, port, authority.files())
    yield
    _at(pit, port, {"ca_file": authority.files()["ca_file"]})


def wrong_password(pit: Pit) -> Iterator[None]:
    _at(pit, pit.stack.enter_context(broker()))
    yield
    _at(pit, pit.stack.enter_context(broker(answer=b"\x20\x02\x00\x05")))


# ---------------------------------------------------------------- our certificates


def _ours(pit: Pit, **more: str) -> Authority:
    authority = Authority.new(pit.place / "ca")
    CaFolder(authority.folder).issue("north/gate-1", year_from(NOW), NOW)
    _at(pit, 1, authority.files("north/gate-1") | more)
    return authority


def certificate_over(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    CaFolder(authority.folder).issue("north/gate-1", NOW - DAY, NOW - 9 * DAY)
    _at(pit, 1, authority.files("north/gate-1"))


def certificate_ends_soon(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    CaFolder(authority.folder).issue("north/gate-1", NOW + 9 * DAY, NOW)
    _at(pit, 1, authority.files("north/gate-1"))


def no_certificate_in_the_file(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    Path(authority.files("north/gate-1")["cert_file"]).write_text("no certificate\n", encoding="ascii")


def certificate_not_valid_yet(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    CaFolder(authority.folder).issue("north/gate-1", year_from(NOW), NOW + 30 * DAY)
    _at(pit, 1, authority.files("north/gate-1"))


def another_gateway_s_certificate(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    CaFolder(authority.folder).issue("north/gate-2", year_from(NOW), NOW)
    _at(pit, 1, authority.files("north/gate-2"))


def key_of_another_certificate(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    _at(pit, 1, authority.files("north/gate-1") | {"key_file": authority.files()["key_file"]})


def certificate_of_another_ca(pit: Pit) -> Iterator[None]:
    authority = _ours(pit)
    yield
    other = Authority.new(pit.place / "other").files()["ca_file"]
    _at(pit, 1, authority.files("north/gate-1") | {"ca_file": other})


# ---------------------------------------------------------------- devices and what they answer


def _read(pit: Pit, port: int, *more: str) -> None:
    pit.made(*more, device=f"127.0.0.1:{port}")
    pit.arguments = ["--config", str(pit.edge)]


def silent_device(pit: Pit) -> Iterator[None]:
    _read(pit, pit.stack.enter_context(device(WORDS)))
    yield
    _read(pit, free_port())


def agent_runs_by_an_older_file(pit: Pit) -> Iterator[None]:
    """The new file names a port where nobody listens; the agent reads the old one, and that answers."""
    port = pit.stack.enter_context(device(WORDS))
    _read(pit, port)
    folder = pit.place / "outbox"
    folder.mkdir()
    pit.stack.enter_context(own(folder))
    now = SystemClock().now()
    word = Status(now, "north/gate-1", "e", True, "connected", 2, 0, 0, 0, 0, 0, 10, 10, 0, "trusted", "", started=now)
    (folder / "agent.json").write_bytes(msgspec.json.encode(Facts(status=word)))
    yield
    pit.change(pit.edge, f"port = {port}", f"port = {free_port()}")
    os.utime(pit.edge, ns=((now + SECOND) * 1_000,) * 2)


def _line(pit: Pit, path: Path) -> None:
    pit.made("--source", "modbus_rtu", device=str(path))
    pit.arguments = ["--config", str(pit.edge)]


def no_serial_line(pit: Pit) -> Iterator[None]:
    _, there = os.openpty()
    pit.stack.callback(os.close, there)
    _line(pit, Path(os.ttyname(there)))
    yield
    _line(pit, pit.place / "ttyUSB9")


def serial_line_not_allowed(pit: Pit) -> Iterator[None]:
    _, there = os.openpty()
    pit.stack.callback(os.close, there)
    _line(pit, Path(os.ttyname(there)))
    yield
    pit.monkeypatch.setattr("console.cli.checks.gateway.os.access", lambda _path, _mode: False)  # root may open all


def byte_order(pit: Pit) -> Iterator[None]:
    port = pit.stack.enter_context(device(WORDS))
    _read(pit, port)
    yield
    _read(pit, pit.stack.enter_context(device([WORDS[0], 0, 0x0000, 0x3FC0])))  # 1.5 in the order cdab, 2.3e-41 in ours


def slow_device(pit: Pit) -> Iterator[None]:
    _read(pit, pit.stack.enter_context(device(WORDS)))
    yield
    _read(pit, pit.stack.enter_context(device(WORDS, delay_s=0.3)), "--period", "0.2")
    pit.change(pit.edge, "timeout_s = 0.16", "timeout_s = 2.0")


def long_timeout(pit: Pit) -> Iterator[None]:
    _read(pit, pit.stack.enter_context(device(WORDS)))
    yield
    pit.change(pit.edge, "timeout_s = 0.8", "timeout_s = 5.0")


def address_the_device_lacks(pit: Pit) -> Iterator[None]:
    port = pit.stack.enter_context(device(WORDS))
    _read(pit, port)
    yield
    pit.change(pit.place / "registers.json", '"address": 2', '"address": 900')


def _rows(pit: Pit, *rows: str) -> Path:
    pit.monkeypatch.setattr("console.cli.checks.readings.WAIT_S", 0.2)
    path = pit.place / "grows.csv"
    path.write_text("".join(f"{row}\n" for row in ("time,T01", *rows)), encoding="ascii")
    pit.made("--source", "csv_tail", "--period", "5", device=str(path))
    pit.arguments = ["--config", str(pit.edge)]
    return path


def _stamp(hours: float) -> str:
    return iso(SystemClock().now() + round(hours * HOUR))[:19].replace("T", " ")


def time_zone(pit: Pit) -> Iterator[None]:
    _rows(pit, f"{_stamp(8)},0.5")
    yield
    pit.change(pit.edge, 'zone = "+08:00"', 'zone = "+00:00"')


def file_without_readings(pit: Pit) -> Iterator[None]:
    path = _rows(pit, f"{_stamp(8)},0.5")
    yield
    with suppress(FileNotFoundError):
        path.unlink()


CASES: dict[str, Case] = {
    "port taken": port_taken,
    "metrics port taken": metrics_port_taken,
    "no mosquitto": no_mosquitto,
    "wrong port": wrong_port,
    "wrong host": wrong_host,
    "no broker there": no_broker_there,
    "plain to tls": plain_to_tls,
    "tls to plain": tls_to_plain,
    "foreign ca": foreign_ca,
    "name not in certificate": name_not_in_certificate,
    "broker certificate over": broker_certificate_over,
    "no client certificate": no_client_certificate,
    "wrong password": wrong_password,
    "certificate over": certificate_over,
    "certificate ends soon": certificate_ends_soon,
    "no certificate in the file": no_certificate_in_the_file,
    "certificate not valid yet": certificate_not_valid_yet,
    "another gateway's certificate": another_gateway_s_certificate,
    "key of another certificate": key_of_another_certificate,
    "certificate of another ca": certificate_of_another_ca,
    "silent device": silent_device,
    "agent runs by an older file": agent_runs_by_an_older_file,
    "no serial line": no_serial_line,
    "serial line not allowed": serial_line_not_allowed,
    "byte order": byte_order,
    "slow device": slow_device,
    "long timeout": long_timeout,
    "address the device lacks": address_the_device_lacks,
    "time zone": time_zone,
    "file without readings": file_without_readings,
}
