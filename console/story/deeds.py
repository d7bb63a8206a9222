"""The story's hands: what the demo's people do, through the same services that the API calls."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from alerts import answers, permit_desk
from alerts.alarm import Action
from alerts.alarm import Deed as AlarmDeed
from alerts.form import Form
from alerts.handling import Said, Verdict
from alerts.permit_desk import Round
from alerts.permits import Opening, Work
from alerts.words import reason_words
from console.fleet import registering, registers
from console.fleet.registering import NotEntered
from console.story.facts import Official
from console.story.look import official_of, story_permit
from console.story.people import AUTHORITY, CALLER, DISPATCHER, DOCUMENT, ENGINEER, INSPECTOR, PROVINCE, WORDS
from console.story.plot import CALIBRATED, MINE, OTHER, TEST_GAS, Deed
from console.story.proofs import Value
from console.web import traces
from console.web.plant import Plant
from contracts.clock import MINUTE
from fleet.bodies import Assessment, Level, Object
from store.records import alarms, handling

PERMIT_MIN = 5
"""Minutes the calibration's permit is opened for (project setting)."""
Noted = dict[str, Value]


class Refused(Exception):
    """A service did not take it; in its own words."""


class Hands:
    """Of one story. `do` is called in the store's thread."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._deeds: dict[Deed, Callable[[Mapping[str, Value], int], Noted]] = {
            Deed.ACKNOWLEDGE: self._acknowledge,
            Deed.ANSWER: self._answer,
            Deed.CLOSE: self._close,
            Deed.PERMIT: self._permit,
            Deed.END_PERMIT: self._end_permit,
            Deed.NOTICE: self._notice,
            Deed.REVOKE: self._revoke,
        }

    def do(self, deed: Deed, noted: Mapping[str, Value], now: int) -> Noted:
        """What later scenes need of it. Refused where a service refuses."""
        return self._deeds[deed](noted, now)

    def _acknowledge(self, noted: Mapping[str, Value], now: int) -> Noted:
        with self._plant.records.begin() as db:
            outcome = self._plant.journal.act(db, int(noted["alarm"]), Action(AlarmDeed.ACKNOWLEDGE, DISPATCHER, WORDS), now)
        return _accepted("" if outcome.accepted else outcome.reason)

    def _answer(self, noted: Mapping[str, Value], now: int) -> Noted:
        """Gas gathered behind a fallen curtain: a real exceedance, which makes it the inspector's."""
        plant, number = self._plant, int(noted["alarm"])
        measures = "停止割煤,恢复回风隅角挡风帘 / cutting stopped, the curtain at the return corner hung again"
        form = Form(cause="real", words=WORDS, withdrawal="no", measures=measures)
        with plant.records.read() as db:
            row = alarms.alarm(db, number)
        if row is None:
            raise Refused(_both("no_such_alarm"))
        facts = traces.facts(plant, row, now)
        with plant.records.begin() as db:
            taken = answers.answer(db, plant.journal, plant.handling, number, form, facts, ENGINEER, now)
        return _accepted(taken.refused)

    def _close(self, noted: Mapping[str, Value], now: int) -> Noted:
        number = int(noted["alarm"])
        with self._plant.records.begin() as db:
            version = len(handling.told(db, {number}, ())[number].answers)
            taken = answers.speak(db, self._plant.journal, number, Said(Verdict.CLOSED, version), WORDS, INSPECTOR, now)
        return _accepted(taken.refused)

    def _permit(self, _noted: Mapping[str, Value], now: int) -> Noted:
        asked = Round(MINE, Work.CALIBRATION, [CALIBRATED], now, now + 30 * MINUTE, DISPATCHER, WORDS)
        with self._plant.records.begin() as db:
            [planned] = permit_desk.plan(db, asked, now)
            done = permit_desk.open_permit(db, planned.id, Opening(DISPATCHER, CALLER, WORDS, PERMIT_MIN, TEST_GAS), now)
            if done.refusal:
                permit_desk.cancel(db, planned.id, DISPATCHER, WORDS, now)
        return _accepted(done.refusal)

    def _end_permit(self, _noted: Mapping[str, Value], now: int) -> Noted:
        with self._plant.records.begin() as db:
            row = story_permit(db)
            done = permit_desk.close(db, row.id, DISPATCHER, WORDS, now) if row is not None else None
        return _accepted(done.refusal if done is not None else "")

    def _notice(self, _noted: Mapping[str, Value], now: int) -> Noted:
        """One notice a day; played again, it stands again, and the log says why."""
        with self._plant.records.begin() as db:
            day = self._plant.zone.day(now)
            before: Official = official_of(db, day)
            made = Assessment(
                id=f"demo-story-{day}",
                mine=OTHER,
                object=Object.MINE,
                authority=AUTHORITY,
                level=Level.PRIMARY,
                notice_date=day,
                document=DOCUMENT,
                correction=WORDS if registers.newest(db, "assessment", OTHER, f"demo-story-{day}") is not None else "",
            )
            self._enter(db, made, now)
        return {} if before.mines is None else {"mines": before.mines}

    def _revoke(self, _noted: Mapping[str, Value], now: int) -> Noted:
        with self._plant.records.begin() as db:
            day = self._plant.zone.day(now)
            for one in registers.assessments(db, OTHER):
                if one.body.authority == AUTHORITY and not one.body.revoked:
                    self._enter(db, _revoked(one.body, day), now)
        return {}

    def _enter(self, db: Connection, body: Assessment, now: int) -> None:
        try:
            registering.enter_assessment(db, body, registering.Deed(PROVINCE, now))
        except NotEntered as error:
            raise Refused(str(error)) from error


def _revoked(body: Assessment, day: str) -> Assessment:
    return Assessment(
        **{name: getattr(body, name) for name in body.__struct_fields__ if name not in ("revoked", "correction")},
        revoked=day,
        correction=WORDS,
    )


def _accepted(refusal: str) -> Noted:
    if refusal:
        raise Refused(_both(refusal))
    return {}


def _both(reason: str) -> str:
    return f"{reason_words(reason, 'zh')} / {reason_words(reason, 'en')}"
