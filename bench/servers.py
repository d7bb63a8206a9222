"""The real servers that `make servers` built: found, started on a free port with files of their own, ended by their pid."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bench.ports import free_port
from contracts.errors import GiveUp

ORG, TOKEN = "bench", "a-token-for-as-long-as-the-bench-runs"
_READY_S = 30.0


def servers_folder() -> Path:
    """DAVY_SERVERS, else the user's cache (tools/servers)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("DAVY_SERVERS") or cache / "davylamp" / "servers")


def find_server(name: str) -> Path:
    """The program, or GiveUp."""
    found = sorted(servers_folder().glob(f"{name}-v*"))
    if not found:
        raise GiveUp(f"no {name} in {servers_folder()}: `make servers` builds it")
    return found[-1]


@asynccontextmanager
async def program(arguments: Sequence[str | Path], log: Path, settle_s: float = 0.0) -> AsyncIterator[int]:
    """A server as a process, `settle_s` after its start; its pid. GiveUp where it has ended by then."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(*map(str, arguments), stdout=out, stderr=out, start_new_session=True)
    try:
        await asyncio.sleep(settle_s)
        if process.returncode is not None:
            said = log.read_text(encoding="utf-8", errors="replace")  # noqa: ASYNC240  # it has ended
            raise GiveUp(f"{arguments[0]} ended with {process.returncode}: {said[-600:]}")
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20.0)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def influxd(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """A fresh InfluxDB, set up; its URL and pid."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  # a temp folder
    url = f"http://127.0.0.1:{(port := free_port())}"
    files: list[str | Path] = ["--bolt-path", folder / "i.bolt", "--engine-path", folder / "engine", "--sqlite-path", folder / "i.sqlite"]
    arguments: list[str | Path] = [find_server("influxd"), *files, "--http-bind-address", f"127.0.0.1:{port}", "--reporting-disabled"]
    async with program(arguments, folder / "influxd.log") as pid, httpx.AsyncClient(base_url=url) as client:
        async with asyncio.timeout(_READY_S):
            while not await _answers(client):  # noqa: ASYNC110  # it tells nobody when it is ready
                await asyncio.sleep(0.1)
        body = {"username": "bench", "password": "bench-bench", "org": ORG, "bucket": "first", "token": TOKEN}
        (await client.post("/api/v2/setup", json=body, timeout=20.0)).raise_for_status()
        yield url, pid


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).is_success
    except httpx.HTTPError:
        return False
