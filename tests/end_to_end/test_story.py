"""The demo's story on the demo itself: every step is proven by what really happened, and ended it leaves nothing behind.

The mines run five times as fast here; the gateways, the rules and the centre do not.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.ports import claim, free_port
from sim_sensors.faults import Kind
from sim_sensors.orders import Order, read_orders, write_orders
from tests.end_to_end.harness import Proc, broker_or_skip, davy
from tests.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.long]
PLAYED_S, SPEED = 300.0, "5"
"""Enough for every scene's own limit on a busy machine; on a quiet one it takes some 100 s."""


class Demo:
    """A running demo as somebody at its page sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        ports = ["--port", str(self.port), "--broker-port", str(free_port()), "--sim-port", str(three_in_a_row())]
        self.up = Proc(davy("up", "--demo", "--folder", str(folder), *ports, "--sim-speed", SPEED), folder.with_suffix(".log"))
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def get(self, path: str, **query: str) -> Any:
        try:
            return self.web.get(path, params=query).json()
        except httpx.TransportError:
            return {}

    @property
    def story(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/api/v1/story")
        return found

    def ask(self, asked: str) -> None:
        assert self.web.post("/story", data={"asked": asked}).status_code == 303

    def told(self) -> str:
        return json.dumps([[one["key"], one["standing"], one["missed"], one["refused"]] for one in self.story.get("chapters", [])])


def three_in_a_row() -> int:
    while True:
        first = free_port()
        if claim(first + 1) and claim(first + 2):
            return first


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    broker_or_skip()
    demo = Demo(tmp_path_factory.mktemp("demo") / "run")
    demo.up.start()
    try:
        wait_until(lambda: demo.story.get("mode"), told=lambda: demo.up.log.read_text("utf-8"))
        yield demo
    finally:
        demo.up.terminate()


def proofs(story: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {proof["key"]: proof for chapter in story["chapters"] for proof in chapter["proofs"]}


def number_in(proof: dict[str, Any]) -> str:
    """The alarm a proof leads to."""
    return str(proof["href"]).rsplit("/", 1)[-1]


def test_the_story_plays_by_itself_and_every_step_is_seen_where_it_says_it_is(demo: Demo) -> None:
    wait_until(lambda: demo.story.get("mode") == "over", PLAYED_S, demo.told)

    story = demo.story
    assert {one["standing"] for one in story["chapters"]} == {"seen"}, demo.told()
    found = proofs(story)
    alarm = demo.get(f"/api/v1/alarms/{number_in(found['alarmed'])}")["alarm"]
    assert (alarm["point"], alarm["rule"], alarm["limit"]) == ("1101-T0", "limit.alarm", 1.0)
    assert "536" in alarm["clause"]["en"]
    assert alarm["state"] == "normal"
    handling = demo.get(f"/api/v1/alarms/{alarm['id']}/handling")
    assert handling["standing"] == "closed"
    assert "demo engineer" in handling["answers"][-1]["by"]
    assert "demo inspector" in handling["verdicts"][-1]["by"]
    kinds = {one["kind"] for one in demo.get("/api/v1/findings", mine="demo-a")["items"]}
    assert kinds & {"methane_outlook", "gas_accumulation"}
    [permit] = demo.get("/api/v1/permits", mine="demo-a")["items"]
    assert (permit["state"], permit["point"], {one["verdict"] for one in permit["alarms"]}) == ("closed", "MR-T", {"fits"})
    days = demo.get("/api/v1/gaps", mine="demo-b")["items"]
    assert sum(day["missing"] + day["lost"] for day in days) == 0
    assert sum(day["replayed"] for day in days) > 0
    [notice] = demo.get("/api/v1/fleet/assessments")["items"]
    assert "does not exist" in notice["document"]
    assert "does not exist" in notice["authority"]
    assert notice["revoked"] == ""
    assert read_orders(demo.folder / "mines" / "orders.json") == {}


def test_played_again_and_ended_midway_it_leaves_nothing_injected(demo: Demo) -> None:
    demo.ask("again")
    wait_until(lambda: read_orders(demo.folder / "mines" / "orders.json"), told=demo.told)
    wait_until(lambda: demo.story["at"] >= 2, told=demo.told)
    demo.ask("pause")
    paused = demo.story
    assert paused["mode"] == "paused"
    demo.ask("end")
    wait_until(lambda: demo.story["mode"] == "ended", told=demo.told)

    assert read_orders(demo.folder / "mines" / "orders.json") == {}
    assert {one["standing"] for one in demo.story["chapters"]} <= {"seen", "broken", "waiting", "missed"}
    assert [one["revoked"] != "" for one in demo.get("/api/v1/fleet/assessments")["items"]] == [True]
    assert demo.get("/api/v1/permits", mine="demo-a", state="open")["items"] == []
    assert all(not gateway["silent"] for mine in demo.get("/api/v1/mines")["items"] for gateway in mine["gateways"])


def test_started_anew_nothing_of_the_story_is_left_and_it_begins_by_itself(demo: Demo) -> None:
    demo.ask("again")
    wait_until(lambda: demo.story.get("at", 0) >= 1, told=demo.told)
    demo.up.terminate()
    stale = Order(kind=Kind.CUTTING, target="shearer", strength=3.0, number=7)
    write_orders(demo.folder / "mines" / "orders.json", {"demo-a": (stale,)})  # as a demo that was killed would leave it
    demo.up.start()
    wait_until(lambda: demo.story.get("run") == 1, told=lambda: demo.up.log.read_text("utf-8"))

    orders = read_orders(demo.folder / "mines" / "orders.json")
    assert all(order.number == 1 for wanted in orders.values() for order in wanted)
