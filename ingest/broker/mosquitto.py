"""Mosquitto 2: where it is, and how we configure it.

The broker is not a buffer (the outboxes are), so it keeps nothing on disk here; what matters is that a slow subscriber never
makes it drop silently: its default of 1,000 queued messages is raised.
"""

import os
import shutil
from pathlib import Path

from contracts.errors import GiveUp
from ingest.broker.child import BrokerProcess, Listener

PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")

ROOM = (
    "persistence false",
    "max_inflight_messages 1000",
    "max_queued_messages 200000",
    "max_packet_size 131072",
    "set_tcp_nodelay true",
    "log_type error",
    "log_type warning",
)
"""Room for a province's messages, nothing kept on disk, whoever may connect."""


class NoBroker(GiveUp):
    """Mosquitto is not installed."""


def find_mosquitto() -> str:
    """The program's path, or NoBroker saying what to install."""
    found = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
    if not found:
        raise NoBroker("mosquitto is not installed: apt-get install mosquitto")
    return found


def configuration(listener: Listener) -> str:
    """The demo's configuration: loopback only, room for a province's messages, nothing kept on disk."""
    return "\n".join(
        (
            f"listener {listener.port} {listener.host}",
            "allow_anonymous true",
            *ROOM,
            "",
        )
    )


def command(folder: Path, listener: Listener) -> list[str]:
    """What to run, its configuration written; NoBroker where it is not installed."""
    program = find_mosquitto()
    path = folder / "mosquitto.conf"
    path.write_text(configuration(listener), encoding="ascii")
    return [program, "-c", str(path)]


def mosquitto(folder: Path, listener: Listener) -> BrokerProcess:
    """Mosquitto as a child process."""
    folder.mkdir(parents=True, exist_ok=True)
    return BrokerProcess(command(folder, listener), folder / "broker.log", listener)
