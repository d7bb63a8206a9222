"""`davy up` can be watched where it is told on which port, and only there."""

import contextlib
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bench.ports import free_port
from console.cli.up import command
from ingest.config import IngestSettings
from tests.end_to_end.harness import Proc, broker_or_skip, davy
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("typed", "environment"),
    [(["--store", "influx+http://127.0.0.1:1/plant"], {}), ([], {"DAVY_STORE": "influx+http://127.0.0.1:1/plant"})],
)
def test_up_takes_another_store_as_an_option_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str], environment: dict[str, str]
) -> None:
    """It used to pass over DAVY_STORE without a word, and people looked for their readings in InfluxDB."""
    given: list[IngestSettings] = []

    async def note(settings: IngestSettings, *_more: object) -> None:
        given.append(settings)

    monkeypatch.setattr("console.cli.up.up", note)
    for more, store in ((typed, "influx+http://127.0.0.1:1/plant"), (["--store", ""], str(tmp_path / "store"))):
        done = CliRunner().invoke(command, ["--folder", str(tmp_path), *more], env=environment)
        assert done.exit_code == 0, done.output
        assert given.pop().store == store


def ready(there: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{there}/readyz", timeout=60).status_code == 200
    return False


@pytest.mark.servers
def test_up_serves_metrics_and_health_on_the_port_it_is_given(tmp_path: Path) -> None:
    broker_or_skip()
    ports = [str(free_port()) for _ in range(3)]
    arguments = davy("up", "--folder", str(tmp_path / "up"), "--port", ports[0], "--broker-port", ports[1], "--metrics-port", ports[2])
    up, there = Proc(arguments, tmp_path / "up.log"), f"http://127.0.0.1:{ports[2]}"
    up.start()
    try:
        wait_until(lambda: ready(there))
        assert "davy_ingest_broker_connected 1.0" in httpx.get(f"{there}/metrics", timeout=60).text
        assert httpx.get(f"{there}/healthz", timeout=60).json()["live"] is True
    finally:
        up.terminate()
