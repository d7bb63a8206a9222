"""An alarm's life with signals, permits, deeds and time in any order. The machine knows only what it did itself."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts.lifecycle import Action, Alarm, Deed, Kind, Signal, step
from contracts.clock import BUILD_TIME, HOUR, SECOND

NOW = BUILD_TIME
AGES = st.sampled_from([0, 1, 10, 60, 61, 300])
"""Seconds: a few, so that signals meet at one instant."""


def aside(alarm: Alarm) -> bool:
    """Whether nobody is to be told of it: each of these is a person's decision."""
    return alarm.shelved_until is not None or alarm.out_of_service or alarm.planned


class Life(RuleBasedStateMachine):
    """`owed`: an exceedance that a person must acknowledge yet. `heard`: people were told since the last acknowledgement."""

    def __init__(self) -> None:
        super().__init__()
        self.alarm, self.now, self.owed, self.heard = Alarm(), NOW, False, False

    def give(self, given: Signal | Action) -> Alarm:
        before = self.alarm
        self.alarm, moves = step(before, given, self.now)
        if isinstance(given, Signal):
            assert step(self.alarm, given, self.now)[0] == self.alarm, "a duplicate changes nothing"
        if self.alarm.state is not before.state:
            assert [(move.before, move.after) for move in moves] == [(before.state, self.alarm.state)], "no step without a reason"
            assert moves[0].reason
        told = any(move.tell for move in moves)
        assert not (told and aside(self.alarm)), "nobody is told of what is set aside"
        if aside(before) and not aside(self.alarm):
            assert self.alarm.acknowledged or told, "coming back tells"
            assert not (self.alarm.acknowledged and self.alarm.active), "what comes back active must be acknowledged anew"
        if self.alarm.active and not before.active:
            assert told or aside(self.alarm)
        self.heard = told or (self.heard and not self.alarm.acknowledged)
        return before

    @rule(age=AGES, cut=st.booleans(), unverified=st.booleans(), planned=st.booleans())
    def raised(self, age: int, cut: bool, unverified: bool, planned: bool) -> None:
        time, kind = self.now - age * SECOND, Kind.CUT if cut else Kind.RAISE
        before = self.give(Signal(kind, time, "limit_reached", peak=1.2, unverified=unverified, planned=planned))
        known = before.active or before.told(time)
        self.owed = self.owed or not (known or self.alarm.planned) or (before.planned and before.active and not planned)
        assert known or self.alarm.open
        assert planned or not (self.alarm.planned and self.alarm.active and not before.active), "no permit, no planned alarm"

    @rule(age=AGES, cut=st.booleans(), quiet=st.booleans())
    def returned(self, age: int, cut: bool, quiet: bool) -> None:
        time = self.now - age * SECOND
        before = self.give(Signal(Kind.RESTORE if cut else Kind.RETURN, time, "below", quiet=quiet))
        if self.alarm.acknowledged and not before.acknowledged:
            assert quiet, "only a person acknowledges what people were told"
            self.owed = False
        if before.active and not self.alarm.active:
            assert time > before.changed, "only what is newer clears"
            assert before.cut is cut, "restore never clears an alarm"

    @rule(age=AGES, lasting=AGES)
    def past(self, age: int, lasting: int) -> None:
        end = self.now - age * SECOND
        start = end - lasting * SECOND
        before = self.give(Signal(Kind.PAST, end, "older_readings", start=start))
        assert self.alarm.active is before.active
        assert before.told(start) or self.alarm.open

    @rule(kind=st.sampled_from([Kind.UNKNOWN, Kind.KNOWN, Kind.SUPPRESS, Kind.UNSUPPRESS, Kind.EXPIRE]))
    def silence(self, kind: Kind) -> None:
        before = self.give(Signal(kind, self.now, "link"))
        assert self.alarm.active is before.active, "silence never clears"
        assert self.alarm.planned is before.planned, "silence opens no permit"

    @rule(kind=st.sampled_from([Kind.PLAN, Kind.UNPLAN]))
    def permit(self, kind: Kind) -> None:
        before = self.give(Signal(kind, self.now, "permit"))
        assert self.alarm.active is before.active, "a permit never clears"
        if kind is Kind.PLAN:
            assert before.acknowledged or not self.alarm.planned, "a permit acknowledges nothing"
        elif before.planned:
            self.owed = True
            assert self.alarm.open, "what a permit covered is there when it covers no more"

    @rule(deed=st.sampled_from(Deed), words=st.sampled_from(["看过", "看过", "看过", ""]), hours=st.sampled_from([2, 12, 13, 0]))
    def act(self, deed: Deed, words: str, hours: int) -> None:
        before = self.give(Action(deed, "王工", words, self.now + hours * HOUR))
        assert self.alarm.active is before.active
        if self.alarm.acknowledged and not before.acknowledged:
            assert deed is Deed.ACKNOWLEDGE
            self.owed = False

    @rule(planned=st.booleans())
    def raised_now(self, planned: bool) -> None:
        self.now += SECOND
        self.raised(0, cut=False, unverified=False, planned=planned)

    @rule(deed=st.sampled_from([Deed.SHELVE, Deed.REMOVE]))
    def set_aside(self, deed: Deed) -> None:
        self.act(deed, "检修", 2)

    @rule(deed=st.sampled_from([Deed.UNSHELVE, Deed.RESTORE]))
    def brought_back(self, deed: Deed) -> None:
        self.act(deed, "修好", 0)

    @rule()
    def acknowledged(self) -> None:
        self.act(Deed.ACKNOWLEDGE, "看过", 0)

    @precondition(lambda self: self.now < NOW + 100 * HOUR)
    @rule(seconds=st.sampled_from([1, 30, 120, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @invariant()
    def nothing_is_forgotten(self) -> None:
        assert not self.alarm.active or self.alarm.open
        assert self.alarm.acknowledged or not self.alarm.planned, "what a permit covers waits for nobody"
        assert not self.owed or self.alarm.open, "an exceedance nobody acknowledged is still open"
        assert self.alarm.acknowledged or aside(self.alarm) or self.heard, "what somebody must acknowledge was told"


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
