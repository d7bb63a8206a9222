"""How many more notices by which day, from the pipeline: a dated distribution with its uncertainty, or a reason why there is none.

Method (a project's own): for each step, how long projects took from it to their notice (Kaplan-Meier; projects still under way count as
"not yet"). Each project under way is then given its chance to arrive by a day, having waited as long as it did. 200 replays draw the
projects anew and the arrivals from them; the 10th, 50th and 90th part of the replays are told. A project that is held up is counted as not
arriving. A step that fewer than 10 finished projects went through says nothing about who stands there.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.bodies import Step
from fleet.series.pipeline import Project, days_between
from fleet.view import ForecastPoint, ForecastView, Words

LEAST_FINISHED = 10
"""Finished projects that went through a step before it is forecast from (project setting)."""
REPLAYS = 200
MONTHS = 12
METHOD = Words(
    "按各环节到公示的历时经验分布（Kaplan-Meier，未完成项目按删失处理），重抽样200次，给出第10、50、90百分位；受阻项目按不到达计；"
    f"经过某环节的已完成项目少于{LEAST_FINISHED}个时不预测（均为本项目设定）。",
    "From how long projects took from each step to their notice (Kaplan-Meier, those under way as not yet), drawn anew 200 times: 10th, "
    f"50th and 90th percentile; held-up projects count as not arriving; fewer than {LEAST_FINISHED} finished projects through a step: no "
    "forecast from it (all project settings).",
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Lags = tuple[Ints, Ints]


def forecast(found: Sequence[Project], made: str) -> ForecastView:
    """Of projects about objects of one kind, as known on `made` (ISO date); cumulative notices to come by the ends of the next months."""
    finished = sum(bool(one.notice) for one in found)
    free = [one for one in found if not one.notice and not one.blocked]
    blocked = sum(one.blocked for one in found)
    lags: dict[Step, Lags] = {step: _lags(found, step, made) for step in Step if step is not Step.NOTICE}
    known = {step for step, (_, arrived) in lags.items() if arrived.sum() >= LEAST_FINISHED}
    told = [one for one in free if one.now.step in known]
    bare = ForecastView(made, METHOD, finished, len(free) + blocked, blocked, unknown=len(free) - len(told))
    if not known:
        return _without(bare, "too_few_finished")
    if not told:
        return _without(bare, "none_at_known_steps" if free else "none_under_way")
    days = month_ends(made, MONTHS)
    horizons = np.array([days_between(made, day) for day in days])
    counts = _replayed(told, found, lags, horizons, made)
    low, middle, high = np.percentile(counts, (10, 50, 90), axis=0, method="inverted_cdf").astype(int)
    points = tuple(ForecastPoint(day, int(low[at]), int(middle[at]), int(high[at])) for at, day in enumerate(days))
    return ForecastView(made, METHOD, finished, bare.under_way, blocked, points, "", bare.unknown)


def month_ends(day: str, count: int) -> list[str]:
    """The last days of this month and the following ones, each after `day`."""
    start = date.fromisoformat(day)
    ends: list[str] = []
    month = start.year * 12 + start.month - 1
    while len(ends) < count:
        month += 1
        end = date.fromordinal(date(month // 12, month % 12 + 1, 1).toordinal() - 1)
        if end > start:
            ends.append(end.isoformat())
    return ends


def _without(bare: ForecastView, why: str) -> ForecastView:
    return ForecastView(bare.made, bare.method, bare.finished, bare.under_way, bare.blocked, (), why, bare.unknown)


def _lags(found: Sequence[Project], step: Step, made: str) -> Lags:
    """Of each project: days from `step` to its notice or to `made`, and 1 where the notice came; -1 and 0 for one without that step."""
    lasted, arrived = np.full(len(found), -1), np.zeros(len(found), np.int64)
    for at, one in enumerate(found):
        stage = next((stage for stage in one.stages if stage.step is step), None)
        if stage is not None and (not one.notice or stage.date <= one.notice):
            lasted[at], arrived[at] = days_between(stage.date, one.notice or made), bool(one.notice)
    return lasted, arrived


def _replayed(told: Sequence[Project], found: Sequence[Project], lags: Mapping[Step, Lags], horizons: Ints, made: str) -> Ints:
    """Arrivals by each horizon, one row a replay. The seed is the day: the same log, the same forecast."""
    draw = np.random.default_rng(date.fromisoformat(made).toordinal())
    weights = draw.multinomial(len(found), np.full(len(found), 1 / len(found)), REPLAYS)
    counts = np.zeros((REPLAYS, len(horizons)), np.int64)
    for step in dict.fromkeys(one.now.step for one in told):
        waited = np.array([days_between(one.now.date, made) for one in told if one.now.step is step])
        days, left = _not_yet(*lags[step], weights)
        chances = _chances(days, left, waited, horizons)
        counts += (draw.random((REPLAYS, len(waited), 1)) < chances).sum(axis=1)
    return counts


def _not_yet(lasted: Ints, arrived: Ints, weights: Ints) -> tuple[Ints, Floats]:
    """Kaplan-Meier of each replay: the days on which anything ended, ascending, and (replays, days + 1) the share without a notice before
    the first of them and after each."""
    went = np.flatnonzero(lasted >= 0)
    order = went[np.argsort(lasted[went], kind="stable")]
    days, first = np.unique(lasted[order], return_index=True)
    drawn = weights[:, order].astype(np.float64)
    at_risk = drawn[:, ::-1].cumsum(axis=1)[:, ::-1][:, first]
    events = np.add.reduceat(drawn * arrived[order], first, axis=1)
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    return days, np.concatenate([np.ones((len(weights), 1)), np.cumprod(1 - hazard, axis=1)], axis=1)


def _chances(days: Ints, left: Floats, waited: Ints, horizons: Ints) -> Floats:
    """(replays, projects, horizons): the chance of a notice by then, given that there is none yet. Longer than all that came: none."""
    now = left[:, np.searchsorted(days, waited, side="right")][:, :, None]
    later = left[:, np.searchsorted(days, waited[:, None] + horizons, side="right")]
    gone: Floats = np.divide(later, now, out=np.ones_like(later), where=now > 0)
    return 1 - gone
