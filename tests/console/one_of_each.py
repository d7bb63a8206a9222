"""Two mines with one of everything each: an alarm and what people did with it, permits, findings, drills, reports, the fleet."""

from dataclasses import replace
from datetime import date
from functools import partial

from alerts import calibration_desk, permit_desk
from alerts.calibration_desk import About
from alerts.config import Recipient
from alerts.evidence import Seal
from alerts.permits import Opening, Work
from contracts.clock import DAY, MINUTE
from contracts.errors import BadConfig
from contracts.facts import Fact, FactSet, write_facts
from contracts.keys import new_key
from contracts.payload import Event, Finding
from fleet import judging
from fleet.bodies import Profile, Suspicion, write
from fleet.packs import load
from ingest.backups import BackupState
from ingest.revival import Revived
from store.backup.notes import Note
from store.records import deadletters, drills, duty, evidence, findings, fleet_log, handling
from store.records.findings import FORWARDED, Remark
from store.records.fleet_log import New
from tests.console.web_pit import LIMIT, NORTH, SOUTH, Pit

OURS, OTHERS, NONE = "north", "south", "nowhere"
REGISTRIES = {"north": NORTH, "south": SOUTH}
IDENTIFIERS = {"north": "88.123.1/ours", "south": "88.123.1/theirs"}
Ids = dict[str, dict[str, str]]
"""Path parameters by mine; of NONE those of nothing."""


def fill(pit: Pit) -> Ids:
    """One of everything into both mines."""
    for mine in (OURS, OTHERS):
        pit.calm(mine)
    recipients = [Recipient(name=f"secret-of-{mine}", address="http://127.0.0.1:9/", mines=(mine,)) for mine in (OURS, OTHERS)]
    pit.plant = replace(pit.plant, recipients=recipients, replay=partial(_replay, pit), seal=Seal(new_key()))
    recipients.append(Recipient(name="secret-of-south and all others", address="http://127.0.0.1:9/"))
    state = BackupState(True, Note("/b", "d", pit.clock.now()), due=0, failed="secret-of-south")
    pit.plant = replace(pit.plant, backups=lambda: state)
    ids = {
        mine: {
            "mine": mine,
            "point": "T01",
            "alarm": _alarm(pit, mine),
            "drill": _drill(pit, mine),
            "finding": _finding(pit, mine),
            "letter": _letter(pit, mine),
            "handover": _handover(pit, mine),
            **_by_hand(pit, mine),
            "n": _in_the_fleet(pit, mine),
            "identifier": IDENTIFIERS[mine],
            "kind": "daily",
            "day": pit.plant.zone.day(pit.clock.now() - DAY),
            "name": f"secret-of-{mine}",
        }
        for mine in (OURS, OTHERS)
    }
    ids[NONE] = dict.fromkeys(ids[OURS], "999") | {"mine": NONE, "name": f"secret-of-{NONE}", "identifier": "88.123.1/nothing"}
    for mine in (OURS, OTHERS):
        _refer(pit, ids[mine]["alarm"], mine)
        ids[mine]["number"] = _evidence(pit, ids[mine]["alarm"], mine)
    ids[NONE]["number"] = "999"
    return ids


def _alarm(pit: Pit, mine: str) -> str:
    now, registry = pit.clock.now(), REGISTRIES[mine]
    event = Event("T01", "limit.alarm", "raise", now, 1.3, 1.0, 0, LIMIT, "limit_reached", now, pit.pack.name, False)
    with pit.records.begin() as db:
        pit.journal.event(db, mine, f"{mine}/gw1", event, now, registry)
        return str(pit.journal.active(db, mine)[0].id)


def _drill(pit: Pit, mine: str) -> str:
    facts = {"mine": mine, "point": "T01", "gateway": f"{mine}/gw1", "way": "gateway", "name": "x", "words": f"secret-of-{mine}"}
    with pit.records.begin() as db:
        return str(drills.add(db, facts | {"asked": pit.clock.now(), "clock_offset": 0}))


def _finding(pit: Pit, mine: str) -> str:
    now = pit.clock.now()
    finding = Finding("gas_accumulation", f"secret-of-{mine}", ["T01"], now - 5 * MINUTE, now, 0, 0.8, now, "3@abcd", {"T01": 1.4})
    with pit.records.begin() as db:
        number = findings.take(db, mine, f"{mine}/gw1", finding, now)
        findings.remark(db, number, Remark(FORWARDED, "x", f"secret-of-{mine}", now))
    return str(number)


