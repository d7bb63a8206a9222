"""Who is told, how each of them is served, and a message marked as a test: /api/v1/recipients."""

from dataclasses import dataclass

from fastapi import APIRouter, Request

from alerts.addresses import masked
from alerts.config import Recipient
from alerts.deliver import per_minute
from alerts.trial import sample
from console.web.api_alarms import same_site
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from contracts.clock import iso
from store.records import audit
from store.records.deliveries import Standing, standing_of

router = APIRouter(tags=["alarms"])


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One recipient. `address`: scheme and host only. `mines` empty: all. `example`: what a message looks like. `reached`, `failed`: the
    last message accepted, and refused for good; `waiting_since`: the oldest that waits; null: none. `reason`: why one failed or waits."""

    name: str
    channel: str
    address: str
    lang: str
    mines: list[str]
    admin: bool
    per_minute: int
    waiting: int
    waiting_since: str | None
    reached: str | None
    failed: str | None
    reason: str
    example: Words


@dataclass(frozen=True, slots=True)
class TrialView:
    """`outcome`: accepted, again (unclear or not yet), refused (never)."""

    recipient: str
    at: str
    outcome: str
    reason: str


@router.get("/recipients")
async def recipients(watch: Watched) -> Page[RecipientView]:
    """Everybody who is told, in the order of the configuration."""
    plant = watch.plant

    def read() -> list[Standing]:
        with plant.records.read() as db:
            return [standing_of(db, one.name) for one in plant.recipients]

    found = await plant.run(read)
    return Page([_view(plant, one, standing) for one, standing in zip(plant.recipients, found, strict=True)])


@router.post("/recipients/{name}/test")
async def test(request: Request, watch: Watched, name: str) -> TrialView:
    """Send this recipient one message that is marked as a test, and say what became of it. It is not tried again."""
    same_site(request)
    plant = watch.plant
    known = {one.name: one for one in plant.recipients}
    if name not in known or plant.trial is None:
        raise Refused(404, "path.name", name[:80], "one of: " + ", ".join(known))
    done = await plant.trial(known[name])

    def note() -> None:
        with plant.records.begin() as db:
            audit.append(db, "alarm.test", f"recipient {name}", {"outcome": str(done.outcome)}, "console", done.at)

    await plant.run(note)
    return TrialView(done.recipient, iso(done.at), done.outcome, done.reason)


def _view(plant: Plant, one: Recipient, standing: Standing) -> RecipientView:
    return RecipientView(
        name=one.name,
        channel=one.channel,
        address=masked(one.address),
        lang=one.lang,
        mines=list(one.mines),
        admin=one.admin,
        per_minute=per_minute(one),
        waiting=standing.waiting,
        waiting_since=_moment(standing.oldest),
        reached=_moment(standing.reached),
        failed=_moment(standing.failed),
        reason=standing.reason,
        example=Words(**sample(one, plant.limits, plant.clock.now()).text),
    )


def _moment(micros: int | None) -> str | None:
    return None if micros is None else iso(micros)
