"""What is done at the wall board: /api/v1/wall/{alarm}/acknowledge and /report, under a PIN or the signed-in person's name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from alerts import words as told
from alerts.alarm import Action, Deed
from alerts.journal import Outcome
from console.web import duty as book
from console.web.access import Right, Viewing
from console.web.actor import actor
from console.web.api_alarms import same_site
from console.web.api_duty import Doer, line_view
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refusal, Refused
from console.web.shapes_duty import LineView
from store.records.alarms import AlarmRow

router = APIRouter(tags=["duty"], responses={409: {"model": Refusal}})
AT_THE_WALL = "acknowledged_at_the_wall"


class Acknowledging(Doer):
    """An alarm is acknowledged at the wall; `words` where somebody has time for them."""

    words: Annotated[str, Field(max_length=300)] = ""


class Reporting(Doer):
    """An alarm was reported to the mine leader on duty (the leader on duty), who may be named."""

    leader: Annotated[str, Field(max_length=60)] = ""
    words: Annotated[str, Field(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, by whom."""

    alarm: str
    deed: str
    by: str


@router.post("/wall/{alarm}/acknowledge")
async def acknowledge(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Acknowledging) -> Done:
    """Acknowledge an alarm; 409 where its state does not allow it. No lock-out: a right PIN is always taken."""
    same_site(request)
    row = await _known(watch.plant, alarm)
    by = await actor(watch.plant, viewer, row.mine, Right.ACKNOWLEDGE, body.name, body.pin)
    plant = watch.plant

    def write() -> Outcome:
        with plant.records.begin() as db:
            return plant.journal.act(db, row.id, Action(Deed.ACKNOWLEDGE, by, body.words.strip() or AT_THE_WALL), plant.clock.now())

    outcome = await plant.run(write)
    watch.forget()
    if not outcome.accepted:
        why = f"{told.reason_words(outcome.reason, 'zh')} / {told.reason_words(outcome.reason, 'en')}"
        raise Refused(409, "path.alarm", alarm, why)
    return Done(alarm, str(Deed.ACKNOWLEDGE), by)


@router.post("/wall/{alarm}/report")
async def report(request: Request, watch: Watched, viewer: Viewing, alarm: str, body: Reporting) -> LineView:
    """Note that an alarm was reported to the mine leader on duty (Art. 533); the running log has it at once."""
    same_site(request)
    row = await _known(watch.plant, alarm)
    by = await actor(watch.plant, viewer, row.mine, Right.LOG, body.name, body.pin)
    line = await book.report(watch.plant, row.id, by, body.leader.strip(), body.words.strip())
    watch.forget()
    return line_view(line)


async def _known(plant: Plant, alarm: str) -> AlarmRow:
    """The alarm, where it is one this person sees."""
    number = int(alarm) if alarm.isascii() and alarm.isdigit() and len(alarm) < 10 else 0

    def read() -> AlarmRow | None:
        with plant.records.read() as db:
            found = plant.journal.of(db, number)
        return None if found is None else found.alarm

    row = await plant.look(read)
    if row is None:
        raise Refused(404, "path.alarm", alarm[:80], "the id of an alarm, as /api/v1/alarms lists them")
    return row
