"""One process of the night: killed, stopped and started again as a service manager would, and remembered life by life."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import ROOT, ChildFailed

AGAIN_S = 1.0
"""So long after its end a process is started again."""
PATIENCE_S = 40.0


@dataclass(slots=True)
class Kept:
    """`wanted`: it is to run, and is started again whenever it ends. `ends`: how often it ended by itself, and what it said then."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    wanted: bool = False
    ends: int = 0
    last_words: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _keeper: "asyncio.Task[None] | None" = None
    _killed: bool = False

    @property
    def pid(self) -> int | None:
        """Of the life that goes on; None between two."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Run it from now on."""
        self.wanted = True
        if self._keeper is None or self._keeper.done():
            await self._spawn()
            self._keeper = asyncio.create_task(self._keep())

    async def _spawn(self) -> None:
        self._killed = False
        with self.log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self.arguments, stdout=out, stderr=out, cwd=ROOT, env=os.environ | self.environment, start_new_session=True
            )

    async def _keep(self) -> None:
        while self.wanted:
            assert self._process is not None
            code = await self._process.wait()
            if not self._killed and self.wanted:
                self.ends += 1
                self.last_words.append(f"code {code}\n{self.tail()}")
            await asyncio.sleep(AGAIN_S)
            if self.wanted:
                await self._spawn()

    def kill(self) -> None:
        """SIGKILL; started again a moment later."""
        if self.pid is not None:
            self._killed = True
            os.kill(self.pid, signal.SIGKILL)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, and what it left behind; it stays away until `start`."""
        self.wanted = False
        if self._process is None:
            return
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def tail(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]) if self.log.exists() else ""

    async def answers(self, port: int, within_s: float) -> None:
        """Until something listens there; ChildFailed with what it wrote where nothing does in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)
        raise ChildFailed(f"{self.name} does not listen on {port}\n{self.tail()}")


def davy(*arguments: str) -> list[str]:
    """`davy ...` as a process."""
    return [sys.executable, "-m", "console.cli", *arguments]
