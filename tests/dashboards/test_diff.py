"""Hand-made drift is found; what Grafana adds by itself is none."""

import copy
from typing import Any

import pytest

from dashboards.build import build
from dashboards.panels import Place
from dashboards.provisioning import compared

OURS = build(Place())["zh"]["mine-live"]
UID = OURS["uid"]


def theirs() -> dict[str, Any]:
    """The board as Grafana gives it back."""
    board = copy.deepcopy(OURS)
    board |= {"id": 7, "version": 3, "schemaVersion": 41, "fiscalYearStartMonth": 0, "liveNow": False}
    board["panels"][0]["pluginVersion"] = "11.2.0"
    board["panels"][0]["fieldConfig"]["defaults"]["custom"]["axisLabel"] = ""
    return board


def test_what_grafana_adds_is_no_drift() -> None:
    assert compared(UID, OURS, theirs()) == []


def test_a_board_that_is_not_there_is_one_difference() -> None:
    assert [(drift.path, drift.theirs) for drift in compared(UID, OURS, None)] == [("", None)]


def test_a_query_edited_by_hand_is_named_by_its_path() -> None:
    board = theirs()
    board["panels"][4]["targets"][0]["query"] = "buckets()"

    assert [drift.path for drift in compared(UID, OURS, board)] == ["panels[4].targets[0].query"]


def test_a_panel_added_or_removed_by_hand_is_drift() -> None:
    more, fewer = theirs(), theirs()
    more["panels"].append({"id": 99, "type": "text"})
    del fewer["panels"][-1]

    assert [drift.path for drift in compared(UID, OURS, more)] == [f"panels[{len(OURS['panels'])}]"]
    assert [drift.path for drift in compared(UID, OURS, fewer)] == [f"panels[{len(OURS['panels']) - 1}]"]


@pytest.mark.parametrize("key", ["alert", "libraryPanel"])
def test_what_somebody_hung_on_a_panel_is_drift(key: str) -> None:
    board = theirs()
    board["panels"][1][key] = {"name": "x"}

    assert [drift.path for drift in compared(UID, OURS, board)] == [f"panels[1].{key}"]
