"""`docs/glossary.md` knows every word a person meets, in both languages, and spells it as the code does."""

import re
from pathlib import Path

import pytest

from alerts.alarm import State
from alerts.transitions import Change
from contracts import quality
from contracts.topics import Lane
from contracts.units import QUANTITIES
from ingest.ledger import Word

TEXT = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line[1:-1].split("|")] for line in TEXT.splitlines() if line.startswith("| `")]
NAMES = {row[0].strip("`"): (row[1], row[2]) for row in ROWS}
HAN = re.compile(r"[\u4e00-\u9fff]")
SAID_IN_THE_PROTOCOL = {Lane.STATE, Lane.EVENT, Lane.DESIRED, Lane.REPORTED, Lane.COMMAND, Lane.ANSWER}
ROLES = [
    *("inspector", "gas_checker", "dispatcher", "team_leader", "safety_checker"),
    *("monitoring_worker", "duty_leader", "chief_engineer", "mine_manager"),
]
CODE = {"ledger": Word, "alarms": State, "signals": Change, "lanes": set(Lane) - SAID_IN_THE_PROTOCOL, "roles": ROLES}


@pytest.mark.parametrize("words", CODE.values(), ids=CODE)
def test_every_word_of_the_code_is_explained(words: list[str]) -> None:
    assert [str(word) for word in words if str(word) not in NAMES] == []


def test_state_codes_and_quality_bits_have_the_names_of_the_code() -> None:
    assert {code: NAMES[str(code)] for code in quality.NAMES} == quality.NAMES


def test_quantities_have_the_names_and_units_of_the_code() -> None:
    told = [row for row in ROWS if len(row) == 4]

    assert told == [[f"`{quantity.name}`", quantity.zh, quantity.en, quantity.unit] for quantity in QUANTITIES.values()]


def test_every_term_has_one_sentence_in_each_language() -> None:
    explained = [row for row in ROWS if len(row) == 5]

    assert len(explained) > 90
    assert [row[0] for row in explained if not (HAN.search(row[1]) and HAN.search(row[3]) and row[3].endswith("。"))] == []
    assert [row[0] for row in explained if HAN.search(row[2] + row[4]) or not row[4].endswith(".")] == []


def test_no_term_is_explained_twice() -> None:
    assert len(NAMES) == len(ROWS)
