"""A backup that failed, is gone or overdue is one alarm of the centre itself, until it is well again."""

from alerts.lifecycle import State
from tests.alerts.centre import NOW


def test_backups_that_need_somebody_are_one_alarm_told_once_to_those_who_hear_of_all_mines(centre):
    (raised,) = centre.call("backup", "failed", "no room on the disk", NOW)
    assert centre.call("backup", "failed", "no room on the disk", NOW + 1) == []
    assert centre.call("backup", "overdue", "2026-11-20", NOW + 2) == []
    (alarm,) = centre.call("active")
    assert (alarm.rule, alarm.mine, alarm.gateway, alarm.subject, alarm.state) == ("centre.backup", "", "", "centre", State.UNACKNOWLEDGED)
    assert "备份失败" in raised.text_zh
    assert "no room on the disk" in raised.text_en
    assert "centre, backups" in raised.text_en
    assert len(centre.due("inspector")) == 1
    assert centre.due("other") == []


def test_it_returns_when_they_are_well_and_comes_again_when_they_are_not(centre):
    assert centre.call("backup", "", "", NOW) == []
    centre.call("backup", "overdue", "2026-11-20", NOW)
    (back,) = centre.call("backup", "", "", NOW + 5)
    assert (back.change, back.reason) == ("return", "backup_well")
    assert centre.call("backup", "", "", NOW + 6) == []
    (alarm,) = centre.call("active")
    assert alarm.state == State.RETURNED
    assert len(centre.call("backup", "missing", "gone", NOW + 7)) == 1
