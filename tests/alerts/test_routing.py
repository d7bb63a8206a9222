"""Who hears of what: the mine of its alarms, the inspector of what is referred, the admin of the centre; nobody acknowledged, the next."""

import pytest

from alerts.alarm import Action, Deed
from alerts.config import AlertsSection, Recipient, check_alerts
from alerts.escalation import Escalation
from alerts.journal import Journal
from alerts.rota import District, Rota
from alerts.routing import Heard, Routing
from alerts.telling import Routed
from contracts.clock import HOUR, MINUTE, SECOND
from store.records import alarms as table
from store.records.alarms import DELIVERIES
from tests.alerts.centre import NOW, Centre, event


def person(name: str, **facts) -> Recipient:
    return Recipient(name=name, address=f"http://{name}.example/", **facts)


DISPATCH = person("dispatch", role="mine", mines=("m1",))
FACE = person("face", role="mine", mines=("m1",), areas=("8101",))
ENGINEER = person("engineer", role="mine", mines=("m1",), step=1)
MANAGER = person("manager", role="mine", mines=("m1",), step=3)
INSPECTOR = person("inspector", role="inspector", district="north")
FAR = person("far", role="inspector", mines=("m9",))
ADMIN = person("admin", role="admin")
ALL = person("all")
SECTION = AlertsSection(
    recipients=(DISPATCH, FACE, ENGINEER, MANAGER, INSPECTOR, FAR, ADMIN, ALL),
    districts=(District(name="north", mines=("m1", "m2")),),
    escalate_after_min=10,
    repeat_after_min=30,
)


def hears(section: AlertsSection = SECTION, **facts) -> list[str]:
    heard = Heard(**({"mine": "m1", "area": "8101", "change": "raise", "now": NOW} | facts))
    return [one.name for one in Routing(section).listening(heard).who]


def test_the_mine_hears_of_its_alarms_the_inspector_and_the_admin_do_not():
    check_alerts(SECTION)
    assert hears() == ["dispatch", "face", "all"]
    assert hears(area="8102") == ["dispatch", "all"]
    assert hears(area="") == ["dispatch", "face", "all"]
    assert hears(mine="m2") == ["all"]


def test_the_inspector_of_the_district_hears_what_is_referred_and_what_follows_on_it():
    assert "inspector" in hears(change="refer", referred=True)
    assert "far" not in hears(change="refer", referred=True)
    for change in ("answer", "return", "raise", "close"):
        assert "inspector" in hears(change=change, referred=True)
        assert "inspector" not in hears(change=change)
    assert "inspector" not in hears(change="escalate", referred=True)


def test_the_mines_own_answer_is_told_to_the_inspector_and_not_back_to_the_mine():
    assert hears(change="answer", referred=True) == ["inspector", "all"]


def test_what_belongs_to_no_mine_is_told_to_the_admin_and_to_who_hears_everything():
    assert hears(mine="", area="") == ["admin", "all"]


def test_who_was_told_before_hears_what_follows_whatever_the_step():
    assert hears(change="return", level=0, before=frozenset({"engineer"})) == ["dispatch", "face", "engineer", "all"]
    assert hears(change="escalate", level=1, before=frozenset({"dispatch", "face", "all"})) == ["engineer"]


def test_where_nobody_stands_on_the_first_step_the_next_is_called_at_once():
    section = AlertsSection(recipients=(ENGINEER, MANAGER))
    assert hears(section) == ["engineer"]


NIGHT = Rota(name="r", shifts=("08:00", "20:00"), week={"every": (("dispatch",), ())})
BEIJING_NOON = NOW // (24 * HOUR) * 24 * HOUR + 4 * HOUR


def test_off_duty_the_next_step_hears_and_with_nobody_on_duty_everybody():
    section = AlertsSection(recipients=(DISPATCH, ENGINEER), rota=(NIGHT,))
    assert hears(section, now=BEIJING_NOON) == ["dispatch"]
    assert hears(section, now=BEIJING_NOON + 12 * HOUR) == ["engineer"]
    alone = AlertsSection(recipients=(DISPATCH,), rota=(NIGHT,))
    assert hears(alone, now=BEIJING_NOON + 12 * HOUR) == ["dispatch"]


# --- with the journal: what is written


@pytest.fixture
def routed() -> Routed:
    return Routed(SECTION)


@pytest.fixture
def mine(records, registry, pack, routed) -> Centre:
    return Centre(records, Journal(pack, audience=routed), registry)


