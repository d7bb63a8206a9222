"""A broker as a child process: started, waited for, started again when it ends."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import Retry


@dataclass(frozen=True, slots=True)
class Listener:
    """Where it listens. Loopback without TLS is for the demo only."""

    host: str = "127.0.0.1"
    port: int = 18830


class BrokerProcess:
    """One broker process. `start` waits until it listens; `stop` ends it."""

    def __init__(self, command: list[str], log_file: Path, listener: Listener) -> None:
        self._command, self._log_file, self.listener = command, log_file, listener
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Retry where the port is taken or the process ends at once."""
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)
        for _ in range(300):
            if self._process.returncode is not None:
                break
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(self.listener.host, self.listener.port)
                writer.close()
                return
            await asyncio.sleep(0.02)
        raise Retry(f"the broker does not listen on {self.listener.host}:{self.listener.port}; see {self._log_file}")

    async def run(self) -> None:
        """Start it again whenever it ends."""
        while True:
            if self._process is None:
                await self.start()
            assert self._process is not None
            await self._process.wait()
            self._process = None
            await asyncio.sleep(0.5)

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
