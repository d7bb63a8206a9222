"""A layout is refused early, by key and value; the sample in the documentation is accepted, and says that it is no standard."""

import re

import pytest

from contracts.errors import BadConfig
from edge_agent.sources.kj_layout import parse_layout, read_layout
from tests.edge_agent.kj_mine import LAYOUT

KIND = '[kinds.V]\nrole = "values"\nfiles = ["*"]\nfields = ["point", "value", "time"]\n'


def test_the_sample_layout_is_accepted_and_says_it_is_an_example() -> None:
    assert read_layout(str(LAYOUT)).kinds.keys() == {"CDDY", "CDSS", "FZSS", "YCBJ"}
    assert "NOT A STANDARD" in LAYOUT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (KIND.replace('"value"', '"worth"'), "kinds.V.fields"),
        (KIND.replace('"value"', '"point"'), "kinds.V.fields"),
        (KIND.replace(', "time"', ""), "kinds.V.fields"),
        (KIND.replace('"point", ', ""), "kinds.V.fields"),
        (KIND.replace('"value", ', ""), "kinds.V.fields"),
        (KIND.replace('["*"]', "[]"), "kinds.V.files"),
        (KIND + 'header = ["who"]', "kinds.V.header"),
        (KIND + 'states = { "x" = 512 }', "kinds.V.states.x"),
        (KIND.replace('"values"', '"readings"'), "kinds.V.role"),
        ('record_end = ";"\n' + KIND, "record_end"),
        ('encodings = ["klingon"]\n' + KIND, "encodings"),
        ('zone = "Mars/Olympus"\n' + KIND, "zone"),
        ('zone = "+25:99:1"\n' + KIND, "zone"),
        (KIND + '[quantities]\n"1" = "luck"', "quantities.1"),
        (KIND + '[columns]\n"a" = "luck"', "columns.a"),
        ('colour = "red"\n' + KIND, "colour"),
        ("[values]\n" + '"x" = "many"\n' + KIND, "layout.values"),
        (KIND + 'colour = "red"\n', "colour"),
        ("kinds = 3", "kinds"),
        ("no toml", "layout"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused_by_its_place(text: str, place: str) -> None:
    with pytest.raises(BadConfig, match=re.escape(place)):
        parse_layout('name = "n"\n' + text)


def test_a_zone_may_be_a_distance_from_utc() -> None:
    layout = parse_layout('name = "n"\nzone = "-03:30"\n' + KIND)

    assert str(layout.tz) == "UTC-03:30"


def test_states_are_words_joined_words_or_a_sum_of_bits() -> None:
    layout = read_layout(str(LAYOUT))
    kind = layout.kinds["CDSS"]

    assert [layout.state_bits(kind, text)[0] for text in ("正常", "报警、标校", "报警+断电", "20", "检修", "256", "")] == [
        0,
        5,
        3,
        20,
        4096,
        4096,
        4096,
    ]