def told(centre: Centre) -> list[tuple[str, str]]:
    """(recipient, change) of every delivery, in the order written."""
    with centre.records.read() as db:
        query = DELIVERIES.join(table.TRANSITIONS, table.TRANSITIONS.c.id == DELIVERIES.c.transition_id).select()
        rows = db.execute(query.order_by(DELIVERIES.c.id)).mappings().all()
    return [(row["recipient"], row["change"]) for row in rows]


def tick(centre: Centre, routed: Routed, now: int) -> list[str]:
    with centre.records.begin() as db:
        return [row.change for row in Escalation(centre.journal, routed).tick(db, now)]


def test_nobody_acknowledges_and_step_by_step_more_hear_until_it_is_said_again(mine, routed):
    mine.take(event())
    before = len(told(mine))
    assert tick(mine, routed, NOW + 10 * MINUTE - SECOND) == []
    assert tick(mine, routed, NOW + 10 * MINUTE) == ["escalate"]
    assert told(mine)[before:] == [("engineer", "escalate")]
    assert tick(mine, routed, NOW + 10 * MINUTE) == []
    assert tick(mine, routed, NOW + 20 * MINUTE) == ["escalate"]
    assert told(mine)[-1] == ("manager", "escalate")
    assert tick(mine, routed, NOW + 50 * MINUTE) == ["remind"]
    assert [name for name, change in told(mine) if change == "remind"] == ["dispatch", "face", "engineer", "manager", "all"]
    assert tick(mine, routed, NOW + 80 * MINUTE) == ["remind"]


def test_an_acknowledgement_stops_it_and_a_raise_begins_anew(mine, routed):
    mine.take(event())
    tick(mine, routed, NOW + 10 * MINUTE)
    mine.call("act", 1, Action(Deed.ACKNOWLEDGE, "wang", "seen"), NOW + 11 * MINUTE)
    assert tick(mine, routed, NOW + HOUR) == []
    mine.take(event("return", NOW + 2 * HOUR, 0.4), received=NOW + 2 * HOUR)
    mine.take(event("raise", NOW + 3 * HOUR), received=NOW + 3 * HOUR)
    assert tick(mine, routed, NOW + 3 * HOUR + 10 * MINUTE) == ["escalate"]


def test_a_return_does_not_stop_it_somebody_has_to_acknowledge(mine, routed):
    mine.take(event(), event("return", NOW + MINUTE, 0.4))
    assert tick(mine, routed, NOW + 10 * MINUTE) == ["escalate"]


def test_what_is_shelved_calls_nobody_until_it_is_back(mine, routed):
    mine.take(event())
    mine.call("act", 1, Action(Deed.SHELVE, "wang", "works there", NOW + HOUR), NOW + MINUTE)
    assert tick(mine, routed, NOW + 30 * MINUTE) == []
    mine.call("tick", NOW + HOUR)
    assert tick(mine, routed, NOW + HOUR + 10 * MINUTE) == ["escalate"]


def test_a_lost_link_puts_it_off_and_forgets_nothing(mine, routed):
    mine.take(event())
    mine.call("link_down", "m1/gw1", NOW, NOW + MINUTE)
    changes = [row for row in tick(mine, routed, NOW + 10 * MINUTE) if row == "escalate"]
    mine.call("link_up", "m1/gw1", NOW + 15 * MINUTE)
    assert tick(mine, routed, NOW + 20 * MINUTE).count("escalate") >= 1
    assert changes == []


def test_what_the_inspector_is_told_begins_with_the_referral_and_ends_with_the_close(mine):
    mine.take(event())
    assert "inspector" not in dict(told(mine))
    mine.call("note", 1, "refer", "unanswered", NOW + MINUTE, tell=True)
    mine.take(event("return", NOW + 2 * MINUTE, 0.4), received=NOW + 2 * MINUTE)
    mine.call("note", 1, "close", "seen", NOW + 3 * MINUTE, tell=True)
    mine.call("note", 1, "report", "later", NOW + 4 * MINUTE, tell=True)
    mine.take(event("raise", NOW + 5 * MINUTE), received=NOW + 5 * MINUTE)
    assert [change for name, change in told(mine) if name == "inspector"] == ["refer", "return", "close"]
    assert ("dispatch", "refer") in told(mine)


def test_everybody_called_is_called_again_where_the_next_step_has_nobody_on_duty():
    everybody = ["dispatch", "face", "engineer", "all"]
    assert hears(change="escalate", level=2, before=frozenset(everybody)) == everybody
