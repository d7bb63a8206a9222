"""A permit is for one point and one call: two people, a reason, half an hour, extended once; no order of deeds breaks that."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts import permits
from alerts.permits import BULK, BULK_WITHIN, LONGEST_MIN, Around, Opening, Permit, Standing
from contracts.clock import BUILD_TIME, HOUR, MINUTE

NOW = BUILD_TIME
PLANNED = Permit(start=NOW, end=NOW + 8 * HOUR)
CALL = Opening("周调度", "赵检测", "标校 T01", 30, 2.0)


def opened(now: int = NOW) -> Permit:
    permit, refusal = permits.open_(PLANNED, CALL, Around(), now)
    assert refusal == ""
    return permit


def test_an_opened_permit_speaks_for_half_an_hour_and_not_a_moment_longer():
    permit = opened()
    assert (permit.state, permit.dispatcher, permit.caller, permit.gas) == (Standing.OPEN, "周调度", "赵检测", 2.0)
    assert permit.speaks(NOW + 30 * MINUTE)
    assert not permit.speaks(NOW + 30 * MINUTE + 1)
    assert permits.run_out(permit, NOW + 30 * MINUTE) is permit
    assert permits.run_out(permit, NOW + 30 * MINUTE + 1).state is Standing.OVERRUN


@pytest.mark.parametrize(
    ("call", "around", "now", "refusal"),
    [
        (replace(CALL, caller=" "), Around(), NOW, "permit_needs_two_names"),
        (replace(CALL, caller=" 周 调度 "), Around(), NOW, "permit_needs_two_people"),
        (replace(CALL, reason=""), Around(), NOW, "permit_needs_a_reason"),
        (replace(CALL, minutes=31), Around(), NOW, "permit_too_long"),
        (replace(CALL, minutes=0), Around(), NOW, "permit_too_long"),
        (CALL, Around(here=True), NOW, "point_has_a_permit"),
        (CALL, Around(callers=["钱", "赵检测"]), NOW, "caller_has_a_permit"),
        (CALL, Around(lately=BULK), NOW, "permits_in_bulk"),
        (CALL, Around(), NOW - 1, "permit_outside_its_plan"),
        (CALL, Around(), NOW + 8 * HOUR, "permit_outside_its_plan"),
    ],
)
def test_an_opening_is_refused_with_the_reason(call, around, now, refusal):
    assert permits.open_(PLANNED, call, around, now) == (PLANNED, refusal)


def test_a_permit_is_extended_once_with_words():
    longer, refusal = permits.extend(opened(), 20, "气样瓶更换", NOW + 10 * MINUTE)
    assert (refusal, longer.ends) == ("", NOW + 50 * MINUTE)
    assert permits.extend(longer, 5, "再延长", NOW + 40 * MINUTE) == (longer, "permit_extended_already")
    assert permits.extend(opened(), 5, " ", NOW)[1] == "words_missing"
    assert permits.extend(opened(), 5, "晚了", NOW + 30 * MINUTE + 1)[1] == "permit_not_open"


def test_an_overrun_permit_is_closed_and_stays_known_as_overrun():
    closed, refusal = permits.close(opened(), "周调度", "完成", NOW + 40 * MINUTE)
    assert (refusal, closed.state, closed.overrun, closed.closed) == ("", Standing.CLOSED, NOW + 30 * MINUTE, NOW + 40 * MINUTE)


NAMES = st.sampled_from(["周调度", "赵检测", "钱检测", " 赵 检测", "孙", ""])
MINUTES = st.integers(-1, 40)
WORDS = st.sampled_from(["完成", "", " "])


class Desk(RuleBasedStateMachine):
    """One mine, three points, one plan: any order of calls and of time."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.all = [(at % 3, PLANNED) for at in range(9)]
        self.openings: list[int] = []

    def around(self, point: int) -> Around:
        standing = [(at, one) for at, one in self.all if one.state in (Standing.OPEN, Standing.OVERRUN)]
        lately = sum(when > self.now - BULK_WITHIN for when in self.openings)
        return Around(any(at == point for at, _ in standing), [one.caller for _, one in standing], lately)

    def put(self, number: int, step: tuple[Permit, str]) -> None:
        point, before = self.all[number]
        after, refusal = step
        if refusal:
            assert after is before
        self.all[number] = (point, after)

    @rule(number=st.integers(0, 8), dispatcher=NAMES, caller=NAMES, reason=WORDS, minutes=MINUTES)
    def call(self, number, dispatcher, caller, reason, minutes) -> None:
        point, before = self.all[number]
        self.put(number, permits.open_(before, Opening(dispatcher, caller, reason, minutes), self.around(point), self.now))
        if self.all[number][1] is not before:
            self.openings.append(self.now)

    @rule(number=st.integers(0, 8), minutes=MINUTES, words=WORDS)
    def longer(self, number, minutes, words) -> None:
        self.put(number, permits.extend(self.all[number][1], minutes, words, self.now))

    @rule(number=st.integers(0, 8), name=NAMES, words=WORDS, cancels=st.booleans())
    def end(self, number, name, words, cancels) -> None:
        before = self.all[number][1]
        self.put(number, (permits.cancel if cancels else permits.close)(before, name, words, self.now))
        if before.state in (Standing.CLOSED, Standing.CANCELLED):
            assert self.all[number][1] is before

    @rule(minutes=st.integers(0, 45))
    def wait(self, minutes) -> None:
        self.now += minutes * MINUTE
        self.all = [(point, permits.run_out(one, self.now)) for point, one in self.all]

    @invariant()
    def one_permit_a_point_and_a_caller(self) -> None:
        standing = [(point, one) for point, one in self.all if one.state in (Standing.OPEN, Standing.OVERRUN)]
        assert len({point for point, _ in standing}) == len(standing)
        assert len({one.caller.replace(" ", "") for _, one in standing}) == len(standing)

    @invariant()
    def nothing_speaks_too_long(self) -> None:
        for _, one in self.all:
            assert one.ends - one.opened <= (2 if one.extended else 1) * LONGEST_MIN * MINUTE
            if one.opened:
                assert all((one.caller, one.dispatcher, one.reason))
            if one.speaks(self.now):
                assert (one.state, self.now <= one.ends) == (Standing.OPEN, True)

    @invariant()
    def never_in_bulk(self) -> None:
        for at in self.openings:
            assert sum(at - BULK_WITHIN < other <= at for other in self.openings) <= BULK


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
