"""A day like that city's: 72 exceedances, of which 60 are calibrations, 8 exhaust or blasting, 3 are hidden under flags, and 1 is real.

The inspector receives the four and what stayed unanswered, each within two seconds of the moment it became theirs; the rest is filed and
can be counted.
"""

import asyncio
import contextlib
import random
from collections import Counter
from pathlib import Path

import pytest

from contracts import quality as q
from contracts.clock import DAY, MINUTE, SECOND
from tests.alerts.receiver import Receiver, receiving
from tests.end_to_end.city import METHANE, MINES, City, cloud, gas, gob, still

pytestmark = [pytest.mark.servers, pytest.mark.alone]
AT_MOST_S = 2.0


async def raised(city: City, mine: str, point: str) -> str:
    """The newest exceedance of a point, acknowledged by the dispatcher with what came of it."""
    items = (await city.get("alarms", mine=mine))["items"]
    alarm = next(item["id"] for item in items if item["point"] == point and item["rule"] == "limit.alarm")
    for item in items:
        if item["point"] == point and "acknowledge" in item["may"]:
            await city.post(f"alarms/{item['id']}/acknowledge", name="周调度", words="已看到")
    return alarm


async def calibrate(city: City, permits: dict[tuple[str, str], str], mine: str, point: str) -> None:
    """A call, test gas, the meter reads air again, a call."""
    number = permits[mine, point]
    await city.run(mine, 30)
    await city.post(f"permits/{number}/open", caller=f"检测工{number}", reason="半月标校", gas=2.0, name="周调度")
    await city.run(mine, 10)
    city.show(mine, point, gas())
    await city.run(mine, 111)
    await city.post(f"permits/{number}/close", words="完成", name="周调度")
    city.show(mine, point, None)
    await city.run(mine, 10)


async def puff(city: City, mine: str, point: str, cause: str) -> str:
    """Carbon monoxide of an engine or a blast, answered by the mine (unless nobody does)."""
    await city.run(mine, 30)
    city.show(mine, point, cloud(38))
    await city.run(mine, 120)
    alarm = await raised(city, mine, point)
    if cause:
        await city.post(f"alarms/{alarm}/answer", name="李工", version=0, cause=cause, measures="已通风")
    await city.run(mine, 240)
    city.show(mine, point, None)
    await city.run(mine, 20)
    return alarm


async def cheat(city: City, mine: str) -> str:
    """Flags at the whole face while its gas rises; nobody asked for a permit."""
    await city.run(mine, 30)
    for point in ("T00", "T01", "T02"):
        city.show(mine, point, gob(1.3, q.CALIBRATION) if point == "T00" else lambda second: (still("methane")(second)[0], q.CALIBRATION))
    await city.run(mine, 260)
    for point in ("T00", "T01", "T02"):
        city.show(mine, point, None)
    await city.run(mine, 20)
    return await raised(city, mine, "T00")


async def real(city: City, mine: str) -> str:
    """Gas of the mine; the mine says so."""
    await city.run(mine, 30)
    city.show(mine, "T02", gob(1.2))
    await city.run(mine, 260)
    alarm = await raised(city, mine, "T02")
    await city.post(f"alarms/{alarm}/answer", name="李工", version=0, cause="real", withdrawal="yes", measures="停工撤人")
    city.show(mine, "T02", None)
    await city.run(mine, 20)
    return alarm


async def the_day(city: City) -> dict[str, set[str]]:
    """72 exceedances in an order drawn by lot; who must hear of which."""
    permits = {}
    for mine in MINES:
        city.read(mine)
        planned = await city.post("permits", mine=mine, points=list(METHANE), words="半月标校", name="李主任",
                                  end=str(city.now + DAY))  # fmt: skip
        permits |= {(mine, item["point"]): item["id"] for item in planned["items"]}
    work = [("calibrate", mine, point) for mine in MINES for point in METHANE]
    work += [("exhaust", mine, "CO2") for mine in MINES[:4]] + [("blasting", mine, "CO1") for mine in MINES[4:7]]
    work += [("", MINES[7], "CO1"), ("real", MINES[8], "T02")] + [("cheat", mine, "T00") for mine in MINES[9:]]
    random.Random(7).shuffle(work)
    out: dict[str, set[str]] = {"inspector": set(), "filed": set()}
    for kind, mine, point in work:
        await city.skip(900)
        if kind == "calibrate":
            await calibrate(city, permits, mine, point)
        elif kind == "cheat":
            out["inspector"].add(await cheat(city, mine))
        elif kind == "real":
            out["inspector"].add(await real(city, mine))
        elif kind:
            out["filed"].add(await puff(city, mine, point, kind))
        else:
            out["inspector"].add(await unanswered(city, mine, point))
    return out


async def unanswered(city: City, mine: str, point: str) -> str:
    """Nobody answers: it becomes the inspector's after half an hour, to the second."""
    alarm = await puff(city, mine, point, "")
    due = (await city.get(f"alarms/{alarm}/handling"))["due_us"]
    assert due
    await city.skip((due - city.now) // SECOND - 3)
    before = len(city.inspector.accepted)
    for _ in range(6):
        await city.skip(1, due)
        if len(city.inspector.accepted) > before:
            break
    return alarm


@pytest.mark.timeout(900)
async def test_the_inspector_hears_of_the_four_and_of_what_nobody_answered_and_the_rest_is_filed(tmp_path: Path) -> None:
    with receiving(Receiver()) as inspector, receiving(Receiver()) as mines:
        city = City(tmp_path, inspector, mines)
        telling = await city.delivering()
        try:
            expected = await the_day(city)
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
        found = await counted(city)
        page = (await city.web.get("/permits", params={"mine": MINES[0], "lang": "en"})).text
        await city.close()

    heard = Counter(str(message["alarm"]["id"]) for message in inspector.accepted if message["transition"]["change"] == "refer")
    print("refers:", heard, "latencies:", sorted(f"{what} {took:.3f} s" for what, took in city.latencies))  # noqa: T201
    assert set(heard) == expected["inspector"]
    assert set(heard.values()) == {1}
    assert {str(message["alarm"]["id"]) for message in inspector.accepted} == expected["inspector"]
    assert len(city.latencies) == 5
    assert max(took for _, took in city.latencies) <= AT_MOST_S
    assert found == {"exceedances": 72, "planned": 60, "answered in time": 7, "unanswered": 1, "not fitting": 0, "real": 1, "flags": 3}
    assert "planned alarms of the last 24 h" in page
    assert len(expected["filed"]) == 7


async def counted(city: City) -> dict[str, int]:
    """What anybody can count by the API."""
    found = Counter[str]()
    for mine in MINES:
        items = (await city.get("alarms", mine=mine, limit=500))["items"]
        exceedances = [item["id"] for item in items if item["rule"] == "limit.alarm"]
        found["exceedances"] += len(exceedances)
        count = await city.get("permits/count", mine=mine, end=str(city.now + MINUTE), start=str(city.now - 2 * DAY))
        found["planned"] += count["fits"]
        found["not fitting"] += count["misfit"] + count["pending"]
        for alarm in exceedances:
            told = await city.get(f"alarms/{alarm}/handling")
            reasons = {one["reason"] for one in told["referrals"]}
            if told["answers"] and not reasons:
                found["answered in time"] += 1
            for reason, word in (("answered_real", "real"), ("flag_without_permit", "flags")):
                found[word] += reason in reasons
            found["unanswered"] += reasons == {"unanswered"}
    return dict(found)
