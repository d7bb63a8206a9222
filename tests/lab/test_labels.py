"""Marks become labels, and what they mark is not learned as normal; figures of marks touch no alarm."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from console.cli.models import command
from contracts.errors import BadConfig
from contracts.payload import Finding
from lab.labels import MARKS, NOT_NORMAL, read_labels, without
from models.base import Frame
from store.records import findings
from store.records.engine import open_records
from store.records.findings import FORWARDED, Remark

AT = 1_767_225_600_000_000


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Four findings at point A, each marked, and one that nobody marked; the first was called nonsense before."""
    where = f"sqlite:///{tmp_path / 'records.db'}"
    records = open_records(where)
    with records.begin() as db:
        for number, mark in enumerate((*MARKS, "")):
            since, ended = AT + number * 10, AT + number * 10 + 4
            found = Finding("frozen", "A", ["A"], since, ended, ended, 0.9, ended, "1@a")
            key = findings.take(db, "north", "north/gw", found, ended)
            for said in ("nonsense", mark, FORWARDED) if mark else ():
                findings.remark(db, key, Remark(said, "Wang", "seen", AT + 100))
    records.close()
    return where


def davy(*words: str) -> str:
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_marked_as_no_normal_is_left_out_and_nonsense_stays(address: str, tmp_path: Path) -> None:
    davy("labels", "--records", address, "--mine", "north", "--out", str(tmp_path / "labels.csv"))
    labels = read_labels(tmp_path / "labels.csv", "north")
    frame = Frame(("A", "B"), np.arange(AT, AT + 50, dtype=np.int64), np.ones((50, 2)))
    kept, left_out = without(frame, labels)

    gone = {AT + 10 * MARKS.index(mark) + row for mark in NOT_NORMAL for row in range(5)}
    assert [label.mark for label in labels] == list(MARKS)
    assert set(kept.times[np.isnan(kept.values[:, 0])].tolist()) == gone
    assert left_out == len(gone)
    assert np.isfinite(kept.values[:, 1]).all()
    assert np.isfinite(frame.values).all()
    assert read_labels(tmp_path / "labels.csv", "south") == []


def test_a_finding_that_goes_on_is_left_out_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("mine,points,kind,since,ended,mark,by,at\nn,A B,drift,2026-01-01T00:00:00Z,,true,Wang,2026-01-01T01:00:00Z\n", "utf-8")
    kept, left_out = without(Frame(("A",), np.arange(AT - 2, AT + 3, dtype=np.int64), np.ones((5, 1))), read_labels(path, "n"))

    assert np.isnan(kept.values[:, 0]).tolist() == [False, False, True, True, True]
    assert left_out == 3


@pytest.mark.parametrize("line", ["n,A,k,2026,,true,w,2026", "n,A,k,2026-01-01,,perhaps,w,x", "n,,k,2026-01-01,,true,w,x"])
def test_a_line_that_is_no_label_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"mine,points,kind,since,ended,mark,by,at\n{line}\n", "utf-8")
    with pytest.raises(BadConfig, match="line 2"):
        read_labels(path, "n")


def test_figures_of_marks_count_each_finding_once_by_its_last_mark(address: str) -> None:
    *_, counts = davy("marks", "--records", address).splitlines()

    assert counts.split() == ["frozen", "5", "1", "1", "1", "1", "1", "25", "%"]
    assert "no findings" in davy("marks", "--records", address, "--mine", "south")


def test_records_that_are_not_there_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="a file that is there"):
        davy("marks", "--records", f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.iterdir())
