"""What a message says at each step: how urgent it is, and what stands around the alarm at that moment."""

from alerts.around import Around, Known
from alerts.journal import Journal
from alerts.lifecycle import Action, Deed
from contracts.clock import HOUR, MINUTE, SECOND
from tests.alerts.centre import GATEWAY, INSPECTOR, NOW, Centre, event


class Pit:
    """A supply that is on, and nobody counted."""

    def around(self, subject):
        return Around((("F1", Known(1.0, NOW - 3 * SECOND)),), (), 0, "0351-1234567")


def test_a_raise_names_its_priority_feed_people_and_whom_to_call(records, registry, pack):
    centre = Centre(records, Journal(pack, [INSPECTOR], surroundings=Pit()), registry)
    centre.take(event())
    (alarm,) = centre.call("active")
    assert alarm.priority == 2
    assert "；自 2026-11-18 19:06:40 北京时间 起；" in alarm.text_zh
    assert alarm.text_zh.startswith("【报警】优先级2 示范一矿")
    assert alarm.text_en.startswith("[ALARM] priority 2, Demo Mine 1, 8101 return corner")
    assert alarm.text_zh.endswith("馈电：F1 有电（3 s前）；区域人数：未知（无人数数据）；致电：0351-1234567")
    assert alarm.text_en.endswith("feed: F1 on (3 s ago); people in the area: unknown (no count); call: 0351-1234567")


def test_without_surroundings_a_message_says_that_they_are_unknown(centre):
    centre.take(event())
    assert centre.call("active")[0].text_zh.endswith("馈电：未知（无对应馈电测点）；区域人数：未知（无人数数据）；致电：矿值班电话未配置")


def test_a_message_of_a_raise_is_short_enough_for_a_telephone(centre):
    centre.take(event("cut", rule="limit.cut.0", value=1.6, limit=1.5, numbers={"rise_per_min": 0.25}))
    (alarm,) = centre.call("active")
    assert alarm.priority == 1
    assert len(alarm.text_zh.encode()) <= 900


def test_what_is_over_calls_nobody_to_the_place(centre):
    centre.take(event(), event("return", NOW + MINUTE, 0.4, reason="below_deadband"))
    (alarm,) = centre.call("active")
    assert "优先级" not in alarm.text_zh
    assert "馈电" not in alarm.text_zh


def test_an_alarm_raised_again_tells_its_first_time_and_its_latest(centre):
    centre.take(event(), event("return", NOW + MINUTE, 0.4), event(time=NOW + 2 * MINUTE, value=1.4), received=NOW + 2 * MINUTE)
    (alarm,) = centre.call("active")
    assert "甲烷 1.40 %CH4" in alarm.text_zh
    assert "首次 2026-11-18 19:06:40 北京时间，再次自 2026-11-18 19:08:40 北京时间 起" in alarm.text_zh
    assert "first at 2026-11-18 19:06:40 UTC+8, again since 2026-11-18 19:08:40 UTC+8" in alarm.text_en


def test_an_alarm_that_comes_back_tells_the_value_last_reported(centre):
    centre.take(event())
    (alarm,) = centre.call("active")
    centre.call("act", alarm.id, Action(Deed.SHELVE, "王工", "更换传感器", NOW + HOUR), NOW)
    (back,) = centre.call("tick", NOW + HOUR)
    for part in ("【搁置到期】优先级2 ", "甲烷 最近报告 1.20 %CH4，限值 ≥ 1.00 %CH4（《煤矿安全规程》", "先做：", "致电："):
        assert part in back.text_zh
    assert "methane, last reported 1.20 %CH4, limit ≥ 1.00 %CH4" in back.text_en
    assert back.value is None, "nothing was measured at this step"


def test_of_a_gateway_whom_to_call_is_told_and_no_place(centre):
    centre.call("link_down", GATEWAY, NOW - MINUTE, NOW, centre.registry)
    (alarm,) = centre.call("active")
    assert (alarm.priority, alarm.text_zh.count("致电：")) == (3, 1)
    assert "馈电" not in alarm.text_zh


def test_of_the_centres_own_alarm_there_is_no_mine_to_call(centre):
    centre.call("backup", "failed", "disk full", NOW)
    (alarm,) = centre.call("active")
    assert "致电" not in alarm.text_zh
