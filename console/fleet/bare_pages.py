"""`python -m console.fleet.bare_pages RECORDS`: the console's pages on a fleet's log without a centre, for bench.

It says its port as one line of JSON and ends with its standard input.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import TypeVar

from alerts.journal import Journal
from alerts.packs import load
from console.web.app import create_app
from console.web.plant import Plant
from console.web.serve import Server
from contracts.clock import SystemClock
from contracts.errors import GiveUp
from ingest.live import Live
from ingest.revival import Revived
from store.memory import MemoryStore
from store.records.engine import open_records

T = TypeVar("T")


async def _run(work: Callable[[], T], /) -> T:
    return await asyncio.to_thread(work)


def _no_revival(_letter: int) -> Revived:
    raise GiveUp("no centre")


async def serve(address: str) -> None:
    """Serve on a free port of the loopback interface until standard input ends."""
    records, pack = open_records(address), load()
    plant = Plant(MemoryStore(), records, Live(), Journal(pack), lambda *_: [], SystemClock(), _run, pack, _no_revival)
    server = Server(create_app(plant), port=0)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    sys.stdout.write(json.dumps({"port": server.bound}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving
    records.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
