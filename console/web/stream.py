"""/api/v1/stream: server-sent events, one a second: what changed, in words, so that the page's script only has to put it in place.

The first event says all. An event comes every second even when nothing changed: its absence is how a page knows that it is blind.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from console.web.access import Viewing
from console.web.asked import Language, Watched
from console.web.board import Scene, mines_of
from console.web.doors import Doors
from console.web.draw import born_ms, gateway_word, gauge_of, split_of, unread_text
from console.web.province import MOST, arranged, totals
from console.web.refusals import Refused
from console.web.shapes import MineView, PointView, Words
from console.web.watch import Picture, Watch

EVERY_S = 1.0
MOST_OF_ONE = 60
"""Streams of one person (project setting): each page and each wall board listens to one."""
RETRY_MS = 2000

router = APIRouter(tags=["stream"])


@router.get("/stream", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def stream(
    request: Request,
    watch: Watched,
    viewer: Viewing,
    lang: Language,
    mine: Annotated[str | None, Query(description="only this mine, with its changed points; else all mines without points")] = None,
    point: Annotated[str | None, Query(description="only this point of the mine")] = None,
    first: Annotated[
        int | None, Query(ge=0, le=MOST, description="of all mines, only so many whole: those that need somebody first; else all")
    ] = None,
) -> StreamingResponse:
    """Server-sent events of JSON: `now` (ms UTC), `alarms_version`, `unread`, `mines` with state, counts and `changed` points.

    With `first` mines that are not among them are told by their state alone, and only when it changed; `totals` and `active` are of all."""
    scene = await watch.scene()
    if mine is not None:
        watch.known_mine(scene, mine)
    elif point is not None:
        raise Refused(422, "query.point", point, "a point together with query.mine")
    doors: Doors = request.app.state.doors
    listening: Counter[int] = request.app.state.listening
    if viewer.person and listening[viewer.person] >= MOST_OF_ONE:
        raise Refused(429, "session", viewer.login, f"at most {MOST_OF_ONE} streams of one person at a time")

    async def same() -> bool:
        return doors.viewer(await doors.known(request, touch=False)) == viewer

    events = _events(watch, lang, mine, point, same, first)
    return StreamingResponse(_counted(events, listening, viewer.person), media_type="text/event-stream")


async def _counted(events: AsyncGenerator[str, None], listening: Counter[int], person: int) -> AsyncIterator[str]:
    """The same events, counted as one stream of that person while they last."""
    listening[person] += 1
    try:
        async with contextlib.aclosing(events):
            async for event in events:
                yield event
    finally:
        listening[person] -= 1


async def _always() -> bool:
    return True


async def _events(
    watch: Watch,
    lang: str,
    mine: str | None,
    point: str | None,
    same: Callable[[], Awaitable[bool]] = _always,
    first: int | None = None,
) -> AsyncGenerator[str, None]:
    """Until the console closes, or whoever listens is no longer who they were (signed out, another role, other mines)."""
    told: dict[str, tuple[object, ...]] = {}
    yield f"retry: {RETRY_MS}\n\n"
    while not watch.closing.is_set() and await same():
        scene = await watch.scene()
        views = [] if mine is not None else await watch.views(scene, mines_of(scene.live))
        whole, others = (views, []) if first is None else arranged(views, first)
        pictures = [(view, []) for view in whole] if mine is None else [watch.picture(scene, mine)]
        event = event_of(scene, pictures, lang, point, told, watch.plant.zone.clock)
        if first is not None and mine is None:
            event["mines"] += _changed(whole, others, lang, told)
            active = sum(view.alarms.active for view in views if view.alarms) if scene.active.known else None
            event |= {"totals": totals(views), "active": active}
        yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await watch.closing.wait()


def event_of(
    scene: Scene, pictures: Sequence[Picture], lang: str, point: str | None, told: dict[str, tuple[object, ...]], clock: Any
) -> dict[str, Any]:
    """One event. `pictures`: mines, each with the points that are to be told. `told` is what this listener knows of each point; it is
    brought up to date."""
    mines = []
    for view, points in pictures:
        due = [candidate for candidate in points if point in (None, candidate.id)]
        changed = [candidate for candidate in due if told.get(candidate.id) != _said(candidate)]
        told.update((candidate.id, _said(candidate)) for candidate in changed)
        mines.append(_mine(view, scene.now, lang) | {"changed": [_point(candidate, scene.now, lang) for candidate in changed]})
    return {"now": scene.now // 1000, "alarms_version": scene.active.version, "unread": unread_text(scene, lang, clock), "mines": mines}


def _changed(whole: Sequence[MineView], others: Sequence[MineView], lang: str, told: dict[str, tuple[object, ...]]) -> list[dict[str, Any]]:
    """Of the others, those whose state or reason is another than this listener knows. `whole`: told already."""
    said = {f"mine {view.id}": (view.state, view.reason_words.en) for view in (*whole, *others)}
    fresh = [view for view in others if told.get(f"mine {view.id}") != said[f"mine {view.id}"]]
    told.update(said)
    return [{"id": view.id, "changed": []} | _state(view, lang) for view in fresh]


def _state(view: MineView, lang: str) -> dict[str, Any]:
    return {"state": view.state, "word": _in(view.state_words, lang), "why": _in(view.reason_words, lang)}


def _said(view: PointView) -> tuple[object, ...]:
    """What a page shows of a point, the age aside (it ticks there)."""
    return view.time_us, view.text, view.quality, view.state, view.reason_words.en, view.alarm


def _in(words: Words, lang: str) -> str:
    text: str = getattr(words, lang)
    return text


def _point(view: PointView, now: int, lang: str) -> dict[str, Any]:
    gauge = gauge_of(view)
    return {
        "id": view.id,
        "text": view.text,
        "state": view.state,
        "word": _in(view.state_words, lang),
        "why": _in(view.reason_words, lang),
        "quality": view.quality_words[lang],
        "alarm": view.alarm,
        "born": born_ms(view.age_s, now),
        "fresh": round(view.fresh_for_s * 1000),
        "bar": gauge.bar if gauge else None,
        "time_us": view.time_us,
    }


def _mine(view: MineView, now: int, lang: str) -> dict[str, Any]:
    alarms = {name: getattr(view.alarms, name) for name in ("active", "unacknowledged", "highest")} if view.alarms else None
    return {
        "id": view.id,
        **_state(view, lang),
        "born": born_ms(view.age_s, now),
        "alarms": alarms,
        "split": split_of(view.points),
        "gateways": [{"id": gateway.id, "heard": gateway_word(gateway)} for gateway in view.gateways],
    }
