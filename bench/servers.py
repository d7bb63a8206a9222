"""The real servers that `make servers` built: found, started on a free port with files of their own, ended by their pid."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
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


class Cores:
    """Which cores influxd may use, and which everything else of the bench. On one core: all the same."""

    def __init__(self) -> None:
        self.all = sorted(os.sched_getaffinity(0))
        self.of_influxd, self.rest = self.all, self.all


_cores = Cores()


@contextmanager
def apart() -> Iterator[int]:
    """Half of the cores for influxd alone, the rest for us and what we start meanwhile; how many influxd has."""
    half = len(_cores.all) // 2
    if half:
        _cores.of_influxd, _cores.rest = _cores.all[:half], _cores.all[half:]
    _confine(_cores.rest)
    try:
        yield len(_cores.of_influxd)
    finally:
        _cores.of_influxd, _cores.rest = _cores.all, _cores.all
        _confine(_cores.all)


def _confine(cores: Sequence[int]) -> None:
    """All our threads: what each starts goes where it is."""
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), cores)


@asynccontextmanager
async def program(
    arguments: Sequence[str | Path], log: Path, settle_s: float = 0.0, cores: Sequence[int] | None = None
) -> AsyncIterator[int]:
    """A server as a process, `settle_s` after its start; its pid. `cores`: where it may run, if not where we do. GiveUp where it has
    ended by then."""
    with log.open("ab") as out:
        if cores is not None:
            os.sched_setaffinity(0, cores)
        try:
            process = await asyncio.create_subprocess_exec(*map(str, arguments), stdout=out, stderr=out, start_new_session=True)
        finally:
            if cores is not None:
                os.sched_setaffinity(0, _cores.rest)
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
                async with asyncio.timeout(20.0):
                    await process.wait()
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
    async with program(arguments, folder / "influxd.log", cores=_cores.of_influxd) as pid, httpx.AsyncClient(base_url=url) as client:
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
