"""Real processes asked over HTTP: what they did is counted, and what is cut is told."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.ports import free_port
from tests.end_to_end.harness import Plant, Proc, davy
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE = "alpha"


@dataclass
class Watched:
    plant: Plant
    edge: int
    centre: int
    pages: int

    def get(self, port: int, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=60)

    def all_answer(self, status: int) -> bool:
        """Whether the gateway and the centre say so of being ready."""
        return all(self.get(port, "/readyz").status_code == status for port in (self.edge, self.centre))

    def samples(self, port: int) -> dict[str, float]:
        """Name to value, summed over labels."""
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(self.get(port, "/metrics").text):
            for one in family.samples:
                found[one.name] = found.get(one.name, 0.0) + one.value
        return found


def until(wanted: Callable[[], bool]) -> None:
    """Until it answers, and that is so."""

    def answered() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return wanted()
        return False

    wait_until(answered)


def watched_file(path: Path) -> int:
    """Have the process of that configuration tell how it is; the port."""
    port = free_port()
    path.write_text(f"metrics_port = {port}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return port


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """`davy centre`, a broker, one simulated mine and its agent."""
    plant = Plant(tmp_path_factory.mktemp("watched") / "plant")
    plant.add_agent(MINE, plant.add_sim([MINE])[MINE])
    pages = free_port()
    ports = watched_file(plant.folder / MINE / "edge.toml"), watched_file(plant.folder / "ingest.toml")
    plant.ingest = Proc(davy("centre", "--config", str(plant.folder / "ingest.toml"), "--port", str(pages)), plant.folder / "centre.log")
    plant.start()
    watched = Watched(plant, *ports, pages)
    until(lambda: watched.all_answer(200))
    until(lambda: watched.get(pages, "/healthz").status_code == 200)
    yield watched
    plant.stop()


def test_both_logs_say_where_the_pages_are_and_that_the_link_is_up(watched: Watched) -> None:
    """Whoever starts them by hand would else look at a terminal that tells of refused connections, or of nothing."""
    until(lambda: f'"pages": "http://127.0.0.1:{watched.pages}"' in (watched.plant.folder / "centre.log").read_text(encoding="utf-8"))
    until(lambda: '"event": "link up"' in (watched.plant.folder / MINE / "edge.log").read_text(encoding="utf-8"))


def test_while_all_is_well_both_are_ready_and_count_the_same_readings(watched: Watched) -> None:
    until(lambda: watched.samples(watched.centre)["davy_ingest_readings_total"] > 100)
    until(lambda: (told := watched.samples(watched.edge))["davy_edge_items_waiting"] < told["davy_edge_items_committed_total"])
    until(lambda: watched.samples(watched.edge).get("davy_edge_receipt_age_seconds", 99) < 10)
    edge, centre = watched.samples(watched.edge), watched.samples(watched.centre)

    assert edge["davy_edge_polls_answered_total"] > 0
    assert edge["davy_edge_receipts_total"] > 0
    assert edge["davy_edge_items_made_total"] >= edge["davy_edge_items_committed_total"] > 0
    assert centre["davy_ingest_broker_connected"] == centre["davy_ingest_gateways"] == 1
    assert centre["davy_ingest_groups_total"] == centre["davy_ingest_group_seconds_count"] > 0
    assert centre["davy_records_deliveries_waiting"] == centre["davy_ingest_failures_total"] == 0
    assert min(edge["process_cpu_seconds_total"], centre["process_cpu_seconds_total"]) > 0


def test_the_pages_requests_are_counted_by_route_and_status(watched: Watched) -> None:
    assert watched.get(watched.pages, "/api/v1/nothing").status_code == 401
    text = watched.get(watched.centre, "/metrics").text

    assert 'davy_console_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'davy_console_requests_total{method="GET",route="other",status="401"}' in text


def test_metrics_are_not_told_on_the_pages_port(watched: Watched) -> None:
    answer = watched.get(watched.pages, "/metrics")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fmetrics")


def test_a_second_process_with_the_same_metrics_port_is_refused_by_name(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path = watched.plant.folder / "second.toml"
        port = taken.getsockname()[1]
        home = watched.plant.folder / "second"
        text = f'store = "memory:"\nrecords = "sqlite:///{home}.sqlite"\nfolder = "{home}"\nmetrics_port = {port}\n'
        path.write_text(text, encoding="utf-8")
        second = Proc(davy("ingest", "--config", str(path)), watched.plant.folder / "second.log")
        second.start()

        assert second.process is not None
        assert second.process.wait(60) == 2
    assert f"127.0.0.1:{port}" in second.log.read_text(encoding="utf-8")


def test_what_a_process_logs_to_a_file_is_one_json_object_a_line(watched: Watched) -> None:
    log = watched.plant.folder / MINE / "edge.log"
    until(lambda: b"\n" in log.read_bytes())
    whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")  # the process goes on
    lines = [json.loads(line) for line in whole.splitlines()]

    assert lines
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


def test_a_killed_broker_leaves_both_alive_and_not_ready(watched: Watched) -> None:
    watched.plant.broker.kill()
    try:
        until(lambda: watched.all_answer(503))
        for port, who in ((watched.edge, "link"), (watched.centre, "broker")):
            told = watched.get(port, "/healthz")
            assert (told.status_code, told.json()["live"]) == (200, True)
            assert told.json()["unready"][0].startswith(f"{who}:")
        assert watched.samples(watched.edge)["davy_edge_link_connected"] == 0
    finally:
        watched.plant.broker.start()
    until(lambda: watched.all_answer(200))  # by themselves; and whichever test comes next finds all well


def test_a_real_process_tells_systemd_that_it_is_up_alive_and_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alone.toml"
    path.write_text(
        f'store = "memory:"\nrecords = "sqlite:///{tmp_path}/records.sqlite"\nfolder = "{tmp_path}"\n[broker]\nport = {free_port()}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    alone = Proc(davy("ingest", "--config", str(path)), tmp_path / "alone.log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        alone.start()
        heard: list[str] = []
        wait_until(lambda: heard.append(systemd.recv(4096).decode()) or "STATUS=broker: " in heard[-1], told=lambda: heard)
        alone.kill()

    assert heard[0] == "READY=1"
    assert {said.partition("\n")[0] for said in heard[1:]} == {"WATCHDOG=1"}
