"""Projects on their way to a notice: 自评, 申报, 初审, 评定, 公示. Where each stands on a day, how long it waited, what holds it up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from fleet.bodies import Assessment, Object, Stage, Step
from fleet.series.official import Assessed
from fleet.view import StepCount

ORDER = tuple(Step)


@dataclass(frozen=True, slots=True)
class Project:
    """One project as known on a day; `id`: `mine/project`. `stages`: those dated until then, in their order; `notice`: ISO date, empty
    while under way."""

    id: str
    about: Assessed
    stages: tuple[Stage, ...]
    notice: str = ""

    @property
    def now(self) -> Stage:
        """The newest stage."""
        return self.stages[-1]

    @property
    def blocked(self) -> bool:
        return not self.notice and bool(self.now.blocker)


def projects(stages: Iterable[Stage], assessments: Sequence[Assessment], day: str) -> tuple[Project, ...]:
    """Every project with a stage by `day`. One whose object got a notice on or after its first stage is finished, whoever wrote it down."""
    found: dict[str, list[Stage]] = {}
    for one in stages:
        if one.date <= day:
            found.setdefault(f"{one.mine}/{one.project}", []).append(one)
    notices: dict[Assessed, list[str]] = {}
    for other in assessments:
        if other.notice_date <= day:
            notices.setdefault((other.object, other.mine, other.subject), []).append(other.notice_date)
    return tuple(_project(id_, sorted(some, key=_place), notices) for id_, some in sorted(found.items()))


def step_counts(found: Iterable[Project]) -> tuple[StepCount, ...]:
    """Projects by the step they stand at; finished ones at the notice."""
    at: dict[Step, list[Project]] = {step: [] for step in ORDER}
    for one in found:
        at[Step.NOTICE if one.notice else one.now.step].append(one)
    return tuple(StepCount(step, len(some), sum(one.blocked for one in some)) for step, some in at.items())


def out_of_order(stages: Iterable[Stage], new: Stage) -> Stage | None:
    """A stage of the same project that the new one cannot stand beside: an earlier step later, or a later step earlier."""
    for one in stages:
        if (one.mine, one.project) == (new.mine, new.project) and one.step is not new.step:
            first, second = (one, new) if ORDER.index(one.step) < ORDER.index(new.step) else (new, one)
            if first.date > second.date:
                return one
    return None


def of_kind(found: Iterable[Project], kind: Object) -> tuple[Project, ...]:
    """Projects about objects of one kind: they are never forecast together."""
    return tuple(one for one in found if one.about[0] is kind)


def days_between(first: str, second: str) -> int:
    return date.fromisoformat(second).toordinal() - date.fromisoformat(first).toordinal()


def _place(one: Stage) -> tuple[str, int]:
    return one.date, ORDER.index(one.step)


def _project(id_: str, stages: list[Stage], notices: dict[Assessed, list[str]]) -> Project:
    about = (stages[0].object, stages[0].mine, stages[0].subject)
    dates = [one.date for one in stages if one.step is Step.NOTICE]
    dates += [told for told in notices.get(about, ()) if told >= stages[0].date]
    return Project(id_, about, tuple(stages), min(dates, default=""))
