"""What has one cause is told together: the first word at once, what follows as one list, the end with a summary; each transition once."""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.journal import Journal
from alerts.telling import Routed
from alerts.text import body, subject
from contracts.clock import MINUTE, SECOND, ManualClock
from contracts.errors import GiveUp, Retry
from contracts.points import Point, Registry
from store.records.alarms import DELIVERIES
from store.records.engine import open_records
from store.records.messages import MESSAGES
from tests.alerts.centre import NOW, event
from tests.alerts.test_deliver import Line

pytestmark = pytest.mark.slow

AREA = "8101"
INSPECTOR = Recipient(name="inspector", address="http://inspector.example/")
BOTH = (INSPECTOR, Recipient(name="robot", address="http://robot.example/", per_minute=20))
PLACES = Registry(
    "m1",
    "示范一矿",
    "Demo Mine 1",
    tuple(
        Point(
            f"T{n:02d}", "methane", AREA if n < 45 else "8102", f"{n} 号点", f"Place {n}", limit_row="face_return_corner", mapped_by="王工"
        )
        for n in range(60)
    ),
)


class Desk:
    """A centre and its deliveries under a clock that a test moves."""

    def __init__(self, records, pack, *recipients: Recipient, **settings) -> None:
        section = AlertsSection(recipients=recipients or (INSPECTOR,), **settings)
        self.records, self.clock, self.line = records, ManualClock(NOW), Line()
        self.journal = Journal(pack, audience=Routed(section))
        self.recipients = section.recipients
        self.deliver = self.started()

    def started(self) -> Deliver:
        """A new process over the same records."""
        return Deliver(self.records, self.recipients, {"webhook": self.line}, self.clock, chance=lambda: 1.0)

    def take(self, point: str, change: str = "raise", rule: str = "limit.alarm", value: float = 1.2) -> None:
        self.clock.advance(1_000)
        now = self.clock.now()
        reason = {"raise": "limit_reached", "cut": "limit_reached"}.get(change, "below_deadband")
        given = event(change, now, value, point=point, rule=rule, reason=reason)
        with self.records.begin() as db:
            self.journal.event(db, "m1", "m1/gw1", given, now, PLACES)

    async def tell(self, seconds: float = 0.0, step: float = 1.0) -> None:
        """Deliver what is due, for so many seconds."""
        end = self.clock.now() + int(seconds * SECOND)
        while True:
            for one in self.recipients:
                while await self.deliver.round(one.name):
                    pass
            if self.clock.now() >= end:
                return
            self.clock.advance(int(step * SECOND))

    def got(self, recipient: Recipient = INSPECTOR) -> list:
        return self.line.accepted[recipient.address]


@pytest.fixture
def desk(records, pack) -> Desk:
    return Desk(records, pack)


def transitions(message) -> list[int]:
    return [part["transition"] for part in message.parts] or [message.transition["id"]]


