"""What the story looks at, made by hand: enough of each thing to be seen, or to be just short of it."""

from dataclasses import replace
from typing import Any

from console.story.facts import Facts, Far, Official
from console.web.shapes import Installed, PointView, Words
from contracts.clock import BUILD_TIME, SECOND
from contracts.quality import ALARM, CALIBRATION
from ingest.ledger import LedgerDay
from store.records.alarms import AlarmRow
from store.records.findings import FindingRow
from store.records.handling import AnswerRow, ReferralRow, Told, VerdictRow
from store.records.permits import PermitRow, SpokenRow

START = BUILD_TIME
SAID = Words("某", "some")


def point(name: str, value: float | None, now: int, state: str = "normal", quality: int = 0) -> PointView:
    text = "—" if value is None else f"{value:.2f}"
    here = (value, text, None, now, 0.0, 5.0, quality, {}, state, SAID, "why", SAID, None, None)
    return PointView(name, "methane", SAID, "%CH4", 2, "analogue", "face-1101", SAID, "g", *here, Installed("", "", None, None, True))


def _row(kind: type[Any], **values: Any) -> Any:
    """A row with these values; numbers 0, texts empty, flags off."""
    blank = {str: "", int: 0, bool: False, float: 0.0}
    return kind(**{name: values.get(name, blank.get(form)) for name, form in kind.__annotations__.items()})


def alarm(since: int, **more: Any) -> AlarmRow:
    numbers = {"value": 1.0, "limit": 1.0, "peak": 1.1}
    found: AlarmRow = _row(AlarmRow, id=5, mine="demo-a", rule="limit.alarm", since=since, active=True, **numbers, **more)
    return found


def finding(since: int, kind: str = "methane_outlook") -> FindingRow:
    return FindingRow(1, "demo-a", "demo-a/gate-1", kind, "1101-T0", since, since, 0, 0.6, ("1101-T0",), {}, "2@x", since)


def ready(now: int) -> Facts:
    """All is there, nothing has happened."""
    names = ("1101-T0", "1101-T1", "1101-SH-RUN", "MR-T")
    far = Far(True, 0, 64, point("1101-T1", 0.1, now))
    return Facts(now, *(point(name, value, now) for name, value in zip(names, (0.4, 0.2, 0.0, 0.2), strict=True)), far, official=Official())


def all_seen(now: int) -> list[Facts]:
    """By scene, in the plot's order: a look in which that scene is seen."""
    base = ready(now)
    raised, calm = alarm(now), replace(alarm(now), active=False, acknowledged=True, changed=now)
    answer: AnswerRow = _row(AnswerRow, alarm_id=5, version=1, at=now, by="e")
    referral: ReferralRow = _row(ReferralRow, alarm_id=5, reason="answered_real", at=now, ended=None)
    verdict: VerdictRow = _row(VerdictRow, alarm_id=5, version=1, verdict="closed", at=now, by="i")
    permit: PermitRow = _row(PermitRow, id=3, state="open", opened=now, dispatcher="d", caller="c")
    spoken: SpokenRow = _row(SpokenRow, alarm=6, permit=3, verdict="fits", judged=now, level=1.98)
    planned = replace(alarm(now), id=6, planned=True)
    gas = replace(base, permit=permit, planned=planned, calibrated=point("MR-T", 1.9, now, "unverified", CALIBRATION | ALARM))
    day = LedgerDay("demo-b/gate-1", now, made=100, committed=100, replayed=5)
    blind = Far(False, 64, 64, point("1101-T1", 0.1, now, "unknown"))
    return [
        base,
        replace(base, shearer=point("1101-SH-RUN", 1.0, now)),
        replace(base, corner=point("1101-T0", 0.55, now)),
        replace(base, findings=(finding(now),)),
        replace(base, alarm=raised, received=now + SECOND // 10),
        replace(base, alarm=replace(raised, acknowledged=True)),
        replace(base, alarm=calm),
        replace(base, alarm=calm, told=Told([answer], [], [referral])),
        replace(base, alarm=calm, told=Told([answer], [verdict], [replace(referral, ended=now)])),
        replace(base, permit=permit),
        gas,
        replace(gas, spoken=spoken),
        replace(base, far=blind, day=day),
        replace(base, day=replace(day, replayed=20)),
        base,
        replace(base, official=Official(1, 22)),
    ]
