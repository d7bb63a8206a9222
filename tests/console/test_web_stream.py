"""The stream of events."""

import asyncio
import json

import pytest

from console.web import watch as watch_module
from console.web.stream import _events, event_of
from console.web.times import BEIJING
from console.web.watch import Watch
from contracts.clock import DAY, SECOND
from tests.console.web_pit import NOON, Pit


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    return pit


async def _event(watch: Watch, told: dict, point: str | None = None) -> dict:
    scene = await watch.scene()
    return event_of(scene, [watch.picture(scene, "north")], "zh", point, told, BEIJING.clock)


async def test_the_first_event_says_all_and_the_next_only_what_changed(pit):
    watch, told = Watch(pit.plant), {}
    first = await _event(watch, told)
    pit.clock.advance(SECOND)
    pit.hear()
    pit.read({"T00": 0.5})
    second = await _event(watch, told)

    assert len(first["mines"][0]["changed"]) == 13
    assert [(point["id"], point["text"]) for point in second["mines"][0]["changed"]] == [("T00", "0.50")]
    assert second["now"] == NOON // 1000 + 1000


async def test_silence_is_news(pit):
    watch, told = Watch(pit.plant), {}
    await _event(watch, told)
    pit.clock.advance(4 * SECOND)
    changed = (await _event(watch, told))["mines"][0]["changed"]

    assert {point["state"] for point in changed} == {"unknown"}
    assert {point["word"] for point in changed} == {"未知"}
    assert changed[0]["why"] == "网关已 4 秒无任何消息"


async def test_a_change_of_any_alarm_changes_the_version(pit):
    watch, told = Watch(pit.plant), {}
    calm = await _event(watch, told)
    pit.alarm("T00")
    pit.clock.advance(SECOND)
    raised = await _event(watch, told, "T00")

    assert calm["alarms_version"] != raised["alarms_version"]
    assert raised["mines"][0]["alarms"]["active"] == 1
    assert [point["state"] for point in raised["mines"][0]["changed"]] == ["alarm"]


async def test_a_stream_begins_at_once_and_ends_when_the_server_closes(pit):
    watch = Watch(pit.plant)
    stream = _events(watch, "en", "north", None)
    retry, first = await anext(stream), await anext(stream)
    watch.closing.set()

    assert retry.startswith("retry:")
    assert json.loads(first.removeprefix("data: "))["mines"][0]["word"] == "normal"
    assert [event async for event in stream] == []


async def test_a_ledger_day_is_counted_once_for_many_looks_and_anew_when_asked_fresh(pit):
    counted = []
    object.__setattr__(pit.plant, "ledger", lambda gateway, start, end: counted.append(start) or [])
    days, today = Watch(pit.plant).days, NOON - NOON % DAY
    await asyncio.gather(*(days.of("north/gw1", today - DAY, NOON) for _ in range(5)))
    pit.clock.advance(31 * SECOND)
    await days.of("north/gw1", today - DAY, NOON)
    await days.of("north/gw1", today - DAY, NOON, fresh=True)

    assert counted == [today - DAY, today, today, today - DAY, today]


async def test_many_pages_share_one_reading_of_the_journal(pit):
    calls = []

    async def counted(work):
        calls.append(work)
        await asyncio.sleep(0)
        return work()

    object.__setattr__(pit.plant, "run", counted)
    watch = Watch(pit.plant)
    scenes = await asyncio.gather(*(watch.scene() for _ in range(20)))

    assert len(calls) == 1
    assert all(scene.active.known for scene in scenes)


async def test_a_slow_journal_does_not_hold_the_stream_up_and_is_not_believed_for_long(pit, monkeypatch):
    monkeypatch.setattr(watch_module, "PATIENCE", 0.01)
    gate = asyncio.Event()

    async def stuck(work):
        await gate.wait()
        return work()

    watch = Watch(pit.plant)
    await watch.scene()
    object.__setattr__(pit.plant, "run", stuck)
    pit.clock.advance(2 * SECOND)
    soon = await watch.scene()
    pit.clock.advance(10 * SECOND)
    late = await watch.scene()
    gate.set()

    assert soon.active.known
    assert not late.active.known