async def test_a_fan_stop_with_forty_followers_is_two_messages_and_an_all_clear(desk):
    desk.take("T00", rule="fan.gas")
    await desk.tell()
    assert [message.kind for message in desk.got()] == ["single"]
    for number in range(1, 41):
        desk.take(f"T{number:02d}")
        desk.clock.advance(SECOND // 10)
        await desk.tell()
    await desk.tell(11)
    first, follow = desk.got()
    assert (follow.kind, len(follow.parts)) == ("group", 40)
    assert follow.cause["rule"] == "fan.gas"
    assert follow.text["zh"].startswith("【同一起因 40 条】示范一矿 8101：起因 停风且瓦斯上升；报警 40\n1. ")
    for number in range(1, 41):
        desk.take(f"T{number:02d}", "return", value=0.4)
    await desk.tell()
    desk.clock.advance(30 * SECOND)
    desk.take("T00", "return", rule="fan.gas")
    await desk.tell()
    clear = desk.got()[2]
    assert (clear.kind, len(clear.parts), len(desk.got())) == ("clear", 41, 3)
    assert "共 41 个报警，历时 45 秒，甲烷 1.20 %CH4" in clear.text["zh"]
    assert "41 alarms, lasted 45 s, methane 1.20 %CH4" in clear.text["en"]
    assert "41 个无人确认" in clear.text["zh"]
    assert first.key != follow.key != clear.key


async def test_what_is_graver_than_the_cause_goes_at_once(desk):
    desk.take("T00", rule="doors.open")
    desk.take("T01", "cut", rule="limit.cut.0", value=1.6)
    desk.take("T02", "cut", rule="limit.cut.0", value=1.6)
    await desk.tell()
    assert [message.alarm["rule"] for message in desk.got()] == ["doors.open", "limit.cut.0"]


async def test_another_area_is_another_cause_and_goes_at_once(desk):
    desk.take("T00", rule="fan.gas")
    desk.take("T50")
    await desk.tell()
    assert [message.alarm["point"] for message in desk.got()] == ["T00", "T50"]


async def test_without_a_cause_that_explains_it_an_alarm_waits_for_nobody(desk):
    for number in range(5):
        desk.take(f"T{number:02d}")
        await desk.tell()
    assert [transitions(message) for message in desk.got()] == [[1], [2], [3], [4], [5]]


async def test_a_return_waits_for_the_rest_of_its_cause_and_not_for_ever(desk):
    for number in range(3):
        desk.take(f"T{number:02d}")
    await desk.tell()
    before = len(desk.got())
    desk.take("T00", "return", value=0.4)
    await desk.tell(110)
    assert len(desk.got()) == before
    await desk.tell(15)
    assert [message.transition["change"] for message in desk.got()[before:]] == ["return"]


async def test_a_follower_waits_behind_nothing_of_its_own_that_is_not_told(desk):
    """The return of a follower that nobody heard of yet goes with its raise, in order."""
    desk.take("T00", rule="fan.gas")
    desk.take("T01")
    desk.take("T01", "return", value=0.4)
    await desk.tell(130)
    told = [number for message in desk.got() for number in transitions(message)]
    assert told == sorted(told) == [1, 2, 3]


async def test_what_follows_on_an_alarm_waits_for_the_message_that_holds_its_raise(desk):
    desk.take("T00", rule="fan.gas")
    await desk.tell()
    desk.take("T01")
    desk.line.trouble[INSPECTOR.address] = [Retry("busy", 30.0)]
    await desk.tell(12)
    desk.take("T01", "return", value=0.4)
    await desk.tell(10)
    assert [transitions(message) for message in desk.got()] == [[1]]
    await desk.tell(30)
    assert [transitions(message) for message in desk.got()] == [[1], [2], [3]]


async def test_a_referral_is_not_held_up_and_takes_what_came_before_along_in_order(desk):
    desk.take("T00", rule="fan.gas")
    desk.take("T01")
    with desk.records.begin() as db:
        desk.journal.note(db, 2, "refer", "unanswered", NOW, tell=True)
    await desk.tell()
    assert [message.transition["change"] for message in desk.got()] == ["raise", "raise", "refer"]


async def test_a_storm_is_a_few_messages_and_every_new_cause_is_in_one_at_once(desk):
    for number in range(45):
        desk.take(f"T{number:02d}")
    await desk.tell()
    desk.take("T50")
    await desk.tell()
    new = [message for message in desk.got() if message.alarm["point"] == "T50"]
    assert len(new) == 1
    await desk.tell(10)
    assert len(desk.got()) < 10
    assert max(len(message.parts) for message in desk.got()) > 30
    digest = next(message for message in desk.got() if message.kind == "digest")
    assert digest.text["zh"].startswith(
        f"【汇总 {len(digest.parts)} 条】1 个矿，1 类；报警 {len(digest.parts)}\n1. 示范一矿 8101 达到报警值："
    )
    assert "peak 1.2 %CH4" in digest.text["en"]
    assert subject(digest).startswith("【汇总")
    assert "现在" not in body(digest)


async def test_in_a_storm_a_robot_with_a_pace_is_never_used_up_and_misses_nothing(records, pack):
    desk = Desk(records, pack, *BOTH)
    for second in range(20):
        for number in (second, second + 20, second + 40):
            desk.take(f"T{number:02d}")
        await desk.tell(1)
    await desk.tell(60, step=4)
    for one in BOTH:
        told = [number for message in desk.got(one) for number in transitions(message)]
        assert sorted(told) == sorted(set(told))
        with records.read() as db:
            due = db.execute(select(DELIVERIES.c.transition_id).where(DELIVERIES.c.recipient == one.name)).scalars()
            assert set(told) == set(due)


async def test_a_message_that_was_put_together_is_sent_again_as_it_was_under_its_key(desk):
    desk.take("T00", rule="fan.gas")
    await desk.tell()
    for number in range(1, 4):
        desk.take(f"T{number:02d}")
    desk.line.trouble[INSPECTOR.address] = [Retry("timeout"), Retry("timeout")]
    desk.clock.advance(10 * SECOND)
    keys = []
    send = desk.line.send

    async def noting(address, message):
        keys.append(message.key)
        await send(address, message)

    desk.line.send = noting
    await desk.deliver.round("inspector")
    desk.take("T04")
    desk.deliver = desk.started()
    await desk.tell(20)
    assert keys[:3] == [keys[0]] * 3
    assert [transitions(message) for message in desk.got()] == [[1], [2, 3, 4], [5]]


async def test_a_group_refused_for_good_fails_as_a_whole_and_says_so(desk):
    desk.take("T00", rule="fan.gas")
    await desk.tell()
    for number in range(1, 4):
        desk.take(f"T{number:02d}")
    desk.line.trouble[INSPECTOR.address] = [GiveUp("HTTP 413")]
    await desk.tell(12)
    with desk.records.read() as db:
        states = db.execute(select(DELIVERIES.c.state, DELIVERIES.c.last_error).order_by(DELIVERIES.c.id)).all()
    assert states == [("done", "")] + [("failed", "HTTP 413")] * 3


_DEEDS = st.tuples(
    st.integers(0, 7),
    st.sampled_from(
        [
            ("raise", "limit.alarm"),
            ("raise", "fan.gas"),
            ("cut", "limit.cut.0"),
            ("return", "limit.alarm"),
            ("return", "fan.gas"),
            ("restore", "limit.cut.0"),
        ]
    ),
    st.sampled_from([0, 1, 5, 70]),
    st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_DEEDS, max_size=12), st.sampled_from([0, 1, 3]))
