"""What a bench says, and the table made of it."""

from pathlib import Path

import pytest

from bench.figures import FIGURES, Figure
from bench.latency import percentile_ms
from bench.report import line, read_lines, report, rounded, words
from bench.table import BEGIN, END, markdown, put_into
from contracts.clock import BUILD_TIME, SECOND
from contracts.errors import BadConfig

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def said(bench: str = "outbox", value: float = 1.0, at: int = BUILD_TIME):
    return report(bench, dict.fromkeys(FIGURES[bench], value), at)


def test_a_line_is_read_back_as_it_was_and_other_lines_are_passed_over():
    assert read_lines(f"progress\n{line(said())}\n") == [said()]


def test_a_file_without_a_report_is_refused():
    with pytest.raises(BadConfig, match="JSON lines"):
        read_lines("make: nothing to be done\n")


def test_a_report_without_one_of_its_figures_is_not_made():
    with pytest.raises(KeyError, match="commit_p50_ms"):
        report("outbox", {"readings_per_s": 1.0}, BUILD_TIME)


@pytest.mark.parametrize(("value", "told"), [(123456.7, 123457), (0.0123456, 0.012346), (12, 12), (99.99999, 100.0)])
def test_figures_keep_five_digits_that_count(value, told):
    assert rounded(value) == told


@pytest.mark.parametrize(
    ("figure", "value", "met"),
    [(Figure("", "", at_least=8), 8, True), (Figure("", "", at_most=8), 8.1, False), (Figure("", ""), 8, None)],
)
def test_an_aim_is_met_at_its_own_value(figure, value, met):
    assert figure.met(value) is met


def test_people_are_told_what_is_not_met():
    assert "lost" in words(said("ingest"))
    assert "NOT MET" in words(said("ingest"))


def test_a_percentile_is_a_wait_that_was_measured():
    waits = [1000, 2000, 3000, 4000]

    assert [percentile_ms(waits, share) for share in (50, 75, 99)] == [2.0, 3.0, 4.0]


def test_nothing_measured_is_not_zero():
    with pytest.raises(ValueError, match="nothing"):
        percentile_ms([], 99)


def test_the_table_takes_the_newest_report_of_each_bench():
    table = markdown([said("path"), said(value=2.0, at=BUILD_TIME + SECOND), said(value=1.0)])

    assert table.index("### outbox") < table.index("### path")
    assert "| `readings_per_s` | 2 |" in table
    assert "| `readings_per_s` | 1 |" not in table


def test_the_table_replaces_what_stands_between_the_marks_only(tmp_path):
    document = tmp_path / "figures.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    put_into(document, "new")

    assert document.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_document_without_marks_is_refused(tmp_path):
    document = tmp_path / "figures.md"
    document.write_text("nothing\n")

    with pytest.raises(BadConfig, match="end of figures"):
        put_into(document, "new")


def test_the_document_has_a_row_for_every_figure():
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text[text.index(BEGIN) : text.index(END)]

    assert [key for figures in FIGURES.values() for key in figures if f"| `{key}` |" not in table] == []
