"""What is copied for Grafana, and in which words."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from alerts.packs import load
from alerts.words import RULES
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest import books, ledger
from ingest.grafana_lines import (
    ACTIVE,
    GAP_REASONS,
    PLANNED,
    RETURNED,
    SET_ASIDE,
    UNKNOWN,
    UNVERIFIED,
    alarm_lines,
    class_of,
    gateway_lines,
    ledger_lines,
    line,
    point_lines,
    process_lines,
    rule_words,
    transition_lines,
)
from ingest.ledger import Gap, LedgerDay, Word
from ingest.live import GatewayLive
from store.records.alarm_feed import ToldTransition
from store.records.alarms import AlarmRow

PACK = load()


def test_fields_without_a_value_are_left_out_and_a_line_without_fields_too() -> None:
    assert line("m", {"mine": "a b", "area": ""}, {"x": 1, "y": None, "z": float("nan"), "t": 'q"'}, 5) == 'm,mine=a\\ b x=1i,t="q\\"" 5\n'
    assert line("m", {}, {"x": None}, 5) == ""


def test_a_point_tells_its_limit_only_where_one_is_known() -> None:
    mapped = Point("T0", "methane", "face-1", "回风隅角", "return corner", limit_row="face_return_corner", mapped_by="x")
    unmapped = Point("T3", "methane", "face-1", "进风巷", "intake")
    first, second = point_lines(Registry("pit", "矿", "pit", (mapped, unmapped)), PACK, 9)

    assert "limit=1.0" in first
    assert "limit=" not in second
    assert 'place_zh="进风巷"' in second
    assert 'clause_zh="《煤矿安全规程》（2025）第536条表19"' in first
    assert 'clause_en="Coal Mine Safety Regulations (2025) Art.536, Table 19"' in first


def test_a_transition_names_its_clause_in_both_languages_also_where_the_project_chose() -> None:
    seen = [
        ToldTransition(at, 9, "pit", "T0", "limit.alarm", "raise", "", "", "", "", clause, 1.2, 1.0)
        for at, clause in enumerate(("CMSR2025 Art.541", "project"))
    ]
    by_law, by_us = transition_lines(seen, PACK)

    assert 'clause_zh="《煤矿安全规程》（2025）第541条"' in by_law
    assert 'clause_zh="本项目设定",clause_en="set by this project"' in by_us


def test_a_gateway_never_heard_has_no_age() -> None:
    heard = GatewayLive(Gateway("pit", "g1"), heard=4_000_000)

    assert list(gateway_lines([heard, GatewayLive(Gateway("pit", "g2"))], {}, 5_000_000)) == [
        'gateways,gateway=g1,mine=pit heard_age_s=1.0,silent=0i,online=0i,agent="" 5000000\n'
    ]


def test_a_gateway_s_lag_is_the_age_of_its_newest_reading() -> None:
    (told,) = gateway_lines(
        [GatewayLive(Gateway("pit", "g1"), heard=4_000_000, born=1, clock_offset=-500_000)], {"pit/g1": 2_000_000}, 5_000_000
    )

    assert "lag_s=3.0,clock_offset_s=-0.5," in told


@pytest.mark.parametrize("rule", ["limit.alarm", "limit.cut.0", "limit.cut.1", *RULES])
def test_a_rule_is_told_in_words_of_either_language(rule: str) -> None:
    zh, en = rule_words(rule)

    assert rule not in zh + en
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_stages_of_a_cut_have_lanes_of_their_own() -> None:
    assert len({rule_words(f"limit.cut.{stage}") for stage in range(3)}) == 3


def test_why_a_gap_is_there_is_told_in_either_language_and_foreign_words_as_they_are() -> None:
    gaps = [Gap(Word.LOST, 3, 3, 1, 4, epoch="e", reason=reason) for reason in ("outbox full", "someone's words")]
    _, known, other = ledger_lines(LedgerDay("pit/g1", 0, gaps=gaps), 7)

    assert 'reason_zh="网关磁盘已满",reason_en="the gateway\'s disk was full"' in known
    assert 'reason_zh="someone\'s words"' in other


def test_every_reason_that_the_ledger_gives_has_words() -> None:
    """The reasons as they stand in the source."""
    said = set(re.findall(r'reason="([a-z ]+)"', "".join(Path(module.__file__ or "").read_text("utf-8") for module in (books, ledger))))

    assert said
    assert said <= GAP_REASONS.keys()


def test_a_counter_that_never_counted_is_0_and_not_missing() -> None:
    registry = CollectorRegistry()
    Counter("davy_ingest_refused", "x", ["reason"], registry=registry)

    assert "davy_ingest_refused_total=0.0" in next(process_lines(registry, {}, 1))


def test_a_day_on_which_nothing_was_made_has_no_completeness() -> None:
    (only,) = ledger_lines(LedgerDay("pit/g1", 0), 7)

    assert "completeness" not in only
    assert "made=0i" in only


def test_a_gap_stands_at_its_start_with_its_length() -> None:
    gap = Gap(Word.NOT_SAMPLED, 3, 3, 1_000_000, 4_000_000, source="field", reason="nobody polled")
    _, told = ledger_lines(LedgerDay("pit/g1", 0, made=2, committed=1, gaps=[gap]), 7)

    assert told.startswith("gaps,gateway=g1,mine=pit,source=field,word=not_sampled ")
    assert "seconds=3.0,n=3i" in told
    assert told.endswith(" 1000000\n")


def test_metrics_are_summed_over_their_labels() -> None:
    registry = CollectorRegistry()
    refused = Counter("davy_ingest_refused", "x", ["reason"], registry=registry)
    refused.labels("a").inc(2)
    refused.labels("b").inc(3)
    Gauge("other", "not ours", registry=registry).set(1)
    (only,) = process_lines(registry, {"davy_records_deadletters": 4}, 1)

    assert only == "davy_process,process=ingest davy_records_deadletters=4i,davy_ingest_refused_total=5.0 1\n"


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ({"active": True}, ACTIVE),
        ({"active": True, "unverified": True}, UNVERIFIED),
        ({"active": True, "suppressed": True, "unknown": True}, ACTIVE),
        ({"suppressed": True, "unknown": True}, SET_ASIDE),
        ({"active": True, "shelved_until": 9}, SET_ASIDE),
        ({"active": True, "out_of_service": True, "state": "out_of_service"}, SET_ASIDE),
        ({"active": True, "planned": True, "unverified": True, "state": "planned"}, PLANNED),
        ({"active": True, "planned": True, "suppressed": True, "state": "suppressed"}, ACTIVE),
        ({"unknown": True}, UNKNOWN),
        ({}, RETURNED),
    ],
)
def test_neither_unknown_nor_suppression_hides_an_active_alarm(flags: dict[str, Any], shown: int) -> None:
    assert class_of(alarm(**flags)) == shown


def test_a_mine_without_an_open_alarm_is_counted_as_none_and_an_unheard_one_not_at_all() -> None:
    lines = list(alarm_lines([alarm(mine="a", rule="limit.alarm", active=True)], ["a", "b"], {"b": 1}, 5))

    assert lines[0] == "alarms_open,mine=a,rule=limit.alarm,word_en=alarm\\ limit,word_zh=报警限 class=1i 5\n"
    assert lines[1:] == [
        "alarm_count,mine=a active=1i,unacknowledged=1i,unverified=0i,unknown=0i,planned=0i,silent=0i 5\n",
        "alarm_count,mine=b active=0i,unacknowledged=0i,unverified=0i,unknown=0i,planned=0i,silent=1i 5\n",
    ]


def test_the_centres_own_alarm_is_on_no_mines_board() -> None:
    assert list(alarm_lines([alarm(mine="", rule="centre.backup", active=True)], [], {}, 5)) == []


def alarm(**known: Any) -> AlarmRow:
    """An open alarm of which nothing else is known."""
    blank = {one.name: {"int": 0, "bool": False}.get(str(getattr(one.type, "__name__", "")), "") for one in fields(AlarmRow)}
    return AlarmRow(**(blank | {"open": True, "shelved_until": None} | known))
