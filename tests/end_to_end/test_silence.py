"""Silence is not safety; and an exceedance inside an outage is told after it. The whole plant with its pages' API."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.lifecycle import LATE
from bench.ports import free_port
from contracts.clock import SECOND, iso
from contracts.payload import Event, Item, decode
from tests.end_to_end.harness import Plant, Proc, davy, items_on_disk
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE = "alpha"
PERIOD_S = 4.0
"""Long enough to ask several times within three of them, however busy the machine is."""


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """`davy up` without --demo as the centre, one simulated mine, one agent over a cable that can be pulled."""
    plant = Plant(tmp_path / "plant")
    plant.http = free_port()
    plant.ingest = Proc(
        davy("up", "--folder", str(plant.folder / "up"), "--port", str(plant.http), "--broker-port", str(plant.broker_port)),
        plant.folder / "up.log",
    )
    device = plant.add_sim([MINE])
    plant.add_agent(MINE, device[MINE])
    yield plant
    plant.ingest.terminate()
    plant.stop()


def begin(plant: Plant) -> None:
    """The centre first, which takes longest: a story's clock runs from its agent's start."""
    plant.ingest.start()
    until(plant, "mines", lambda _: True)
    if plant.sim:
        plant.sim.start()


def get(plant: Plant, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = httpx.get(f"http://127.0.0.1:{plant.http}/api/v1/{path}", timeout=60).json()["items"]
    return items


def until(plant: Plant, path: str, wanted: Any) -> list[dict[str, Any]]:
    """The first answer that is as wanted."""
    seen: list[dict[str, Any]] = []

    def answered() -> bool:
        nonlocal seen
        with contextlib.suppress(httpx.HTTPError, KeyError):
            seen = get(plant, path)
            return bool(wanted(seen))
        return False

    wait_until(answered, told=lambda: f"{path} is {str(seen)[:600]}")
    return seen


def open_alarms(plant: Plant, mine: str = MINE) -> list[dict[str, Any]]:
    return [alarm for alarm in get(plant, "alarms") if alarm["open"] and alarm["mine"] == mine]


def test_a_stopped_gateway_makes_its_points_unknown_within_three_periods_and_raises_one_alarm_that_hides_its_children(plant: Plant) -> None:
    rows = plant.folder / "rows.csv"
    rows.write_text("time,1101-T0\n" + "".join(f"2014-01-01 00:{at // 60:02d}:{at % 60:02d},1.30\n" for at in range(600)), encoding="utf-8")
    begin(plant)
    plant.add_agent(MINE, 1, rows, iso(time.time_ns() // 1000))
    plant.agents[MINE].arguments = davy("edge", "--config", str(only_replay(plant)))
    plant.agents[MINE].start()
    until(plant, "alarms", lambda alarms: any(alarm["rule"] == "limit.alarm" and alarm["active"] for alarm in alarms))
    until(plant, f"mines/{MINE}/points", lambda points: any(point["state"] == "alarm" for point in points))
    before = {alarm["id"] for alarm in open_alarms(plant)}

    plant.agents[MINE].kill()
    told = until_unknown(plant)

    assert len(told) > 3, "it was asked while its readings were fresh, and after"
    assert [mine for mine in told if known(mine) and silent_s(mine) > 3 * PERIOD_S] == []
    after = until(plant, "alarms", lambda alarms: any(alarm["rule"] == "link.down" and alarm["active"] for alarm in alarms))
    links = [alarm for alarm in after if alarm["rule"] == "link.down" and alarm["active"]]
    children = [alarm for alarm in after if alarm["id"] in before]
    assert len(links) == 1
    assert len(children) == len(before)
    assert all(alarm["active"] and alarm["unknown"] and alarm["suppressed"] for alarm in children), "nothing clears by silence"


def until_unknown(plant: Plant) -> list[dict[str, Any]]:
    """What was told of the mine up to the first time that no point of it was known."""
    told: list[dict[str, Any]] = []
    until(plant, "mines", lambda mines: told.append(next(mine for mine in mines if mine["id"] == MINE)) or not known(told[-1]))
    return told


def known(mine: dict[str, Any]) -> int:
    """Points that are not shown as unknown."""
    return sum(count for state, count in mine["points"].items() if state != "unknown")


def silent_s(mine: dict[str, Any]) -> float:
    """For how long its gateway has been silent, by the clock of the answer."""
    [gateway] = mine["gateways"]
    return float(gateway["silent_s"])


def only_replay(plant: Plant) -> Path:
    """The agent's configuration with its replay source alone."""
    path = plant.folder / MINE / "edge.toml"
    head, *sources = path.read_text(encoding="utf-8").split("[[sources]]")
    replay = (
        next(source for source in sources if 'kind = "replay"' in source)
        .replace("period_s = 0.2", f"period_s = {PERIOD_S}")
        .replace("speed = 10", "speed = 1")
    )
    path.write_text(f"{head}[[sources]]{replay}", encoding="utf-8")
    return path


class Meter(threading.Thread):
    """A logger that appends a row of the return corner to a file, twice a second, until the test is over."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path, self.value, self.over = path, 0.30, threading.Event()
        path.write_text("time,1101-T0\n", encoding="utf-8")

    def run(self) -> None:
        while not self.over.wait(0.5):
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{iso(time.time_ns() // 1000)},{self.value:.2f}\n")


@pytest.fixture
def meter(plant: Plant) -> Iterator[Meter]:
    """What the agent of the plant reads, and nothing else."""
    made = Meter(plant.folder / "rows.csv")
    path = plant.folder / MINE / "edge.toml"
    head, *_ = path.read_text(encoding="utf-8").split("[[sources]]")
    path.write_text(f'{head}[[sources]]\nname = "rows"\nkind = "csv_tail"\nperiod_s = 1.0\nfile = "{made.path}"\n', encoding="utf-8")
    made.start()
    yield made
    made.over.set()
    made.join()


def decided(plant: Plant) -> list[str]:
    """What the gateway made of the exceedance, as its disk has it."""
    bodies = [decode(Item, data).body for _, _, data in items_on_disk(plant.folder / MINE / "outbox", "event")]
    return [body.change for body in bodies if isinstance(body, Event) and body.rule == "limit.alarm"]


@pytest.mark.parametrize("late", [False, pytest.param(True, marks=pytest.mark.long)])
def test_an_exceedance_that_begins_and_ends_while_the_link_is_down_is_told_after_it_returns(plant: Plant, meter: Meter, late: bool) -> None:
    begin(plant)
    plant.agents[MINE].start()
    until(plant, f"mines/{MINE}/points", lambda points: any(point["state"] == "normal" for point in points))
    plant.cable.pull()
    for value, change in ((1.40, "raise"), (0.30, "return")):
        meter.value = value
        wait_until(lambda change=change: change in decided(plant), told=lambda: decided(plant))
    time.sleep(LATE / SECOND + 2 if late else 0)  # the outage is the point
    assert not [alarm for alarm in open_alarms(plant) if alarm["rule"] == "limit.alarm"]
    plant.cable.plug()

    alarms = until(plant, "alarms", lambda alarms: any(a["rule"] == "limit.alarm" and a["returned"] for a in alarms))

    [alarm] = [alarm for alarm in alarms if alarm["rule"] == "limit.alarm"]
    assert (alarm["state"], alarm["active"], alarm["late"]) == ("returned_unacknowledged", False, late)
    assert alarm["peak"] == 1.4
    assert alarm["clause"]["zh"].startswith("《煤矿安全规程》")
