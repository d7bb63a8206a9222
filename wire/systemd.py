"""The other end of `Type=notify` and `WatchdogSec=` (sd_notify(3)): datagrams to a socket that systemd names in the environment."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

log = structlog.get_logger("systemd")

WITHOUT_WATCHDOG_S = 30.0
"""How often the status line is told where no watchdog waits."""


@dataclass(frozen=True, slots=True)
class Supervisor:
    """systemd, where it started this process. `every_s`: seconds between two signs of life (half of what it waits)."""

    address: str
    every_s: float = WITHOUT_WATCHDOG_S

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> "Supervisor | None":
        """None where nobody asked to be notified, or another process was meant."""
        address = environment.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        micros = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(address, int(micros) / 2_000_000 if micros.isdigit() and int(micros) and meant else WITHOUT_WATCHDOG_S)

    def ready(self) -> None:
        self._tell("READY=1")

    def alive(self, status: str) -> None:
        """There is progress; the watchdog waits anew."""
        self._tell(f"WATCHDOG=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={text}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as there:
                there.sendto(text.encode(), address)
        except OSError as error:
            log.warning("systemd does not hear us", why=str(error))
