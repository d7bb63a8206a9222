"""Every rule has a priority with its reason; what is worst and shortest is first; what nobody graded is never last."""

import re

import pytest

from alerts.journal import BACKUP_RULE, CONFLICT_RULE, FLAGS_RULE, LINK_RULE
from alerts.limits import ALARM_RULE, CUT_RULE, DEVICE_RULE
from alerts.locktests import FILED_RULES
from alerts.packs import load
from alerts.priority import GRADES, LOWEST, Grade, Harm, Respond, grade, priority_of, rank
from alerts.subject import POINT_RULES, SOURCE_RULES
from alerts.trouble import RULE as TROUBLE_RULE
from alerts.words import RULES

PACK = load()
EVERY = {*POINT_RULES, *SOURCE_RULES, *FILED_RULES, BACKUP_RULE, CONFLICT_RULE, FLAGS_RULE, LINK_RULE, TROUBLE_RULE}


def test_every_rule_there_is_has_a_grade_and_no_other():
    assert set(GRADES) == EVERY
    assert set(GRADES) | {DEVICE_RULE} <= {*RULES, "drill.test"}


def test_every_grade_says_why_in_both_languages():
    graded = [
        *GRADES.values(),
        *(grade(rule, "methane", row) for rule in (ALARM_RULE, "limit.cut.0", DEVICE_RULE) for row in PACK.rows.values()),
    ]
    for one in graded:
        zh, en = one.why
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert not re.search(r"[\u4e00-\u9fff]", en)


@pytest.mark.parametrize(
    ("rule", "quantity", "row", "priority"),
    [
        (f"{CUT_RULE}0", "methane", "face_return_corner", 1),
        (ALARM_RULE, "methane", "face_return_corner", 2),
        (ALARM_RULE, "methane", "face_return_airway", 1),
        (ALARM_RULE, "methane", "main_return", 2),
        (ALARM_RULE, "methane", "", 2),
        (DEVICE_RULE, "methane", "", 2),
        (DEVICE_RULE, "wind_speed", "", 3),
        ("fan.gas", "methane", "", 1),
        ("feed.abnormal", "feed_state", "", 1),
        ("gas.rise", "methane", "", 2),
        ("link.down", "", "", 3),
        ("feed.unexplained", "feed_state", "", 4),
        ("nobody.knows", "", "", 0),
    ],
)
def test_the_priorities(rule, quantity, row, priority):
    assert priority_of(rule, quantity, PACK.rows.get(row)) == priority


def test_graver_and_sooner_is_never_less_urgent():
    for harm in Harm:
        for respond in Respond:
            here = Grade(harm, respond, ("", "")).priority
            assert 1 <= here <= LOWEST
            assert all(here >= Grade(other, respond, ("", "")).priority for other in Harm if other <= harm)
            assert all(here >= Grade(harm, other, ("", "")).priority for other in Respond if other <= respond)


def test_what_nobody_graded_stands_among_the_highest():
    assert sorted([4, 0, 2, 1], key=rank)[:2] == [0, 1]
