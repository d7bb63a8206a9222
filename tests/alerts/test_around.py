"""A message says how the supply is, how many people are there, and whom to call; what is old or missing is unknown."""

import pytest

from alerts.around import Around, Known, age_words, around_words
from contracts.clock import BUILD_TIME, HOUR, MINUTE, SECOND

NOW = BUILD_TIME


def known(value: float, age: int) -> Known:
    return Known(value, NOW - age)


@pytest.mark.parametrize(
    ("around", "zh", "en"),
    [
        (
            Around((("F1", known(1.0, 3 * SECOND)),), (known(12.0, 8 * SECOND),), 0, "0351-1234567"),
            ["馈电：F1 有电（3 s前）", "区域人数：12（8 s前）", "致电：0351-1234567"],
            ["feed: F1 on (3 s ago)", "people in the area: 12 (8 s ago)", "call: 0351-1234567"],
        ),
        (
            Around((("F1", known(0.0, 60 * SECOND)), ("F2", None)), (known(5.0, SECOND), known(7.0, 30 * SECOND)), 1),
            ["馈电：F1 无电（60 s前），F2 未知", "区域人数：12（30 s前），另有 1 处无数据", "致电：矿值班电话未配置"],
            [
                "feed: F1 off (60 s ago), F2 unknown",
                "people in the area: 12 (30 s ago), 1 more place(s) without a count",
                "call: no duty phone of the mine is configured",
            ],
        ),
        (
            Around((("F1", known(1.0, 8 * MINUTE)),), (known(5.0, SECOND), known(7.0, 3 * HOUR))),
            ["馈电：F1 未知（8 min前为有电）", "区域人数：未知（3 h前为12）", "致电：矿值班电话未配置"],
            [
                "feed: F1 unknown (it was on 8 min ago)",
                "people in the area: unknown (it was 12 3 h ago)",
                "call: no duty phone of the mine is configured",
            ],
        ),
        (
            Around(),
            ["馈电：未知（无对应馈电测点）", "区域人数：未知（无人数数据）", "致电：矿值班电话未配置"],
            [
                "feed: unknown (no feed-state point of its cut)",
                "people in the area: unknown (no count)",
                "call: no duty phone of the mine is configured",
            ],
        ),
    ],
)
def test_what_is_known_is_told_with_its_age_and_what_is_not_is_unknown(around, zh, en):
    assert around_words(around, NOW, "zh") == zh
    assert around_words(around, NOW, "en") == en


def test_of_a_gateway_only_whom_to_call_is_told():
    assert around_words(Around(phones="1"), NOW, "zh", of_point=False) == ["致电：1"]


@pytest.mark.parametrize(
    ("micros", "words"), [(-5, "0 s"), (119 * SECOND, "119 s"), (2 * MINUTE, "2 min"), (119 * MINUTE, "119 min"), (2 * HOUR, "2 h")]
)
def test_ages_are_read_at_a_glance(micros, words):
    assert age_words(micros) == words
