"""`davy fleet packs`, `verdicts`, `compare`: on the packs of the product, and on records in a folder."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from console.cli.fleet import command
from contracts.errors import BadConfig
from contracts.facts import write_facts
from fleet import bodies, judging
from fleet.bodies import Status, VerdictSet
from fleet.packs import load, names
from store.records import fleet_log
from store.records.engine import open_records
from store.records.fleet_log import New
from tests.fleet.mines_of import FIRST, day, good_days

LAST = day(29)


def davy(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=True)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Records with three mines: one meets both packs, one falls out, one has nothing but a plan missing."""
    records = open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    sets = [*good_days("both", range(30)), *good_days("out", range(30), upgrade_done=0.0), *good_days("in", range(30), plan_uploaded=0.0)]
    with records.begin() as db:
        fleet_log.append(db, [New("facts", one.mine, one.day, "", write_facts(one)) for one in sets], "test", 1)
    records.close()
    return str(tmp_path)


def test_the_list_names_every_pack_with_what_counts() -> None:
    lines = davy("packs", "list").output.splitlines()

    assert [line.split("@")[0] for line in lines[2:]] == list(names())
    assert "计入 counted" in lines[0]


@pytest.mark.parametrize("name", names())
def test_a_pack_is_shown_with_what_nobody_read(name: str) -> None:
    pack, said = load(name), davy("packs", "show", name).output

    for one in (*pack.criteria, *pack.not_read):
        assert one.zh in said
        assert one.en in said
    assert "未读 / what was not read" in said


def test_the_text_of_a_pack_comes_byte_for_byte() -> None:
    assert davy("packs", "show", "henan-2024", "--text").output == load("henan-2024").text


def test_lint_says_fine_and_refuses_a_guess_by_its_place(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(load("shanxi-2025").text, encoding="utf-8")
    bad.write_text(load("shanxi-2025").text.replace("score_min: null", "score_min: 60", 1), encoding="utf-8")

    fine, refused = davy("packs", "lint", str(good)), davy("packs", "lint", str(bad))

    assert "通过 / fine" in fine.output
    assert "sx_system_run_1_month: 条款号未读" in fine.output
    assert isinstance(refused.exception, BadConfig)
    assert refused.exception.key == "pack.levels.primary.document"


def test_diff_says_what_came_and_went() -> None:
    said = davy("packs", "diff", "shanxi-2023", "shanxi-2025").output

    assert "没有了 removed  sx2023_plan_uploaded" in said
    assert "新增 added  sx_system_run_1_month" in said
    assert "判据相同 / the same criteria" in davy("packs", "diff", "henan-2024", "henan-2024").output


def test_verdicts_of_all_mines_say_who_is_how_far(folder: str) -> None:
    said = davy("verdicts", "--folder", folder).output.splitlines()

    assert said[1].startswith(f"{LAST}  符合 met: 2  不符合 not met: 1")
    assert next(line for line in said if line.startswith("out ")).split()[1:4] == ["不符合", "not", "met"]
    assert "upgrade finished" in next(line for line in said if line.startswith("out "))


def test_verdicts_of_one_mine_show_every_criterion_with_its_trace(folder: str) -> None:
    said = davy("verdicts", "out", "--folder", folder).output

    for one in load("shanxi-2025").criteria:
        assert one.id in said
    assert "还差 1 项 / 1 to go:" in said
    assert "30/30" in said


def test_verdicts_as_json_are_the_bodies_of_the_log(folder: str) -> None:
    said = [json.loads(line) for line in davy("verdicts", "--json", "--day", LAST, "--folder", folder).output.splitlines()]

    assert {one["mine"]: one["outcome"] for one in said} == {"both": "met", "in": "met", "out": "not_met"}
    assert all(len(one["facts"]) == 30 for one in said)


def test_a_mine_nobody_knows_and_records_without_facts_are_refused(folder: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    bare = tmp_path_factory.mktemp("bare")
    open_records(f"sqlite:///{bare / 'records.sqlite'}").close()

    assert isinstance(davy("verdicts", "nobody", "--day", LAST, "--folder", folder).exception, BadConfig)
    assert isinstance(davy("verdicts", "--folder", str(bare)).exception, BadConfig)
    assert isinstance(davy("verdicts", "--folder", str(bare / "nowhere")).exception, BadConfig)


def test_compare_says_who_falls_out_and_by_what(folder: str) -> None:
    said = davy("compare", "shanxi-2023", "shanxi-2025", "--folder", folder).output

    assert "落选 / fall out: 1" in said
    assert "sx_upgrade_done 生产煤矿完成智能化升级改造" in said
    assert "入选 / come in: 1" in said
    assert "shanxi-2023@" in said
    assert "当日不在施行期内, 只作比较" in said


def test_compare_as_json_is_one_object(folder: str) -> None:
    earlier = (FIRST + timedelta(days=28)).isoformat()
    said = json.loads(davy("compare", "shanxi-2023", "shanxi-2025", "--json", "--day", earlier, "--folder", folder).output)

    assert (said["day"], said["before"], said["after"]) == (earlier, "shanxi-2023", "shanxi-2025")
    assert {one["mine"] for one in said["falls_out"]} == {"both", "out"}, "a day before, the thirty days are not full"


def test_recheck_says_what_stands_and_fails_where_it_was_forged(folder: str) -> None:
    fresh = davy("recheck", "--processes", "1", "--from", LAST, "--folder", folder)
    assert (fresh.exit_code, "not in the log, or by another text of the pack: 3" in fresh.output) == (0, True)

    records = open_records(f"sqlite:///{folder}/records.sqlite")
    with records.begin() as db:
        judging.record(db, load("shanxi-2025"), FIRST + timedelta(days=29), FIRST + timedelta(days=29), "test", 2)
        stands = bodies.read(next(fleet_log.current(db, "verdicts", mine="out")).body, VerdictSet)
    good = davy("recheck", "--processes", "1", "--from", LAST, "--folder", folder)
    with records.begin() as db:
        forged = bodies.write(msgspec.structs.replace(stands, outcome=Status.MET))
        fleet_log.append(db, [New("verdicts", "out", LAST, "shanxi-2025", forged)], "test", 3)
    records.close()
    bad = davy("recheck", "--processes", "1", "--from", LAST, "--folder", folder)

    assert (good.exit_code, "相同 / the same: 3" in good.output) == (0, True)
    assert (bad.exit_code, f"different: out {LAST}" in bad.output) == (1, True)
    assert json.loads(davy("recheck", "--processes", "1", "--from", LAST, "--json", "--folder", folder).output)["differ"] == [["out", LAST]]
