"""docs/alarms.md names what there is, and its sample is read."""

import re
from pathlib import Path

import pytest

from alerts.config import AlertsSection, check_alerts
from alerts.lifecycle import Deed, Kind, State
from alerts.limits import NoLimit
from contracts.config import Section, load
from store.records.deliveries import Delivered

TEXT = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [State, Kind, Deed, Delivered, NoLimit])
def test_every_word_of_an_alarms_life_is_in_the_document(words):
    assert [word for word in words if word not in TEXT] == []


def test_the_sample_configuration_is_accepted():
    class Whole(Section, frozen=True):
        alerts: AlertsSection = AlertsSection()

    (sample,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    section = load(Whole, sample, {}).alerts
    check_alerts(section)
    assert section.recipients[0].name == "inspector"


def test_the_state_drawing_names_only_states_there_are():
    named = set(re.findall(r"^  (\w+) --> (\w+):", TEXT, re.MULTILINE))
    assert {state for pair in named for state in pair} <= set(State)
