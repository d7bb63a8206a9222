"""The sim suite: hazards and faults of the frozen days (sim_days.py), found, named, and when; beside two trivial baselines.

Protocol. Detectors learn a mine's habits from one day of that mine without events; every threshold and coefficient comes from the training
mines. Then the day runs row by row.

- A hazard is found by a finding of its kind that begins from its start to its end, and before the first official limit alarm it causes or
  within 60 s of its start. `lead_s` is the median from the finding to that limit alarm, over the events that have one.
- A fault is named rightly by a finding of its kind at its point from its start to two minutes after its end. A lock test may be called
  test gas.
- Every other finding is false, counted per 24 h of judged time (the calm start is not judged), except: a hazard's finding from the start of
  a hazard to 45 min after its end (what one hazard brings about is not told apart from it), and a finding of gas where the gas really
  reaches the limit within ten minutes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from contracts.clock import DAY, MINUTE, SECOND
from lab.suites.sim_days import RECOVERY_S, VERSION, SimDay, judged_days
from lab.suites.sim_rows import DayRows, render
from lab.suites.sim_watch import baselines, watch
from models.policy import HAZARDS, Finding
from sim_sensors.faults import Event, Kind

Progress = Callable[[str], None]
WITHIN, AFTER = 60 * SECOND, 2 * MINUTE
_ACCEPTED = {Kind.LOCK_TEST: ("lock_test", "test_gas"), Kind.TEST_GAS: ("test_gas",)}
_GAS_KINDS = ("gas_accumulation", "outburst", "methane_outlook")


@dataclass(frozen=True, slots=True)
class Judged:
    """One day: per event (kind, is hazard, found, lead s or None, delay s or None); false findings by kind; judged time, µs."""

    events: tuple[tuple[str, bool, bool, float | None, float | None], ...]
    false: dict[str, int]
    span: int


def evaluate(progress: Progress = lambda _: None, days: Iterable[SimDay] | None = None, jobs: int = 2) -> dict[str, Any]:
    """The figures of the judged days (or of `days`): per hazard, per fault, false findings per day; the baselines beside."""
    chosen = list(judged_days() if days is None else days)
    names = ("ours", "threshold", "slope")
    found: dict[str, list[Judged]] = {name: [] for name in names}
    results = Parallel(n_jobs=jobs, return_as="generator")(delayed(judge_day)(day) for day in chosen)
    for at, result in enumerate(results, start=1):
        for name in names:
            found[name].append(result[name])
        if at % 8 == 0 or at == len(chosen):
            progress(f"sim: {at} of {len(chosen)} days")
    return {"generator": VERSION, "days": len(chosen), "figures": {name: table(found[name]) for name in names}}


def judge_day(day: SimDay) -> dict[str, Judged]:
    """What each way of watching makes of a day."""
    rows = render(day)
    told = {"ours": watch(rows), **baselines(rows)}
    return {name: judge(rows, findings) for name, findings in told.items()}


def judge(rows: DayRows, findings: list[Finding]) -> Judged:
    """Each event of the day, and what is left over."""
    begun = [finding for finding in findings if finding.ended is None]
    used: set[int] = set()
    events = [(*_event(rows, event, begun, used),) for event in rows.day.script if event.hazard or event in rows.day.faults]
    false: dict[str, int] = defaultdict(int)
    for at, finding in enumerate(begun):
        if at not in used and not _excused(rows, finding):
            false[finding.kind] += 1
    return Judged(tuple(events), dict(false), int(rows.times[-1] - rows.times[0]) - rows.day.calm * SECOND)


def _event(rows: DayRows, event: Event, begun: list[Finding], used: set[int]) -> tuple[str, bool, bool, float | None, float | None]:
    start, end = rows.instant(event.start), rows.instant(event.start + event.duration)
    accepted = _ACCEPTED.get(event.kind, (event.kind.value,))
    last = end if event.hazard else end + AFTER
    mine = [
        at for at, finding in enumerate(begun) if finding.kind in accepted and start <= finding.since <= last and _there(event, finding)
    ]
    used.update(mine)
    delay = (begun[mine[0]].since - start) / SECOND if mine else None
    if not event.hazard:
        return event.kind.value, False, bool(mine), None, delay
    alarm = rows.first_alarm(event, limit_points(rows, event))
    if not mine:
        return event.kind.value, True, False, None, None
    when = begun[mine[0]].since
    in_time = alarm is None or when < alarm or when <= start + WITHIN
    return event.kind.value, True, in_time, None if alarm is None else (alarm - when) / SECOND, delay


def _there(event: Event, finding: Finding) -> bool:
    return event.hazard or event.target in ("clock", "device") or event.target in finding.points or event.target == finding.subject


def limit_points(rows: DayRows, event: Event) -> tuple[str, ...]:
    """The points whose official limit a hazard reaches: carbon monoxide of its area, or methane; none for a bearing."""
    if event.kind is Kind.BEARING_WEAR:
        return ()
    fire, heading = event.kind is Kind.BELT_FIRE, event.target in ("heading", "local_fan")
    quantity, area = ("carbon_monoxide" if fire else "methane"), ("heading" if heading else "face")
    whole = event.target in ("main_fan", "doors")
    return tuple(p.id for p in rows.registry.points if p.quantity == quantity and (whole or p.area.startswith(area)))


def _excused(rows: DayRows, finding: Finding) -> bool:
    if finding.since < rows.instant(rows.day.calm) - MINUTE:
        return True
    if finding.kind in HAZARDS:
        for event in rows.day.hazards:
            if rows.instant(event.start) <= finding.since <= rows.instant(event.start + event.duration + RECOVERY_S):
                return True
    return finding.kind in _GAS_KINDS and _truly_over(rows, finding)


def _truly_over(rows: DayRows, finding: Finding) -> bool:
    """Whether the gas that is really there reaches the limit of one of the finding's points within ten minutes."""
    columns = [rows.registry.number[point] for point in finding.points if point in rows.registry.number]
    during = (rows.times >= finding.since) & (rows.times <= finding.since + 10 * MINUTE)
    with np.errstate(invalid="ignore"):
        return bool((rows.there[during][:, columns] >= rows.limits[columns]).any())


def table(days: list[Judged]) -> dict[str, Any]:
    """By hazard and by fault: how many, found or named in percent, median delay, lead and false findings of its kind per 24 h; and false
    findings of every kind."""
    events = [event for day in days for event in day.events]
    span = sum(day.span for day in days) / DAY
    false: dict[str, int] = defaultdict(int)
    for day in days:
        for kind, count in day.false.items():
            false[kind] += count
    rows: dict[str, Any] = {"hazards": {}, "faults": {}}
    for kind in sorted({event[0] for event in events}):
        mine = [event for event in events if event[0] == kind]
        entry: dict[str, float | None] = {"n": len(mine), "found": round(100.0 * float(np.mean([event[2] for event in mine])), 1)}
        entry["delay_s"] = _middle([event[4] for event in mine])
        if mine[0][1]:
            entry["lead_s"] = _middle([event[3] for event in mine])
        rows["hazards" if mine[0][1] else "faults"][kind] = {**entry, "false_per_day": round(false[kind] / span, 2)}
    by_kind = {kind: round(count / span, 2) for kind, count in sorted(false.items(), key=lambda pair: -pair[1]) if count}
    return {**rows, "false_per_day": round(sum(false.values()) / span, 2), "false_by_kind": by_kind, "mine_days": round(span, 1)}


def _middle(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.median(known)), 0) if known else None
