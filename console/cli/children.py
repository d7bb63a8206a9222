"""Child processes of `davy up`: started, started again when they end, and stopped with us."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import structlog

log = structlog.get_logger("up")


PATIENCE_S = 10.0
INTERRUPTED = 130
"""What davy ends with on SIGINT."""


def own_environment() -> dict[str, str]:
    """Without DAVY_...: a child is configured by its file alone, or one variable would give three agents one folder."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DAVY_")}


class Child:
    """One `davy` process beside this one. Its output goes to a file of its own."""

    def __init__(self, name: str, arguments: list[str], log_file: Path) -> None:
        self.name, self._arguments, self._log_file = name, arguments, log_file
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Until cancelled."""
        wait = 0.5
        try:
            while True:
                with self._log_file.open("ab") as out:
                    self._process = await asyncio.create_subprocess_exec(
                        sys.executable,
                        "-m",
                        "console.cli",
                        *self._arguments,
                        stdout=out,
                        stderr=out,
                        cwd=Path(__file__).parents[2],
                        env=own_environment(),
                    )
                code = await self._process.wait()
                if code == INTERRUPTED:
                    log.info("child interrupted", name=self.name)  # Ctrl-C reaches it and us; if it was meant for it alone, it comes again
                else:
                    log.warning("child ended, starting it again", name=self.name, code=code, log=str(self._log_file))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10.0)
        finally:
            await self.stop()

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                log.warning("child does not end, killing it", name=self.name)
                self._process.kill()
                await self._process.wait()
