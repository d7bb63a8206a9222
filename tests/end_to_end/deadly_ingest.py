"""An ingest that dies at once when it meets the value 6.66: what an item looks like that kills its worker."""

import asyncio
import os
import sys
from pathlib import Path

import ingest.worker
from contracts.clock import SystemClock
from contracts.config import load
from ingest.config import IngestSettings
from ingest.pipeline import Placed
from ingest.process import run_ingest

real = ingest.worker.place


def deadly(*arguments):  # type: ignore[no-untyped-def]  # stands in for the real one
    placed = real(*arguments)
    if isinstance(placed, Placed) and 6.66 in placed.block.value.tolist():
        os._exit(9)
    return placed


ingest.worker.place = deadly
asyncio.run(run_ingest(load(IngestSettings, Path(sys.argv[1]).read_text(encoding="utf-8"), {}), SystemClock()))
