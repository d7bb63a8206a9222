"""Who is told, how each of them is served, how people are called, and a message marked as a test: /api/v1/recipients."""

from collections.abc import Collection, Sequence

from fastapi import APIRouter, Request

from alerts.addresses import masked
from alerts.config import Recipient
from alerts.coverage import Hole, holes
from alerts.deliver import per_minute
from alerts.rota import DAYS, Duty, on_duty, today
from alerts.trial import sample
from console.web.access import Right, Viewing
from console.web.api_alarms import same_site
from console.web.asked import Watched
from console.web.board import in_words, mines_of
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Page, Words
from console.web.shapes_routing import CalledView, DutyView, HoleView, RecipientView, RoutingView, TrialView
from console.web.words import LANGUAGES, say
from contracts.clock import iso
from store.records import audit
from store.records.deliveries import Standing, standing_of

router = APIRouter(tags=["alarms"])


async def recipients_of(plant: Plant) -> list[RecipientView]:
    """Everybody who is told and may be seen, in the order of the configuration."""

    def read() -> list[Standing]:
        with plant.records.read() as db:
            return [standing_of(db, one.name) for one in plant.recipients]

    found = await plant.look(read)
    return [_view(plant, one, standing) for one, standing in zip(plant.recipients, found, strict=True)]


def routing_of(plant: Plant) -> RoutingView:
    """How the people who may be seen are called."""
    section, seen, now = plant.alerts, {one.name for one in plant.recipients}, plant.clock.now()
    called = [one for one in plant.recipients if one.role in ("", "mine")]
    steps = sorted({one.step for one in called})
    whole = len(seen) == len(section.recipients)
    return RoutingView(
        section.escalate_after_min,
        section.repeat_after_min,
        section.follow_up_s,
        section.all_clear_s,
        [_called(step, at * section.escalate_after_min, called) for at, step in enumerate(steps)],
        [_duty(duty, seen, now) for rota in plant.rota if seen & rota.names for duty in today(rota, now)],
        [_hole(hole) for hole in holes(section, mines_of(plant.live))] if whole else [],
    )


@router.get("/recipients")
async def recipients(watch: Watched) -> Page[RecipientView]:
    """Everybody who is told, in the order of the configuration."""
    return Page(await recipients_of(watch.plant))


@router.get("/routing")
async def routing(watch: Watched) -> RoutingView:
    """Steps, today's shifts, waits, and what nobody would hear of (said only to who sees all recipients)."""
    return routing_of(watch.plant)


@router.post("/recipients/{name:path}/test")
async def test(request: Request, watch: Watched, viewer: Viewing, name: str) -> TrialView:
    """Send this recipient one message that is marked as a test, and say what became of it. It is not tried again. A name may hold a /."""
    same_site(request)
    viewer.need(Right.ADMIN)
    plant = watch.plant
    known = {one.name: one for one in plant.recipients}
    if name not in known or plant.trial is None:
        raise Refused(404, "path.name", name[:80], "one of: " + ", ".join(known))
    done = await plant.trial(known[name])

    actor = audit.pseudonym(viewer.name) if viewer.signed_in else "console"

    def note() -> None:
        with plant.records.begin() as db:
            audit.append(db, "alarm.test", f"recipient {name}", {"outcome": str(done.outcome)}, actor, done.at)

    await plant.run(note)
    return TrialView(done.recipient, iso(done.at), done.outcome, done.reason)


def _view(plant: Plant, one: Recipient, standing: Standing) -> RecipientView:
    now = plant.clock.now()
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
        example=Words(**sample(one, plant.limits, now).text),
        role=one.role or "all",
        role_words=in_words(f"routing.role.{one.role or 'all'}"),
        areas=list(one.areas),
        district=one.district,
        step=one.step,
        rota=[rota.name for rota in plant.rota if one.name in rota.names],
        on_duty=on_duty(plant.rota, one.name, now),
    )


def _called(step: int, after: int, called: Sequence[Recipient]) -> CalledView:
    return CalledView(step, after, [one.name for one in called if one.step == step])


def _duty(duty: Duty, seen: Collection[str], now: int) -> DutyView:
    who = [name for name in duty.who if name in seen]
    return DutyView(duty.rota, iso(duty.start), duty.start, iso(duty.end), duty.end, who, duty.start <= now < duty.end)


def _hole(hole: Hole) -> HoleView:
    words = Words(*(say(lang, f"routing.hole.{hole.what}", _facts(hole, lang)) for lang in LANGUAGES))
    return HoleView(str(hole.what), hole.where, list(hole.who), words)


def _facts(hole: Hole, lang: str) -> dict[str, str]:
    every = set(hole.days) >= set(DAYS)
    days = [day for day in hole.days if day not in DAYS] if every else hole.days
    named = [say(lang, "routing.day.every")] * every + [say(lang, f"routing.day.{day}") if day in DAYS else day for day in days]
    return {"where": hole.where, "who": ", ".join(hole.who), "days": ", ".join(named)}


def _moment(micros: int | None) -> str | None:
    return None if micros is None else iso(micros)
