"""A process told by HTTP and by systemd: stuck is 503 and silence, not ready is 503 elsewhere and a status line."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from contracts.errors import BadConfig
from wire.health import Health, Watched, app_of, check_metrics, process_registry, watched_by
from wire.systemd import WITHOUT_WATCHDOG_S, Supervisor

FINE = Health()
STUCK = Health(stuck=("outbox: a commit takes 61 s",))
UNREADY = Health(unready=("link: refused",))


async def ask(watched: Watched, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(watched)), base_url="http://davy.test") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("health", "healthz", "readyz"),
    [pytest.param(FINE, 200, 200, id="fine"), pytest.param(UNREADY, 200, 503, id="not ready"), pytest.param(STUCK, 503, 503, id="stuck")],
)
async def test_liveness_and_readiness_are_two_answers(health: Health, healthz: int, readyz: int) -> None:
    watched = Watched(CollectorRegistry(), lambda: health)
    live, ready = await ask(watched, "/healthz"), await ask(watched, "/readyz")

    assert (live.status_code, ready.status_code) == (healthz, readyz)
    assert live.json() == {"live": health.live, "ready": health.ready, "stuck": list(health.stuck), "unready": list(health.unready)}


async def test_what_is_only_worth_knowing_is_told_and_changes_neither() -> None:
    noted = Health(notes=("backup: overdue",))
    answer = await ask(Watched(CollectorRegistry(), lambda: noted), "/readyz")

    assert (answer.status_code, answer.json()["notes"]) == (200, ["backup: overdue"])


async def test_a_scrape_waits_for_what_must_be_asked_for() -> None:
    registry = CollectorRegistry()
    asked = Counter("asked", "x", registry=registry)

    async def refresh() -> None:
        asked.inc()

    answer = await ask(Watched(registry, lambda: FINE, refresh), "/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert "asked_total 1.0" in answer.text


async def test_another_path_is_not_found_and_names_those_there_are() -> None:
    answer = await ask(Watched(CollectorRegistry(), lambda: FINE), "/")

    assert (answer.status_code, answer.json()["paths"]) == (404, ["/metrics", "/healthz", "/readyz"])


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 65536), ("127.0.0.1", -1), ("", 9100)])
def test_an_address_nobody_can_listen_on_is_refused(host: str, port: int) -> None:
    with pytest.raises(BadConfig, match="metrics_"):
        check_metrics(host, port)


async def test_a_taken_port_is_refused_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadConfig, match="metrics_port"):
        async with watched_by(Watched(CollectorRegistry(), lambda: FINE), "127.0.0.1", taken.getsockname()[1]):
            pass


async def test_port_0_listens_nowhere() -> None:
    async with watched_by(Watched(CollectorRegistry(), lambda: FINE), "127.0.0.1", 0):
        assert len(asyncio.all_tasks()) == 1


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket in systemd's place."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(str(tmp_path / "notify"))
        there.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "20000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield there


async def told(there: socket.socket, number: int) -> list[str]:
    return [(await asyncio.get_running_loop().sock_recv(there, 4096)).decode() for _ in range(number)]


async def test_systemd_hears_ready_then_a_sign_of_life_while_there_is_progress(systemd: socket.socket) -> None:
    async with watched_by(Watched(CollectorRegistry(), lambda: FINE), "127.0.0.1", 0):
        heard = await told(systemd, 3)

    assert heard == ["READY=1", *["WATCHDOG=1\nSTATUS=progressing"] * 2]
    with contextlib.suppress(BlockingIOError):
        while True:
            heard.append(systemd.recv(4096).decode())
    assert heard[-1] == "STOPPING=1"
    assert set(heard[3:-1]) <= {heard[2]}


async def test_a_stuck_process_gives_systemd_no_sign_of_life(systemd: socket.socket) -> None:
    async with watched_by(Watched(CollectorRegistry(), lambda: STUCK), "127.0.0.1", 0):
        heard = await told(systemd, 3)

    assert heard == ["READY=1", *["STATUS=stuck: outbox: a commit takes 61 s"] * 2]


async def test_a_process_that_is_not_ready_is_not_started_again_but_says_why(systemd: socket.socket) -> None:
    async with watched_by(Watched(CollectorRegistry(), lambda: UNREADY), "127.0.0.1", 0):
        assert (await told(systemd, 2))[1] == "WATCHDOG=1\nSTATUS=link: refused"


@pytest.mark.parametrize(
    ("environment", "supervisor"),
    [
        pytest.param({}, None, id="nobody"),
        pytest.param({"NOTIFY_SOCKET": "vsock:2:1234"}, None, id="no socket we can reach"),
        pytest.param({"NOTIFY_SOCKET": "@x"}, Supervisor("@x", WITHOUT_WATCHDOG_S), id="no watchdog"),
        pytest.param({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "120000000"}, Supervisor("/x", 60.0), id="half of what it waits"),
        pytest.param(
            {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid() + 1)},
            Supervisor("/x", WITHOUT_WATCHDOG_S),
            id="another process is watched",
        ),
    ],
)
def test_the_environment_says_who_started_us(environment: dict[str, str], supervisor: Supervisor | None) -> None:
    assert Supervisor.of_environment(environment) == supervisor


def test_a_supervisor_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    Supervisor(str(tmp_path / "gone")).alive("progressing")


def test_a_process_tells_its_own_cpu_and_memory() -> None:
    assert process_registry().get_sample_value("process_resident_memory_bytes", {}) > 1 << 20  # type: ignore[operator]
