"""Was everything delivered: /api/v1/gaps (the ledger per gateway and day) and /api/v1/deadletters."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from console.web.access import Right, Viewer, Viewing
from console.web.api_alarms import same_site
from console.web.asked import Moment, Watched, span
from console.web.codes import code_words
from console.web.days import Days
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_delivery import DayView, DeadView, LedgerGap, ReplayView
from console.web.words import LANGUAGES, say
from contracts.clock import DAY, iso
from contracts.errors import BadConfig
from ingest.ledger import LedgerDay
from ingest.revival import Revived
from store.records import audit, deadletters
from store.records.deadletters import DeadLetter

USUAL = 7 * DAY
LONGEST = 92 * DAY
GAPS_SHOWN = 200
"""Gaps listed per day; `gaps_total` counts them all."""

router = APIRouter(tags=["delivery"])


def day_view(day: LedgerDay) -> DayView:
    """A ledger day as the API gives it; the newest gaps first."""
    newest = sorted(day.gaps, key=lambda gap: -gap.start)[:GAPS_SHOWN]
    gaps = [
        LedgerGap(
            str(gap.word),
            Words(*(say(lang, f"gap.{gap.word}") for lang in LANGUAGES)),
            gap.first,
            gap.last,
            gap.start,
            gap.end,
            gap.epoch,
            gap.source,
            gap.reason,
            Words(*code_words([gap.reason])),
        )
        for gap in newest
    ]
    return DayView(
        gateway=day.gateway,
        day=iso(day.day),
        expected=day.made,
        received=day.committed,
        late=day.late,
        replayed=day.replayed,
        missing=day.missing,
        lost=day.lost,
        dead=day.dead,
        duplicate=day.duplicate,
        conflict=day.conflict,
        polls_due=day.due,
        polls_answered=day.answered,
        completeness=day.completeness,
        coverage=day.coverage,
        gaps=gaps,
        gaps_total=len(day.gaps),
    )


async def ledger_of(days: Days, gateways: list[str], start: int, end: int, fresh: bool) -> list[DayView]:
    """The days of these gateways, newest first within a gateway."""
    return [day_view(day) for gateway in gateways for day in reversed(await days.of(gateway, start, end, fresh))]


@router.get("/gaps")
async def gaps(
    watch: Watched,
    gateway: Annotated[str | None, Query(description="mine/gateway; else all")] = None,
    mine: Annotated[str | None, Query(description="all gateways of this mine")] = None,
    start: Moment = None,
    end: Moment = None,
) -> Page[DayView]:
    """Per gateway and UTC day: items expected, received, late, replayed, missing, lost and so on; both figures; every gap by name."""
    known = sorted(watch.plant.live.gateways)
    wanted = [name for name in known if gateway in (None, name) and mine in (None, name.partition("/")[0])]
    if not wanted and (gateway or mine):
        raise Refused(404, "query.gateway" if gateway else "query.mine", gateway or mine, "one of: " + ", ".join(known))
    reach = span(start, end, watch.plant.clock.now(), USUAL, LONGEST)
    return Page(await ledger_of(watch.days, wanted, *reach, fresh=True))


async def deadletters_of(
    plant: Plant, viewer: Viewer, gateway: str | None, after: int, limit: int, unresolved: bool = True
) -> tuple[list[DeadView], str | None]:
    """A page of dead letters and the cursor of the next."""

    def read() -> list[DeadLetter]:
        with plant.records.read() as db:
            return deadletters.listing(db, gateway=gateway, mines=viewer.mines, unresolved=unresolved, after=after, limit=limit + 1)

    rows = await plant.look(read)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return [_dead(row) for row in rows[:limit]], more


def _note(plant: Plant, viewer: Viewer, done: Revived) -> None:
    facts = {"outcome": str(done.outcome), "reason": done.reason}
    actor = audit.pseudonym(viewer.name) if viewer.signed_in else "console"
    with plant.records.begin() as db:
        audit.append(db, "deadletter.replayed", f"dead letter {done.id}", facts, actor, plant.clock.now())


def _dead(row: DeadLetter) -> DeadView:
    return DeadView(
        id=str(row.id),
        gateway=row.gateway,
        topic=row.topic,
        received=iso(row.received),
        received_us=row.received,
        reason=row.reason,
        reason_words=Words(*code_words([row.reason])),
        detail=row.detail,
        epoch=row.epoch,
        seq=row.seq,
        size=len(row.payload),
    )


@router.get("/deadletters")
async def dead_letters(
    watch: Watched,
    viewer: Viewing,
    gateway: Annotated[str | None, Query(description="mine/gateway; else all")] = None,
    unresolved: Annotated[bool, Query(description="false: also those that were replayed or given up")] = True,
    after: Annotated[int, Query(ge=0, description="the cursor of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[DeadView]:
    """What could not be stored, each with its reason."""
    items, more = await deadletters_of(watch.plant, viewer, gateway, after, limit, unresolved)
    return Page(items, more)


@router.post("/deadletters/{letter}/replay")
async def replay(request: Request, watch: Watched, viewer: Viewing, letter: Annotated[int, Path(ge=0, lt=1 << 63)]) -> ReplayView:
    """Judge a dead letter again as if it came now: `stored`, or `refused` with the reason (then it stays)."""
    same_site(request)
    viewer.need(Right.ADMIN)
    plant = watch.plant
    try:
        done = await plant.run(lambda: plant.replay(letter))
    except BadConfig as error:
        raise Refused(404, "path.letter", str(letter), error.allowed) from error
    await plant.run(lambda: _note(plant, viewer, done))
    return ReplayView(str(done.id), done.outcome, done.reason)
