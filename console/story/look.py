"""The story's eyes: one look at the plant, the same that the pages are drawn from, and only as far as the scene asks for it."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from alerts.limits import ALARM_RULE
from alerts.referral import ENTERING
from console.fleet import registers
from console.story.facts import Facts, Far, Official
from console.story.people import AUTHORITY, DISPATCHER
from console.story.play import Story
from console.story.plot import CALIBRATED, CORNER, FACE, GATEWAY, MINE, OTHER, SHEARER, Chapter
from console.story.proofs import BEGAN
from console.web.board import Scene, clause_words
from console.web.shapes import PointView
from console.web.watch import Watch
from contracts.clock import DAY
from contracts.units import OWN_WORD
from fleet.bodies import Object
from fleet.series import official
from ingest.ledger import LedgerDay
from store.records import alarms, deliveries, findings, handling, permits
from store.records.alarms import AlarmRow
from store.records.permits import PermitRow

FINDINGS = 30
"""Newest findings looked through."""


def far_of(online: bool, points: Iterable[PointView]) -> Far:
    """The far mine, its points counted as the overview counts them: what a gateway says of itself is none."""
    counted = [one for one in points if one.quantity not in OWN_WORD]
    unknown = [one for one in counted if one.state == "unknown"]
    return Far(online, len(unknown), len(counted), next(iter(unknown), None))


class Eyes:
    """Of one story. Belongs to the event loop of the pages."""

    def __init__(self, watch: Watch) -> None:
        self._plant, self._watch = watch.plant, watch

    async def look(self, story: Story) -> Facts:
        """What is there now."""
        scene = await self._watch.scene()
        here = {one.id: one for one in self._watch.picture(scene, MINE)[1]}
        points = here.get(CORNER), here.get(FACE), here.get(SHEARER), here.get(CALIBRATED)
        seen = Facts(scene.now, *points, self._far(scene))

        def read() -> Facts:
            with self._plant.records.read() as db:
                return self._recorded(db, story, seen)

        return await self._plant.run(read)

    def _far(self, scene: Scene) -> Far:
        gateway = self._plant.live.gateways.get(GATEWAY)
        return far_of(gateway is not None and gateway.online, self._watch.picture(scene, OTHER)[1])

    def _recorded(self, db: Connection, story: Story, seen: Facts) -> Facts:
        """With what stands in the records. Called in the store's thread."""
        chapter = story.plan.chapter if story.plan is not None else None
        permit = story_permit(db)
        seen = replace(seen, official=official_of(db, self._plant.zone.day(seen.now)), permit=permit)
        if chapter in (Chapter.CUTTING, Chapter.GAS, Chapter.WARNING, Chapter.ALARM, Chapter.ANSWER):
            seen = self._alarm(db, story, seen)
        if permit is not None or chapter is Chapter.CALIBRATION:
            seen = _calibration(db, permit, story, seen)
        return replace(seen, day=self._day(seen.now)) if chapter is Chapter.LINK else seen

    def _alarm(self, db: Connection, story: Story, seen: Facts) -> Facts:
        began = int(story.noted.get(BEGAN, 0))
        known = story.noted.get("alarm")
        row = alarms.alarm(db, int(known)) if known is not None else alarms.open_alarm(db, MINE, CORNER, ALARM_RULE)
        newest = findings.listing(db, MINE, limit=FINDINGS)
        others = [one for one in alarms.alarms(db, mine=MINE, subject=CORNER, limit=10) if one.rule != ALARM_RULE and one.since >= began]
        seen = replace(seen, findings=tuple(one for one in newest if not one.ended or one.since >= began), others=tuple(others))
        if row is None or row.since < began:
            return seen
        raised = [step for step in alarms.transitions(db, row.id) if step.time == row.since]
        received = raised[0].received if raised else row.created
        told = handling.told(db, {row.id}, ENTERING)[row.id]
        return replace(seen, alarm=row, clause=clause_words(self._plant.limits, row.clause), received=received, told=told)

    def _day(self, now: int) -> LedgerDay | None:
        return next(iter(self._plant.ledger(GATEWAY, now - now % DAY, now - now % DAY + DAY)), None)


def story_permit(db: Connection) -> PermitRow | None:
    """The permit that the story's people opened and did not close."""
    return next((row for row in permits.busy(db, MINE, [CALIBRATED]) if row.dispatcher == DISPATCHER), None)


def _calibration(db: Connection, permit: PermitRow | None, story: Story, seen: Facts) -> Facts:
    number = int(story.noted.get("permit", 0)) or (permit.id if permit is not None else 0)
    spoken = next(iter(permits.spoken_of(db, [number])), None) if number else None
    planned: AlarmRow | None = alarms.alarm(db, spoken.alarm) if spoken is not None else None
    sent = len(deliveries.told_before(db, planned.id)) if planned is not None else 0
    return replace(seen, planned=planned, spoken=spoken, sent=sent)


def official_of(db: Connection, day: str) -> Official:
    kept = registers.assessments(db)
    counted = official.officially([one.body for one in kept], day)
    own = next((one.n for one in kept if one.body.authority == AUTHORITY and official.valid(one.body, day)), 0)
    return Official(None if counted is None else sum(counted.counts.get(Object.MINE, {}).values()), own)
