"""The processes of a bench: started, talked to, measured, and ended by their pids."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

from contracts.errors import GiveUp

ROOT = Path(__file__).parents[1]
PATIENCE_S = 10.0

Said = TypeVar("Said", bound=msgspec.Struct)
Result = TypeVar("Result")


class ChildFailed(GiveUp):
    """A process of the bench ended too soon or did not answer."""


def say(what: msgspec.Struct) -> None:
    """Of a child: its next line."""
    sys.stdout.write(msgspec.json.encode(what).decode() + "\n")
    sys.stdout.flush()


class Child:
    """One Python process of ours. With a `log` all it writes goes there; without, stdout is for JSON lines and stderr is ours."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path | None) -> None:
        self.name, self._process, self._log = name, process, log

    @classmethod
    async def start(cls, name: str, module: str, arguments: Sequence[str], log: Path | None) -> "Child":
        """`python -m module arguments`, from the repository's root."""
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(log.open("ab")) if log else None
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=file or asyncio.subprocess.PIPE,
                stderr=file,
                cwd=ROOT,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def heard(self, kind: type[Said], within_s: float) -> Said:
        """Its next line as `kind`; ChildFailed where there is none in time."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(within_s):
                said = await self._process.stdout.readline()
        except TimeoutError as error:
            raise self.failed(f"said nothing within {within_s:.0f} s") from error
        if not said:
            raise self.failed("ended too soon")
        return msgspec.json.decode(said, type=kind)

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word.encode() + b"\n")

    def failed(self, what: str) -> ChildFailed:
        """The error to raise, with the last lines it wrote."""
        tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:] if self._log else []
        return ChildFailed("\n".join([f"{self.name} {what}", *tail]))

    def check(self) -> None:
        """ChildFailed where it has ended."""
        if self._process.returncode is not None:
            raise self.failed(f"ended with code {self._process.returncode}")

    async def end(self) -> None:
        """Terminate it and wait; then, by the process group it leads, whatever it started and left behind."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, Result]) -> AsyncIterator["asyncio.Task[Result]"]:
    """Work that goes on meanwhile, cancelled at the end. Its failure shows where the task is awaited or asked for its result."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


class Meter:
    """CPU time since `start`, and the largest resident memory seen by `look`, of one process."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.start()

    def start(self) -> None:
        self._from, self._peak = self._cpu(), 0
        self.look()

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def look(self) -> None:
        self._peak = max(self._peak, self._process.memory_info().rss)

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all its threads."""
        return self._cpu() - self._from

    @property
    def rss_mb(self) -> float:
        """MB of 10^6 bytes."""
        return self._peak / 1e6


class Elsewhere:
    """CPU time that processes outside the bench take meanwhile: a bench on a busy machine says so."""

    def __init__(self) -> None:
        self._from, self._at = self._cpu(), time.monotonic()

    @staticmethod
    def _cpu() -> float:
        times, us = psutil.cpu_times(), psutil.Process()
        busy = float(times.user + times.system + getattr(times, "nice", 0.0) + getattr(times, "steal", 0.0))
        for one in (us, *us.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                own = one.cpu_times()
                busy -= own.user + own.system + own.children_user + own.children_system  # these: of children that have ended
        return busy

    @property
    def cores(self) -> float:
        """Cores in use outside since the start, on average."""
        return max(0.0, self._cpu() - self._from) / (time.monotonic() - self._at)
