"""The forecast from the pipeline: dated, with its uncertainty, and none where too few projects came through."""

import random
from datetime import date, timedelta

import pytest

from fleet.bodies import Assessment, Level, Object, Stage, Step
from fleet.series.forecast import LEAST_FINISHED, forecast, month_ends
from fleet.series.pipeline import of_kind, out_of_order, projects, step_counts

MADE = "2026-06-30"


def ago(days: int, day: str = MADE) -> str:
    return (date.fromisoformat(day) - timedelta(days)).isoformat()


def stage(project: str, step: Step, day: str, blocker: str = "", mine: str = "") -> Stage:
    return Stage(project=project, mine=mine or f"m{project}", object=Object.MINE, step=step, date=day, blocker=blocker)


def finished(count: int, lag: int = 90) -> list[Stage]:
    """Projects that took so many days from the application to the notice."""
    out = []
    for at in range(count):
        out += [stage(f"f{at}", Step.APPLICATION, ago(400 + at)), stage(f"f{at}", Step.NOTICE, ago(400 + at - lag))]
    return out


def test_equal_lags_give_the_very_day() -> None:
    under_way = [stage(f"u{at}", Step.APPLICATION, ago(60)) for at in range(7)]
    view = forecast(projects(finished(20) + under_way, [], MADE), MADE)
    by_day = {one.day: (one.low, one.middle, one.high) for one in view.points}

    assert (view.finished, view.under_way, view.blocked, view.unknown, view.why) == (20, 7, 0, 0, "")
    assert by_day["2026-07-31"] == (7, 7, 7), "30 days are left"
    assert view.points[0].day == "2026-07-31"


def test_who_waits_longer_than_anybody_did_is_not_promised() -> None:
    view = forecast(projects([*finished(20), stage("u", Step.APPLICATION, ago(200))], [], MADE), MADE)

    assert {one.high for one in view.points} == {0}


@pytest.mark.parametrize("count", [0, LEAST_FINISHED - 1])
def test_too_few_finished_projects_give_no_forecast_and_say_so(count: int) -> None:
    view = forecast(projects([*finished(count), stage("u", Step.APPLICATION, ago(60))], [], MADE), MADE)

    assert (view.points, view.why, view.finished, view.unknown) == ((), "too_few_finished", count, 1)


def test_a_held_up_project_is_counted_as_not_arriving() -> None:
    held = stage("u1", Step.APPLICATION, ago(60), blocker="数据未接入")
    view = forecast(projects([*finished(20), stage("u0", Step.APPLICATION, ago(60)), held], [], MADE), MADE)

    assert (view.under_way, view.blocked, view.points[-1].high) == (2, 1, 1)


def test_a_step_nobody_finished_from_says_nothing_about_who_stands_there() -> None:
    view = forecast(projects([*finished(20), stage("u", Step.SELF_ASSESSMENT, ago(60))], [], MADE), MADE)

    assert (view.points, view.why, view.unknown) == ((), "none_at_known_steps", 1)


def test_nothing_under_way_is_told_as_such() -> None:
    assert forecast(projects(finished(20), [], MADE), MADE).why == "none_under_way"


def drawn(seed: int, finished_: int, under_way: int) -> tuple[list[Stage], dict[str, date]]:
    """Projects with lags of 30 to 150 days, and when each gets its notice in truth."""
    dice = random.Random(seed)
    out, truth = [], {}
    for at in range(finished_ + under_way):
        lag = dice.randint(30, 150)
        start = date.fromisoformat(MADE) - timedelta(dice.randint(160, 500) if at < finished_ else dice.randint(0, 29))
        out.append(stage(f"p{at}", Step.APPLICATION, start.isoformat()))
        if start + timedelta(lag) <= date.fromisoformat(MADE):
            out.append(stage(f"p{at}", Step.NOTICE, (start + timedelta(lag)).isoformat()))
        else:
            truth[f"p{at}"] = start + timedelta(lag)
    return out, truth


def test_the_truth_lies_within_its_band_about_as_often_as_it_says() -> None:
    inside = asked = 0
    for seed in range(12):
        stages, truth = drawn(seed, 40, 30)
        for point in forecast(projects(stages, [], MADE), MADE).points[:4]:
            came = sum(day.isoformat() <= point.day for day in truth.values())
            inside, asked = inside + (point.low <= came <= point.high), asked + 1
            assert point.low <= point.middle <= point.high <= 30

    assert 0.7 <= inside / asked <= 1.0


def test_the_same_log_gives_the_same_forecast_and_points_never_fall() -> None:
    stages, _ = drawn(1, 40, 30)
    view = forecast(projects(stages, [], MADE), MADE)

    assert view == forecast(projects(list(reversed(stages)), [], MADE), MADE)
    for name in ("low", "middle", "high"):
        values = [getattr(one, name) for one in view.points]
        assert values == sorted(values)


def test_what_is_dated_later_is_not_known_yet() -> None:
    later = stage("f0", Step.NOTICE, "2026-07-15")
    [one] = projects([stage("f0", Step.APPLICATION, ago(10)), later], [], MADE)

    assert (one.notice, one.now.step) == ("", Step.APPLICATION)


def test_a_notice_entered_as_assessment_finishes_the_project_of_its_object() -> None:
    found = Assessment(id="x", mine="m1", object=Object.MINE, authority="y", level=Level.PRIMARY, notice_date=ago(5), document="z")
    early = Assessment(id="w", mine="m2", object=Object.MINE, authority="y", level=Level.PRIMARY, notice_date=ago(900), document="z")
    some = projects([stage("1", Step.APPLICATION, ago(60)), stage("2", Step.APPLICATION, ago(60))], [found, early], MADE)

    assert [one.notice for one in some] == [ago(5), ""], "a notice from before the project is of another one"


def test_projects_of_two_mines_with_one_name_are_two_and_kinds_stay_apart() -> None:
    some = projects([stage("p", Step.APPLICATION, ago(9), mine="a"), stage("p", Step.APPLICATION, ago(9), mine="b")], [], MADE)
    counts = {one.step: (one.projects, one.blocked) for one in step_counts(some)}

    assert len(some) == 2
    assert counts[Step.APPLICATION] == (2, 0)
    assert of_kind(some, Object.FACE) == ()


def test_a_step_before_an_earlier_one_does_not_fit() -> None:
    there = [stage("p", Step.ASSESSMENT, ago(20), mine="a")]

    assert out_of_order(there, stage("p", Step.NOTICE, ago(21), mine="a")) == there[0]
    assert out_of_order(there, stage("p", Step.APPLICATION, ago(19), mine="a")) == there[0]
    assert out_of_order(there, stage("p", Step.NOTICE, ago(20), mine="a")) is None
    assert out_of_order(there, stage("p", Step.NOTICE, ago(21), mine="b")) is None


def test_months_end_after_the_day() -> None:
    assert month_ends("2024-01-31", 3) == ["2024-02-29", "2024-03-31", "2024-04-30"]
    assert month_ends("2024-11-30", 2) == ["2024-12-31", "2025-01-31"]
