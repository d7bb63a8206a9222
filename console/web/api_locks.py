"""Which cut functions were tested, and which tests are missing (Art. 531): /api/v1/locktests."""

from typing import Annotated

from fastapi import APIRouter, Query

from alerts.lockduty import Filed, Lock, Standing
from console.web.asked import Watched
from console.web.board import clause_words, in_words
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_locks import LockTestView, LockView
from contracts.clock import iso
from contracts.points import Registry

router = APIRouter(tags=["alarms"])
NOTHING = Words("", "")


async def locks_of(plant: Plant, gateways: list[str]) -> list[LockView]:
    """The locks of these gateways, the worst first within a gateway; one that two of them report once."""
    out, seen = list[LockView](), set[tuple[str, str, str]]()
    for name in gateways:
        registry = plant.live.registries.get(plant.live.gateways[name].registry)
        if registry is None:
            out.append(_nobody(name))
            continue
        for lock in await plant.run(lambda registry=registry: _read(plant, registry)):  # type: ignore[misc]
            key = (registry.mine, lock.point.id, lock.rule)
            if key not in seen:
                seen.add(key)
                out.append(_view(plant, name, lock))
    return out


def _read(plant: Plant, registry: Registry) -> list[Lock]:
    with plant.records.read() as db:
        return plant.journal.lock_tests(db, registry, plant.clock.now())


def _view(plant: Plant, gateway: str, lock: Lock) -> LockView:
    return LockView(
        gateway=gateway,
        point=lock.point.id,
        place=Words(lock.point.place_zh, lock.point.place_en),
        area=lock.point.area,
        rule=lock.rule,
        rule_words=in_words(f"locks.{lock.rule}"),
        feeds=list(lock.feeds),
        standing=lock.standing,
        standing_words=in_words(f"locks.{lock.standing}"),
        reason=lock.why,
        reason_words=in_words(f"locks.why.{lock.why}") if lock.why else NOTHING,
        last=_test(lock.last),
        doubted=_test(lock.doubted),
        due=None if lock.due is None else iso(lock.due),
        due_us=lock.due,
        every_days=lock.every_days,
        clause=clause_words(plant.limits, lock.clause),
        confidence=lock.confidence,
    )


def _test(one: Filed | None) -> LockTestView | None:
    if one is None:
        return None
    seconds = (one.numbers.get(name) for name in ("alarm_s", "cut_s", "feed_off_s", "restore_s"))
    return LockTestView(str(one.alarm), iso(one.time), one.time, one.unverified, *seconds)


def _nobody(gateway: str) -> LockView:
    """A gateway whose points nobody knows: it is said, not left out."""
    unknown, why = in_words(f"locks.{Standing.UNKNOWN}"), in_words("locks.why.no_registry")
    nothing = (None, None, None, None, None)
    return LockView(
        gateway, "", NOTHING, "", "", NOTHING, [], Standing.UNKNOWN, unknown, "no_registry", why, *nothing, clause=NOTHING, confidence=""
    )


@router.get("/locktests")
async def lock_tests(
    watch: Watched,
    gateway: Annotated[str | None, Query(description="mine/gateway; else all")] = None,
    mine: Annotated[str | None, Query(description="all gateways of this mine")] = None,
) -> Page[LockView]:
    """Each cut function with its last test that counts, when the next is due, and whether it is missing; unknown is never tested."""
    known = sorted(watch.plant.live.gateways)
    wanted = [name for name in known if gateway in (None, name) and mine in (None, name.partition("/")[0])]
    if not wanted and (gateway or mine):
        raise Refused(404, "query.gateway" if gateway else "query.mine", gateway or mine, "one of: " + ", ".join(known))
    return Page(await locks_of(watch.plant, wanted))
