"""What a step says, word by word, and what a comparison says of every mine; found lacking by mutation testing."""

from datetime import timedelta

from msgspec.structs import replace

from fleet.bodies import Status
from fleet.criteria import Judged, compare, judge, nearest, next_steps, together
from fleet.packs import load
from fleet.table import FactTable
from tests.fleet.mines_of import FIRST, GOOD, day, fact_set, good_days
from tests.fleet.test_steps import LAST, MINES, SHANXI, judged


def test_a_step_says_the_place_what_is_lacking_and_how_far_it_is() -> None:
    cells = GOOD | {("face_auto_hours", name): (hours, 1.0) for name, hours in (("face-1", 15.0), ("face-2", 4.0))}
    cells |= {("face_producing_hours", name): (16.0, 1.0) for name in ("face-1", "face-2")}
    said = next_steps(judge(SHANXI, FactTable.of([fact_set("m", ahead, cells) for ahead in range(30)]), {}), "m", LAST)

    [step] = said.steps
    assert step.zh == "改进: 智能化工作面常态化运行率不低于80% [face-2]: 低于要求 (0.25 → >= 0.8)"
    assert step.en == "improve: intelligent faces run in automatic mode for 80 % or more [face-2]: lower than asked (0.25 → >= 0.8)"
    assert (step.why, step.to_go, step.kind) == ("too_low", None, "performance")
    assert step.gap == 0.55, "measured against 1 where less than 1 is asked"


def test_a_step_of_the_whole_mine_names_no_place_and_a_document_no_number() -> None:
    [step] = next_steps(judged(m={"upgrade_done": 0.0}), "m", LAST).steps

    assert step.en == "improve: upgrade finished, or mine under construction in joint trial run: declared as not so"
    assert step.zh == "改进: 生产煤矿完成智能化升级改造; 建设煤矿进入联合试运转阶段: 申报为否"
    assert (step.gap, step.to_go) == (1.0, None)


def test_too_few_days_are_counted_in_the_step() -> None:
    table = FactTable.of([*good_days("m", range(10), face_auto_hours=None), *good_days("m", range(10, 30))])
    [step] = next_steps(judge(SHANXI, table, {}), "m", LAST).steps

    assert (step.why, step.kind) == ("few_days", "evidence")
    assert step.en.endswith(": too few days of the window count (20/24 days)")
    assert step.zh.endswith(": 窗口内有效天数不足 (20/24 天)")


def test_a_row_that_has_not_begun_lacks_all_its_days() -> None:
    [step] = next_steps(judged(m={"systems_running_share": 0.1}), "m", LAST).steps

    assert (step.criterion, step.to_go) == ("sx_system_run_1_month", 30)
    assert step.gap == 1.0


def test_the_nearest_are_twenty_where_nobody_says_how_many() -> None:
    found = judged(**{f"m{number:02}": {"upgrade_done": 0.0} for number in range(22)})

    assert nearest(found, LAST) == [(f"m{number:02}", 1) for number in range(20)]


def _both(**mines: dict[str, float | None]) -> tuple[Judged, Judged]:
    return judged("shanxi-2023", **mines), judged("shanxi-2025", **mines)


def test_a_comparison_names_packs_day_and_both_outcomes() -> None:
    said = compare(*_both(**MINES, also={}, third={}), day(29))

    assert (said.day, said.before, said.after) == ((FIRST + timedelta(days=29)).isoformat(), "shanxi-2023", "shanxi-2025")
    assert {one.before for one in said.falls_out} == {Status.MET}
    assert {one.after for one in said.comes_in} == {Status.MET}
    assert said.same["met"] == 3


def test_a_mine_that_only_one_pack_judged_is_left_out_and_the_rest_is_not() -> None:
    before, _ = _both(a={}, gone={}, out={"upgrade_done": 0.0})
    _, after = _both(a={}, out={"upgrade_done": 0.0})

    said = compare(before, after, LAST)

    assert [one.mine for one in said.falls_out] == ["out"]
    assert sum(said.same.values()) == 1


def test_one_part_alone_is_itself() -> None:
    part = compare(*_both(a={}), LAST)

    assert together([part]) == part


def test_of_equally_bad_places_the_first_speaks() -> None:
    cells = GOOD | {("face_auto_hours", name): (4.0, 1.0) for name in ("face-1", "face-2")}
    cells |= {("face_producing_hours", name): (16.0, 1.0) for name in ("face-1", "face-2")}
    said = next_steps(judge(load("shanxi-2025"), FactTable.of([fact_set("m", ahead, cells) for ahead in range(30)]), {}), "m", LAST)

    assert [one.subject for one in said.steps] == ["face-1"]


def test_a_value_is_told_with_its_unit() -> None:
    one = next(one for one in SHANXI.criteria if one.id == "ev_calibration_on_time")
    pack = replace(SHANXI, criteria=(replace(one, unit="parts"),))
    found = judge(pack, FactTable.of(good_days("m", range(30), calibration_on_time_rate=0.5)), {})

    [step] = next_steps(found, "m", LAST).steps
    assert step.en.endswith(" (0.5 → >= 1 parts)")
    assert step.zh.endswith(" (0.5 → >= 1 parts)")
