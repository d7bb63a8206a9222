"""Whose silence it is: the gateway's, not that of a centre which has not yet committed what came."""

from pathlib import Path

import pytest

from alerts.packs import load
from contracts.clock import SECOND
from contracts.topics import Gateway
from ingest.judge import AT_ONCE, Judge
from ingest.live import Live
from tests.ingest.desk import NOW, Desk

pytestmark = pytest.mark.slow


def judge_of(tmp_path: Path, live: Live) -> Judge:
    desk = Desk(tmp_path)
    return Judge(desk.records, desk.journal, load(), live)


def test_a_gateway_whose_items_wait_for_their_commit_is_not_silent(tmp_path: Path) -> None:
    live, later = Live(), NOW + 10 * SECOND
    judge = judge_of(tmp_path, live)
    live.change(Gateway("mine", "gw"), heard=NOW, period=SECOND)
    live.arrived["mine/gw"] = later - SECOND

    assert not judge.silence(later)
    assert judge.silence(later + 3 * SECOND)


def test_a_province_that_falls_silent_and_returns_is_told_once_each(tmp_path: Path) -> None:
    live = Live()
    judge = judge_of(tmp_path, live)
    every = [Gateway(f"mine-{n:03d}", "gw") for n in range(AT_ONCE + 3)]
    for gateway in every:
        live.change(gateway, heard=NOW, period=SECOND)
    later = NOW + 10 * SECOND

    assert judge.silence(later)
    with judge.records.read() as db:
        assert judge.journal.down(db) == {str(gateway) for gateway in every}
    assert not judge.silence(later)
    for gateway in every:
        live.heard(gateway, later)
    assert judge.silence(later + SECOND)
    with judge.records.read() as db:
        assert judge.journal.down(db) == set()
