"""People read every reason in both languages; a value is never rounded into another."""

import ast
import inspect
import re
from dataclasses import replace

import pytest

from alerts import deeds, journal, lifecycle
from alerts.alarm import Deed, Kind
from alerts.locktests import FILED_RULES
from alerts.sentence import Facts, sentence
from alerts.subject import POINT_RULES, SOURCE_RULES
from alerts.transitions import Change, Reason
from alerts.words import HEADS, NUMBERS, REASONS, RULES, clause_words, reason_words, time_words
from contracts.clock import BUILD_TIME, MINUTE

FACTS = Facts(
    change="raise",
    reason="limit_reached",
    rule="limit.alarm",
    mine=("一矿", "Mine 1"),
    place=("回风隅角", "return corner"),
    point="T01",
    quantity="methane",
    unit="%CH4",
    value=1.12,
    limit=1.0,
    clause="CMSR2025 Art.536, Table 19",
    action=("停电", "cut power"),
    action_clause="CMSR2025 Art.193",
    since=BUILD_TIME,
    end=None,
    peak=1.3,
    rise_per_min=-0.1,
    active=True,
)


@pytest.mark.parametrize("module", [lifecycle, deeds, journal])
def test_every_reason_code_in_the_code_has_words(module):
    texts = [node.value for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Constant)]
    codes = {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text)}
    assert codes - set(REASONS) - {"cannot_shelve_when_", "last_error"} == set()


def test_every_reason_of_the_rules_and_every_change_has_words():
    assert set(Reason) <= set(REASONS)
    assert {*Kind, *Deed} <= set(HEADS)


def test_every_rule_beside_the_limits_has_a_name():
    assert {*POINT_RULES, *SOURCE_RULES, *FILED_RULES} <= set(RULES)


def test_every_change_of_the_rules_has_a_head():
    assert set(Change) <= set(HEADS)


def test_numbers_stand_in_the_sentence_in_both_languages(pack):
    facts = replace(FACTS, rule="feed.abnormal", clause="CMSR2025 Art.528", limit=None, numbers={"fed_s": 41.0, "allowed_s": 40.0})
    assert "馈电异常（《煤矿安全规程》（2025）第528条）" in sentence(facts, pack.documents, "zh")
    assert "应断未断 41 s；允许 40 s" in sentence(facts, pack.documents, "zh")
    assert "on for 41 s though to be cut; 40 s allowed" in sentence(facts, pack.documents, "en")


def test_all_pairs_are_chinese_and_english():
    for zh, en in [*HEADS.values(), *REASONS.values(), *RULES.values(), *NUMBERS.values()]:
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert not re.search(r"[\u4e00-\u9fff]", en)


def test_a_persons_words_stand_as_they_are():
    assert reason_words("现场检查无异常", "en") == "现场检查无异常"


def test_clauses_are_written_as_people_write_them(pack):
    assert clause_words("CMSR2025 Art.536, Table 19", pack.documents, "zh") == "《煤矿安全规程》（2025）第536条表19"
    assert clause_words("CMSR2025 Art.536, Table 19", pack.documents, "en").endswith("(2025) Art.536, Table 19")
    assert clause_words("OTHER Art.7", pack.documents, "en") == "OTHER Art.7"
    assert [clause_words("project", pack.documents, lang) for lang in ("zh", "en")] == ["本项目设定", "set by this project"]


def test_times_are_beijing_times():
    assert time_words(BUILD_TIME, "zh") == "2026-11-18 19:06:40 北京时间"


def test_the_sentence_in_english(pack):
    assert sentence(FACTS, pack.documents, "en") == (
        "[ALARM] Mine 1, return corner T01; "
        "methane 1.12 %CH4, alarm at ≥ 1.00 %CH4 (Coal Mine Safety Regulations (2025) Art.536, Table 19); "
        "since 2026-11-18 19:06:40 UTC+8, peak 1.30 %CH4; changing by -0.10 %CH4 a minute; why: limit reached; "
        "first: cut power (Coal Mine Safety Regulations (2025) Art.193)"
    )


@pytest.mark.parametrize(
    ("value", "told"), [(0.9, "about 0.2 min to the alarm value"), (1.04, "the newest reading is at the alarm value already")]
)
def test_a_rise_tells_no_minutes_to_a_limit_that_the_reading_has_reached(pack, value, told):
    """The rule judges by means: the alarm came at 1.04 of 1.00 and said "about 0.0 min to the alarm value"."""
    rising = replace(FACTS, rule="gas.rise", reason="rising", value=value, numbers={"minutes_to_limit": 0.2})
    assert told in sentence(rising, pack.documents, "en")
    assert ("min to the alarm value" in sentence(rising, pack.documents, "en")) == (value < 1.0)
    assert ("最新读数已达到报警值" in sentence(rising, pack.documents, "zh")) == (value > 1.0)


def test_a_value_is_never_rounded_into_another(pack):
    assert "0.996 %CH4" in sentence(replace(FACTS, value=0.996), pack.documents, "zh")


def test_what_is_over_has_an_end_and_no_first_action(pack):
    text = sentence(replace(FACTS, change="return", active=False, end=BUILD_TIME + MINUTE, clause="project"), pack.documents, "zh")
    assert "2026-11-18 19:06:40 北京时间 至 2026-11-18 19:07:40 北京时间" in text
    assert "先做" not in text
    assert "project" not in text


def test_marks_say_that_unknown_is_not_normal(pack):
    text = sentence(replace(FACTS, marks=("unverified", "late", "unknown")), pack.documents, "zh")
    assert "未核实" in text
    assert "迟到" in text
    assert "未知不等于正常" in text
