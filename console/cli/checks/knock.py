"""Knocking at a port."""

import logging
import socket
from http import HTTPStatus
from typing import Any

import httpx
import msgspec
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

PATIENCE_S = 3.0

logging.getLogger("pymodbus").addHandler(logging.NullHandler())  # a refused connection is our finding, not its error


def reachable(host: str) -> str:
    """Where to knock for something that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # a name, nothing is bound


def console_answer(host: str, port: int) -> dict[str, Any] | None:
    """What a console of ours says of its health; None where there is none."""
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            told = msgspec.json.decode(client.get(f"http://{bracketed(reachable(host))}:{port}/healthz").content)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, UnicodeError):
        return None
    return told if isinstance(told, dict) and "store_generation" in told else None


def metrics_answer(host: str, port: int) -> bool:
    """Whether a process of ours tells its metrics there."""
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            return "davy_" in client.get(f"http://{bracketed(reachable(host))}:{port}/metrics").text
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def opens(host: str, port: int) -> bool:
    """Whether the pages there show anybody the mines, without sign-in."""
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            return client.get(f"http://{bracketed(reachable(host))}:{port}/api/v1/mines").status_code == HTTPStatus.OK
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def refusal(host: str, port: int) -> str:
    """Why no TCP connection can be had; empty where one can."""
    try:
        socket.create_connection((host, port), PATIENCE_S).close()
    except (OSError, UnicodeError) as error:
        return str(error)
    return ""


def bracketed(host: str) -> str:
    """A host as a URL writes it."""
    return f"[{host}]" if ":" in host else host


def modbus_answer(host: str, port: int, unit: int, address: int = 0) -> str:
    """Why no register can be read there; an exception answer is an answer too (Modbus application protocol 1.1b3, 7)."""
    client = ModbusTcpClient(reachable(host), port=port, timeout=PATIENCE_S / 3, retries=0)
    try:
        if not client.connect():  # type: ignore[no-untyped-call]  # pymodbus leaves these two bare
            return "connection refused"
        client.read_holding_registers(address, count=1, device_id=unit)
    except (ModbusException, OSError, UnicodeError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        client.close()  # type: ignore[no-untyped-call]
    return ""