async def test_whatever_happens_every_transition_is_in_exactly_one_message_in_order(pack, deeds, failures):
    """Also where the channel fails and the process is started anew in the middle of it."""
    records = open_records("sqlite://")
    desk = Desk(records, pack, *BOTH)
    desk.line.trouble[INSPECTOR.address] = [Retry("busy") for _ in range(failures)]
    for point, (change, rule), seconds, crash in deeds:
        desk.take(f"T{point + 40:02d}", change, rule, 1.2 if change in ("raise", "cut") else 0.4)
        await desk.tell()
        desk.clock.advance(seconds * SECOND)
        desk.deliver = desk.started() if crash else desk.deliver
    desk.clock.advance(10 * MINUTE)
    await desk.tell(300, step=50)
    with records.read() as db:
        due = db.execute(select(DELIVERIES.c.recipient, DELIVERIES.c.transition_id, DELIVERIES.c.alarm_id, DELIVERIES.c.state)).all()
        in_messages = db.execute(select(func.sum(MESSAGES.c.parts))).scalar()
    records.close()
    assert {state for *_, state in due} <= {"done"}
    assert (in_messages or 0) == len(due)
    for one in BOTH:
        told = [number for message in desk.got(one) for number in transitions(message)]
        own = [(number, alarm) for name, number, alarm, _ in due if name == one.name]
        assert Counter(told) == Counter(number for number, _ in own)
        of = defaultdict(list)
        for number in told:
            of[dict(own)[number]].append(number)
        assert all(numbers == sorted(numbers) for numbers in of.values())
