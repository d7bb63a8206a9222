"""A CA with the broker that trusts it, and connections made by hand: a refusal must be seen as one, not as a wait."""

import os
import signal
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.certs.folder import CERT, KEY, CaFolder, init
from contracts.clock import DAY, SystemClock
from contracts.config import BrokerAddress
from ingest.broker.child import Listener
from ingest.broker.production import CA, CONFIGURATION
from tests.end_to_end.harness import AS_ROOT, Proc, broker_or_skip
from tests.waiting import wait_until

YEAR = 365 * DAY
ACCEPTED = b"\x20\x02\x00\x00"


def now() -> int:
    return SystemClock().now()


@dataclass
class Walled:
    """A CA and the broker that trusts it."""

    ca: CaFolder
    port: int
    broker: Proc

    def issue(self, name: str, end: int = 0) -> BrokerAddress:
        """A new certificate, as a client's configuration."""
        return self.address(self.ca.issue(name, end or now() + YEAR, now()))

    def address(self, place: Path) -> BrokerAddress:
        ca = str(self.ca.broker / CA)
        return BrokerAddress(port=self.port, ca_file=ca, cert_file=str(place / CERT), key_file=str(place / KEY), keepalive_s=5)

    def reload(self) -> None:
        assert self.broker.process
        before = self.broker.log.read_bytes().count(b"Reloading config")
        os.kill(self.broker.process.pid, signal.SIGHUP)
        wait_until(lambda: self.broker.log.read_bytes().count(b"Reloading config") > before)


def wall(folder: Path, port: int) -> Walled:
    """A CA in a folder and its broker, not started yet."""
    program = broker_or_skip()
    ca = init(folder, ["127.0.0.1"], Listener("127.0.0.1", port), now())
    path = ca.broker / CONFIGURATION
    path.write_text(path.read_text(encoding="utf-8") + AS_ROOT, encoding="utf-8")
    return Walled(ca, port, Proc([program, "-c", str(path)], folder.parent / f"{folder.name}.log"))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def context_of(address: BrokerAddress) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=address.ca_file)
    if address.cert_file:
        context.load_cert_chain(address.cert_file, address.key_file)
    return context


def connect(sock: socket.socket, username: str = "") -> bytes:
    """The answer to an MQTT CONNECT by hand. An error where the broker hangs up instead."""
    name = b"\0\1x" + (len(username).to_bytes(2, "big") + username.encode() if username else b"")
    body = b"\0\4MQTT\4" + (b"\x82" if username else b"\x02") + b"\0\x14" + name
    sock.settimeout(30)
    sock.sendall(bytes((0x10, len(body))) + body)
    answer = sock.recv(4)
    if not answer:
        raise ConnectionResetError("the broker ended the connection")
    return answer


def greet(context: ssl.SSLContext, port: int, session: ssl.SSLSession | None = None) -> tuple[bool, ssl.SSLSession | None]:
    """Connect over TLS: was the TLS session resumed, and the one to keep. An error where the broker refuses."""
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 30), server_hostname="127.0.0.1", session=session) as sock:
        assert connect(sock) == ACCEPTED
        return bool(sock.session_reused), sock.session


def refused(address: BrokerAddress) -> None:
    """Fails where the broker accepts, and where it says nothing for 30 s: a refusal is an end or an alert, never a wait."""
    with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError)) as told:
        greet(context_of(address), address.port)
    assert not isinstance(told.value, ssl.SSLCertVerificationError), "the client refused the broker, not the broker the client"