def _letter(pit: Pit, mine: str) -> str:
    facts = {"payload": b"\xc1", "reason": "malformed", "detail": f"secret-of-{mine}", "received": pit.clock.now()}
    with pit.records.begin() as db:
        number = deadletters.put(
            db, gateway=f"{mine}/gw1", topic=f"davy/v1/{mine}/gw1/live", epoch=None, seq=None, digest=7, **facts
        )  # fmt: skip
    return str(number)


def _by_hand(pit: Pit, mine: str) -> dict[str, str]:
    """A permit, a comparison and a task of monitoring by hand."""
    about, now = About(mine, "T01", "x", f"secret-of-{mine}"), pit.clock.now()
    with pit.records.begin() as db:
        asked = permit_desk.Round(mine, Work.CALIBRATION, ["T01"], now - 1, now + DAY, "x", f"secret-of-{mine}")
        [permit] = permit_desk.plan(db, asked, now)
        permit_desk.open_permit(db, permit.id, Opening("x", "y", f"secret-of-{mine}"), now)
        comparison = calibration_desk.compared(db, about, now, (0.3, 0.6), 0.1, f"secret-of-{mine}", now)
        task = calibration_desk.begin(db, about, "told", now, now)
        assert task is not None
        calibration_desk.read(db, task, about, now, 0.3, f"secret-of-{mine}", now)
    return {"permit": str(permit.id), "comparison": str(comparison), "task": str(task.id)}


def _handover(pit: Pit, mine: str) -> str:
    texts = dict.fromkeys(("shift_zh", "shift_en", "next_zh", "next_en", "given_by", "words"), f"secret-of-{mine}")
    with pit.records.begin() as db:
        duty.write(db, mine, "note", f"secret-of-{mine}", pit.clock.now(), by="x")
        facts = {"mine": mine, "start": 0, "end": 1, "given_at": pit.clock.now(), "frozen": '{"alarms":[],"permits":[]}', "hash": "1" * 64}
        return str(duty.give(db, facts | texts).id)


def _replay(pit: Pit, letter: int) -> Revived:
    """As the centre does with a letter that still cannot be stored."""
    with pit.records.read() as db:
        if deadletters.get(db, letter) is None:
            raise BadConfig("dead letter", letter, "the id of a dead letter")
    return Revived(letter, "refused", "future")


def _in_the_fleet(pit: Pit, mine: str) -> str:
    """The mine is registered in the fleet, and has a day of facts, a verdict, a count and a suspicion: the number of its facts' entry."""
    day = pit.plant.zone.day(pit.clock.now() - DAY)
    profile = Profile(mine=mine, name_zh=f"secret-of-{mine}", name_en=f"secret-of-{mine}", city="太原", identifier=IDENTIFIERS[mine])
    fact = Fact("exceedances", 1.0, 1.0, 0, 1, "x@1", why=f"secret-of-{mine}", evidence=("point:T01",))
    secret = f"secret-of-{mine}"
    doubt = Suspicion(mine=mine, day=day, kind="frozen_sensors", score=2.0, threshold=1.0, why_zh=secret, why_en=secret)
    new = [
        New("profile", mine, "", "", write(profile)),
        New("facts", mine, day, "", write_facts(FactSet(mine, day, (fact,)))),
        New("suspicion", mine, day, doubt.kind, write(doubt)),
    ]
    with pit.records.begin() as db:
        entries = fleet_log.append(db, new, "x", pit.clock.now())
        judging.record(db, load(), date.fromisoformat(day), date.fromisoformat(day), "x", pit.clock.now())
    return str(entries[1].n)


def _evidence(pit: Pit, alarm: str, mine: str) -> str:
    facts = {"alarm_id": int(alarm), "mine": mine, "at": pit.clock.now(), "by": f"secret-of-{mine}", "digest": "0" * 64, "key": "0" * 12}
    with pit.records.begin() as db:
        answer = {"alarm_id": int(alarm), "mine": mine, "version": 1, "at": pit.clock.now(), "by": f"secret-of-{mine}", "pack": "x"}
        handling.add_answer(db, answer | {"form": {"cause": "real"}, "facts": {}, "contradictions": []})
        return str(evidence.add(db, facts | {"file": f"secret-of-{mine}".encode()}).id)


def _refer(pit: Pit, alarm: str, mine: str) -> None:
    """The alarm becomes the inspector's."""
    with pit.records.begin() as db:
        facts = {"alarm_id": int(alarm), "mine": mine, "reason": "unanswered", "round": 0, "at": pit.clock.now(), "detail": ""}
        handling.add_referral(db, facts)
