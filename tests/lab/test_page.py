"""docs/models.md and its Chinese twin are what the saved results make, and a missed or missing aim is never shown as met."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from console.cli.models import command
from console.cli.models_evaluate import SUITES
from lab.evaluate import SUITES as LAB_SUITES
from lab.page.figures import judge
from lab.page.markdown import page
from lab.page.notes import Aim, read_notes
from lab.page.plots import digest
from lab.page.words import LANGUAGES, NAMES, SAID, said
from lab.page.write import read_results

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"zh": "models.zh.md", "en": "models.md"}
LANG = pytest.mark.parametrize("lang", LANGUAGES)
NOTES = read_notes()
RESULTS = read_results(DOCS / "models", NOTES)


def test_every_suite_has_notes() -> None:
    assert set(NOTES) == set(LAB_SUITES) == set(SUITES)


@LANG
def test_the_page_is_what_the_saved_results_make(lang: str) -> None:
    """`davy models page` brings it up to date."""
    assert (DOCS / PAGES[lang]).read_text(encoding="utf-8") == page(RESULTS, NOTES, lang)


def test_the_chinese_page_has_a_name_for_every_heading() -> None:
    headings = {column for note in NOTES.values() for grid in note.tables for column in grid.columns}

    assert {one for one in headings if one not in NAMES} == {"F1", "FAR %", "MAR %", "AUC", "davylamp"}


def test_both_pages_say_the_same_figures() -> None:
    figures = [re.findall(r"(?<=\| )[<>≥≤]? ?-?\d[\d.]*(?= \|)", page(RESULTS, NOTES, lang)) for lang in LANGUAGES]

    assert figures[0] == figures[1]
    assert len(figures[0]) > 300
    assert {zh == en for zh, en in SAID.values()} == {False}


@pytest.mark.parametrize("suite", RESULTS)
def test_a_plot_is_drawn_from_the_saved_result(suite: str) -> None:
    assert digest(RESULTS[suite], NOTES[suite]) in (DOCS / "images" / f"models-{suite}.svg").read_text(encoding="utf-8")


@given(st.one_of(st.none(), st.floats(), st.booleans(), st.text(max_size=3)), st.floats(allow_nan=False, allow_infinity=False))
def test_an_aim_is_met_only_by_a_figure_that_is_there_and_reaches_it(found: object, bound: float) -> None:
    result = {"figures": {} if found is None else {"f": found}}
    [told] = judge(result, [Aim("figures > f", ("f", "f"), at_least=bound)])

    assert told.met == (isinstance(found, float) and found >= bound)


def test_a_baseline_that_is_missing_or_as_good_is_not_beaten() -> None:
    aim = Aim("ours", ("f", "f"), beats="theirs")

    assert [next(judge({"ours": 2.0} | more, [aim])).met for more in ({}, {"theirs": 2.0}, {"theirs": 1.0})] == [False, False, True]


@LANG
def test_a_suite_without_a_result_has_all_its_aims_not_met(lang: str) -> None:
    rows = [line for line in page({}, NOTES, lang).splitlines() if line.endswith("** |")]

    assert f"| {said('met', lang)} |\n" not in page({}, NOTES, lang).replace(f"{said('reached', lang)} | |", "")
    assert len([row for row in rows if row.endswith(f"| {said('not met', lang)} |")]) == 2 * sum(len(note.aims) for note in NOTES.values())


def test_a_folder_without_results_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "skab.json").write_text('{"suite": "nab", "figures": {}}', encoding="utf-8")

    for folder in (tmp_path, tmp_path / "nowhere"):
        asked = CliRunner().invoke(command, ["page", "--results", str(folder), "--out", str(tmp_path / "models.md")])
        assert "--results" in str(asked.exception)
