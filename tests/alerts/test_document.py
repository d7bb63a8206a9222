"""docs/alarms.md and its Chinese twin name what there is, and their sample is read."""

import re
from pathlib import Path

import pytest

from alerts.config import AlertsSection, check_alerts
from alerts.lifecycle import Deed, Kind, State
from alerts.limits import NoLimit
from console.web.words import say
from contracts.config import Section, load
from store.records.deliveries import Delivered

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("alarms.md", "alarms.zh.md")}
PAGE = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@PAGE
@pytest.mark.parametrize("words", [State, Kind, Deed, Delivered, NoLimit])
def test_every_word_of_an_alarms_life_is_in_the_document(words, text):
    assert [word for word in words if word not in text] == []


def test_the_chinese_page_calls_a_state_as_the_screen_does():
    text = TEXTS["alarms.zh.md"].replace(" (", "（").replace(")", "）").replace(", ", "，")
    rows = dict(re.findall(r"^\| `(\w+)` ([^|`]+) \|", text, re.MULTILINE))

    assert [state for state in State if say("zh", f"alarm.state.{state}") not in rows[state]] == []


@PAGE
def test_the_sample_configuration_is_accepted(text):
    class Whole(Section, frozen=True):
        alerts: AlertsSection = AlertsSection()

    (sample,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    section = load(Whole, sample, {}).alerts
    check_alerts(section)
    assert section.recipients[0].name == "inspector"


@PAGE
def test_the_state_drawing_names_only_states_there_are(text):
    named = set(re.findall(r"^  (\w+) --> (\w+):", text, re.MULTILINE))
    assert {state for pair in named for state in pair} <= set(State)
