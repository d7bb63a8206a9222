"""Every finding has words in both languages: what was seen, what it could be, what to check first."""

import pytest

from models.policy import FAULTS, HAZARDS, Finding
from models.words import WORDS, sentence


@pytest.mark.parametrize("kind", [*HAZARDS, *FAULTS])
def test_every_kind_of_finding_has_words(kind: str):
    words = WORDS[kind]

    assert all(all(pair) for pair in (words.seen, words.check, *words.could_be))
    assert len(words.could_be) >= 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sentence_says_where_how_sure_and_what_to_check_first(lang: str):
    words = sentence(Finding("gas_accumulation", "face/corner", ("1101-T0",), 1, 1, 0.7), lang)

    assert "1101-T0" in words
    assert "70 %" in words
    assert WORDS["gas_accumulation"].check[0 if lang == "zh" else 1] in words
