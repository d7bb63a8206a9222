"""Push and diff on a real Grafana, built by whoever runs the tests: GRAFANA_HOME is its folder (docs/dashboards.md)."""

import contextlib
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.ports import free_port
from contracts.errors import GiveUp, Retry
from dashboards.build import build
from dashboards.panels import Place
from dashboards.provisioning import Door, Influx
from tests.waiting import wait_until

HOME = os.environ.get("GRAFANA_HOME", "")
BOARDS = build(Place())
PASSWORD = "password-of-this-test"
INFLUX = Influx("http://127.0.0.1:1", "pit", "no-token")


@pytest.fixture(scope="module")
def grafana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not HOME:
        pytest.skip("no Grafana: GRAFANA_HOME names none")
    port = free_port()
    settings = {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_PATHS_DATA": str(tmp_path_factory.mktemp("grafana")),
        "GF_SECURITY_ADMIN_PASSWORD": PASSWORD,
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    }
    process = subprocess.Popen(
        [Path(HOME) / "bin" / "grafana", "server", "--homepath", HOME],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def answering(address: str) -> str:
    def healthy() -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api/health", timeout=20):
            return True
        return False

    wait_until(healthy, 150)
    return address


@pytest.mark.servers
def test_pushing_twice_leaves_one_of_everything_and_no_drift(grafana: str) -> None:
    door = Door(grafana, ("admin", PASSWORD))
    first, second = door.push(BOARDS, INFLUX), door.push(BOARDS, INFLUX)

    assert first == second
    assert len(first) == len(set(first)) == 18
    assert door.diff(BOARDS) == []


@pytest.mark.servers
def test_a_change_by_hand_is_found_and_a_push_mends_it(grafana: str) -> None:
    door = Door(grafana, ("admin", PASSWORD))
    door.push(BOARDS, INFLUX)
    edited = door.board("davy-zh-mine-live")
    assert edited is not None
    edited["panels"][0]["title"] = "改过"
    door.push({"zh": {"mine-live": edited}}, INFLUX)

    assert [(drift.path, drift.theirs) for drift in door.diff(BOARDS)] == [("panels[0].title", "改过")]
    door.push(BOARDS, INFLUX)
    assert door.diff(BOARDS) == []


@pytest.mark.servers
def test_a_wrong_password_gives_up(grafana: str) -> None:
    with pytest.raises(GiveUp):
        Door(grafana, ("admin", "wrong")).push(BOARDS, INFLUX)


def test_a_grafana_that_is_not_there_is_worth_a_retry() -> None:
    with pytest.raises(Retry):
        Door("http://127.0.0.1:1", "token").push(BOARDS, INFLUX)
