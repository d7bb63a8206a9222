"""An agent whose wall clock is off by the seconds that stand in a file, so that a test can set it back while it runs."""

import asyncio
import contextlib
import sys
from pathlib import Path

from contracts.clock import SECOND, SystemClock
from contracts.config import load
from edge_agent.config import EdgeSettings
from edge_agent.process import run_agent


class SetClock(SystemClock):
    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> int:
        offset = 0.0
        with contextlib.suppress(OSError, ValueError):
            offset = float(self._path.read_text())
        return super().now() + round(offset * SECOND)


settings = load(EdgeSettings, Path(sys.argv[1]).read_text(encoding="utf-8"), {})
asyncio.run(run_agent(settings, SetClock(Path(sys.argv[2]))))
