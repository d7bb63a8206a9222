"""Silence is not safety; and an exceedance inside an outage is told after it. The whole plant with its pages' API."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.ports import free_port
from contracts.clock import iso
from tests.end_to_end.harness import Plant, Proc, davy
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
    items: list[dict[str, Any]] = httpx.get(f"http://127.0.0.1:{plant.http}/api/v1/{path}", timeout=20).json()["items"]
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


def exceedance(plant: Plant, up_at: int, down_at: int) -> float:
    """Rows that exceed the limit of the return corner for some seconds; when the first row is due (monotonic)."""
    rows = plant.folder / "rows.csv"
    lines = [f"2014-01-01 00:{at // 60:02d}:{at % 60:02d},{1.40 if up_at <= at < down_at else 0.30:.2f}\n" for at in range(600)]
    rows.write_text("time,1101-T0\n" + "".join(lines), encoding="utf-8")
    plant.add_agent(MINE, 1, rows, iso(time.time_ns() // 1000))
    plant.agents[MINE].arguments = davy("edge", "--config", str(only_replay(plant)))
    plant.agents[MINE].start()
    return time.monotonic()


@pytest.mark.parametrize(("back_at", "late"), [(34, False), pytest.param(100, True, marks=[pytest.mark.long, pytest.mark.timeout(240)])])
def test_an_exceedance_that_begins_and_ends_while_the_link_is_down_is_told_after_it_returns(plant: Plant, back_at: int, late: bool) -> None:
    begin(plant)
    start = exceedance(plant, 25, 30)
    until(plant, f"mines/{MINE}/points", lambda points: any(point["state"] == "normal" for point in points))
    plant.cable.pull()
    assert time.monotonic() < start + 24, "the machine is too slow for this story"
    time.sleep(start + back_at - time.monotonic())  # the outage is the point
    assert not [alarm for alarm in open_alarms(plant) if alarm["rule"] == "limit.alarm"]
    plant.cable.plug()

    alarms = until(plant, "alarms", lambda alarms: any(a["rule"] == "limit.alarm" and a["returned"] for a in alarms))

    [alarm] = [alarm for alarm in alarms if alarm["rule"] == "limit.alarm"]
    assert (alarm["state"], alarm["active"], alarm["late"]) == ("returned_unacknowledged", False, late)
    assert alarm["peak"] == 1.4
    assert alarm["clause"]["zh"].startswith("《煤矿安全规程》")
