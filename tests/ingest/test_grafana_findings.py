"""Findings for Grafana: in both languages, once, and again when something changed."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from console.web.words import WORDS
from contracts.clock import MINUTE
from contracts.errors import Retry
from contracts.payload import Finding
from ingest.grafana_findings import LOOK_BACK, MARK_WORDS, OLDEST, FindingCopy
from ingest.grafana_lines import series_of
from models.signs import GAS
from models.words import told
from store.records import findings
from store.records.engine import Records, open_records
from store.records.findings import FORWARDED, MARKS, Remark

NOW = 1_000 * MINUTE


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{tmp_path / 'records.db'}")
    yield opened
    opened.close()


class Desk:
    """A copy into a list; `away`: InfluxDB does not answer."""

    def __init__(self, records: Records) -> None:
        self.records, self.away, self.lines = records, False, list[str]()
        self.copy = FindingCopy(records, self.send)

    def send(self, lines: Iterable[str]) -> None:
        if self.away:
            raise Retry("away")
        self.lines += lines

    def turn(self, now: int = NOW) -> list[str]:
        self.lines = []
        self.copy.turn(now)
        return self.lines

    def take(self, time: int, *, since: int = NOW, ended: int = 0, points: tuple[str, ...] = ("T0", "T1")) -> int:
        said = Finding(GAS, "face", list(points), since, time, ended, 0.876, time, "3@ab", {})
        with self.records.begin() as db:
            return findings.take(db, "pit", "pit/g1", said, time)

    def say(self, number: int, mark: str) -> None:
        with self.records.begin() as db:
            findings.remark(db, number, Remark(mark, "Zhang San", "his words", NOW))


def test_a_finding_is_told_at_its_start_in_both_languages(records: Records) -> None:
    desk = Desk(records)
    desk.take(NOW + MINUTE)
    (text,) = desk.turn()

    assert text.startswith(f"findings,gateway=g1,kind={GAS},mine=pit,subject=face ")
    assert text.endswith(f" {NOW}\n")
    zh, en = told(GAS).seen
    for part in (
        f'title_zh="{zh}"',
        f'title_en="{en}"',
        f'check_en="{told(GAS).check[1]}"',
        'state_zh="仍在"',
        'points="T0, T1"',
        "sure=88i",
    ):
        assert part in text
    assert f'could_be_zh="{"；".join(zh for zh, _ in told(GAS).could_be)}"' in text


def test_it_is_copied_once_and_again_after_a_later_word_a_mark_and_its_end(records: Records) -> None:
    desk = Desk(records)
    number = desk.take(NOW)
    assert len(desk.turn()) == 1
    assert desk.turn() == []

    desk.take(NOW + MINUTE, points=("T0", "T1", "T2"))
    assert 'points="T0, T1, T2"' in desk.turn()[0]
    desk.say(number, "test_gas")
    assert 'mark_zh="标校气体"' in desk.turn()[0]
    desk.take(NOW + 2 * MINUTE, ended=NOW + 2 * MINUTE)
    (ended,) = desk.turn()
    assert 'state_en="ended"' in ended
    assert f"ended={NOW + 2 * MINUTE}i" in ended
    assert desk.turn() == []


def test_every_telling_overwrites_the_one_before(records: Records) -> None:
    desk = Desk(records)
    number = desk.take(NOW)
    first = desk.turn()
    desk.say(number, "true")
    second = desk.turn()

    def place(text: str) -> tuple[str, str]:
        return series_of(text), text.rsplit(" ", 1)[1]

    assert place(first[0]) == place(second[0])
    assert first != second


def test_a_finding_that_did_not_arrive_is_copied_at_the_next_turn(records: Records) -> None:
    desk = Desk(records)
    desk.take(NOW)
    desk.away = True
    with pytest.raises(Retry):
        desk.turn()
    desk.away = False

    assert len(desk.turn()) == 1


def test_what_was_over_long_ago_is_not_copied_after_a_start_what_stands_is(records: Records) -> None:
    desk = Desk(records)
    desk.take(NOW)
    desk.take(NOW + MINUTE, since=NOW + MINUTE, ended=NOW + MINUTE)

    assert [text.rsplit(" ", 1)[1] for text in desk.turn(NOW + LOOK_BACK + 2 * MINUTE)] == [f"{NOW}\n"]
    assert Desk(records).turn(NOW + OLDEST + MINUTE) == []


def test_one_that_stood_long_is_told_as_ended_too(records: Records) -> None:
    """Else a board would say for ever that it stands."""
    desk, later = Desk(records), NOW + 2 * LOOK_BACK
    desk.take(NOW)
    desk.turn()
    desk.take(later, ended=later)

    assert 'state_en="ended"' in desk.turn(later)[0]


def test_no_name_and_no_words_of_a_person_are_copied(records: Records) -> None:
    desk = Desk(records)
    number = desk.take(NOW)
    desk.say(number, "nonsense")
    desk.say(number, FORWARDED)
    (text,) = desk.turn()

    assert "Zhang" not in text
    assert "his words" not in text
    assert 'mark_en="nonsense"' in text


def test_marks_are_called_as_in_the_console() -> None:
    assert {mark: WORDS[f"finding.mark.{mark}"] for mark in MARKS} == {mark: words for mark, words in MARK_WORDS.items() if mark}
