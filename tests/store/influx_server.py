"""A real influxd of the test's own, from the cache that `make servers` fills."""

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from bench.ports import free_port
from store.influx import InfluxAddress, InfluxStore, Server, init_buckets
from tests.waiting import wait_until

ORG, TOKEN = "pit", "test-token-of-this-test"  # of a server that lives as long as the test


def servers_folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("DAVY_SERVERS") or cache / "davylamp" / "servers")


def find_server(name: str) -> Path:
    """The built server, or the test is skipped with the reason."""
    found = sorted(servers_folder().glob(f"{name}-v*"))
    if not found:
        pytest.skip(f"no {name} in {servers_folder()}: `make servers` builds it")
    return found[-1]


class Influxd:
    """It can be killed with -9 and started again on its files."""

    def __init__(self, folder: Path) -> None:
        self._program, self._folder = find_server("influxd"), folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = False) -> None:
        folder = self._folder
        paths = ["--bolt-path", folder / "i.bolt", "--engine-path", folder / "engine", "--sqlite-path", folder / "i.sqlite"]
        with (folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *paths, "--http-bind-address", f"127.0.0.1:{self.port}", "--reporting-disabled"], stdout=log, stderr=log
            )
        if ready:
            self.wait()

    def wait(self) -> None:
        """Until it answers."""
        wait_until(self._answers, told=lambda: (self._folder / "influxd.log").read_text(encoding="utf-8")[-2000:])

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=20):
            return True
        return False

    def setup(self) -> None:
        body = {"username": "test", "password": "test-password", "org": ORG, "bucket": "first", "token": TOKEN}
        call = urllib.request.Request(f"{self.url}/api/v2/setup", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(call, timeout=60).close()

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def address(self, prefix: str = "davy") -> str:
        return f"influx+{self.url}/{ORG}/{prefix}"

    def server(self, prefix: str = "davy", *, init: bool = True) -> Server:
        server = Server(InfluxAddress.parse(self.address(prefix)), TOKEN)
        if init:
            init_buckets(server, raw_days=0)
        return server


def started(folder: Path) -> Influxd:
    """One that is set up and answers."""
    influxd = Influxd(folder)
    influxd.start(ready=True)
    influxd.setup()
    return influxd


@cache
def shared() -> Influxd:
    """One for all tests of a run that need no fault; ended with it."""
    folder = Path(tempfile.mkdtemp(prefix="davy-influxd-"))
    influxd = started(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(influxd.kill)
    return influxd


def open_on_influxd(folder: Path) -> InfluxStore:
    """A store of its own for each folder, on the shared influxd; the same one when opened again."""
    return InfluxStore(shared().server(f"t{sha256(str(folder).encode()).hexdigest()[:12]}"))
