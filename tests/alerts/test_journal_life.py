"""The journal in any order: edge and centre telling the same, late and doubled events, deeds, permits, outages and restarts of the centre.

One open alarm a cause, every exceedance in the timeline, nothing cleared by silence, and whoever must acknowledge was told.
"""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from alerts.alarm import Action, Deed, Kind, Signal
from alerts.audience import Everyone
from alerts.book import Book, Cause, subject_of
from alerts.config import Recipient
from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import BUILD_TIME, HOUR, SECOND
from contracts.payload import Event
from contracts.points import Point, Registry
from store.records import alarms as table
from store.records.deliveries import deliveries
from store.records.engine import Records, open_records

NOW = BUILD_TIME
RECIPIENTS = [Recipient(name="inspector", address="http://127.0.0.1:1/")]
PACK = load()
CORNER = Point("T01", "methane", "8101", "回风隅角", "corner", limit_row="face_return_corner", mapped_by="王工")
NUMBERS = itertools.count()
"""A mine for each story: opening records for each would take the time."""
OURS, OLD = PACK.name, "an older pack"


def told(change: str, at: int, pack: str = OURS, value: float | None = None) -> Event:
    shown = value if value is not None else 1.2 if change == "raise" else 0.4
    return Event("T01", "limit.alarm", change, NOW + at * SECOND, shown, 1.0, 0, "", "limit_reached", NOW + at * SECOND, pack)


TRUTH = [(change, at) for change, at in zip(itertools.cycle(("raise", "return")), range(0, 80, 10), strict=False)]
SEEN = [told(change, at, pack) for change, at in TRUTH for pack in (OURS, OLD)]
"""Both sides see all of it: the edge with an older pack, the centre with ours."""
TOO_EARLY = [told("return", at, OLD, 1.2) for change, at in TRUTH if change == "raise"]
"""An edge whose limits are looser says that it returned, at the very value which is an alarm by ours."""
DEEDS = [
    Action(Deed.ACKNOWLEDGE, "王工", "看过"),
    Action(Deed.SHELVE, "王工", "检修", NOW + 10 * HOUR),
    Action(Deed.UNSHELVE, "王工", "修好"),
    Action(Deed.REMOVE, "王工", "送检"),
    Action(Deed.RESTORE, "王工", "装回"),
]
BESIDES = ["down", "up", "plan", "unplan", "tick", "restart"]
steps = st.lists(st.one_of(st.sampled_from(SEEN + TOO_EARLY), st.sampled_from(DEEDS), st.sampled_from(BESIDES)), max_size=30)


class Centre:
    """Records of the centre, and how they are opened anew."""

    def __init__(self, address: str) -> None:
        self.address, self.records = address, open_records(address)

    def restart(self) -> None:
        if self.address != "sqlite://":
            self.records.close()
            self.records = open_records(self.address)


class World:
    """One mine, and the journal upon the records."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.mine = centre, f"m{next(NUMBERS)}"
        self.journal, self.book = Journal(PACK, RECIPIENTS), Book(PACK.documents, Everyone(RECIPIENTS))
        self.registry, self.gateway = Registry(self.mine, "一矿", "Mine 1", (CORNER,)), f"{self.mine}/gw1"

    @property
    def records(self) -> Records:
        return self.centre.records

    def take(self, step: Event | Action | str, now: int) -> None:
        if step == "restart":
            self.centre.restart()
            self.journal = Journal(PACK, RECIPIENTS)
            return
        with self.records.begin() as db:
            if isinstance(step, Event):
                self.journal.event(db, self.mine, self.gateway, step, now, self.registry)
            elif isinstance(step, Action):
                self._act(db, step, now)
            elif step == "tick":
                self.journal.tick(db, now)
            elif step in ("plan", "unplan"):
                self._permit(db, step, now)
            else:
                getattr(self.journal, f"link_{step}")(db, self.gateway, *((now,) if step == "down" else ()), now)

    def _act(self, db: Connection, step: Action, now: int) -> None:
        if step.deed in (Deed.REMOVE, Deed.RESTORE):
            self.journal.service(db, self.mine, self.gateway, "T01", "limit.alarm", step, now, self.registry)
            return
        for alarm in self.journal.active(db, self.mine):
            self.journal.act(db, alarm.id, step, now)

    def _permit(self, db: Connection, step: str, now: int) -> None:
        for row in table.alarms(db, mine=self.mine, subject="T01", open_only=True):
            self.book.apply(db, subject_of(row), Signal(Kind(step), now, "permit"), now, Cause(now))

    @property
    def active(self) -> bool:
        with self.records.read() as db:
            return any(row.active for row in table.alarms(db, mine=self.mine, rule="limit.alarm", open_only=True))


Left = tuple[list[table.AlarmRow], dict[int, list[table.TransitionRow]], set[int]]


def live(centre: Centre, order: list[Event | Action | str]) -> Left:
    """The alarms after this, their timelines, and the steps that were told."""
    world = World(centre)
    for number, step in enumerate(order):
        before = world.active
        world.take(step, NOW + (100 + number) * SECOND)
        assert isinstance(step, Event) or world.active == before, "neither silence, a deed, a permit nor a restart ends a condition"
    with world.records.read() as db:
        alarms = table.alarms(db, mine=world.mine)
        written = {alarm.id: table.transitions(db, alarm.id) for alarm in alarms}
        return alarms, written, {row.transition_id for alarm in alarms for row in deliveries(db, alarm.id)}


def check(centre: Centre, order: list[Event | Action | str]) -> None:
    alarms, written, delivered = live(centre, order)
    keys = [(alarm.subject, alarm.rule) for alarm in alarms if alarm.open]
    assert len(keys) == len(set(keys)), "one open alarm a cause"
    raised = {step.time for step in order if isinstance(step, Event) and step.change == "raise"}
    traced = {row.time for rows in written.values() for row in rows if row.change in ("raise", "past", "unplan")}
    assert raised <= traced, "no exceedance without a trace"
    true = [step for step in order if isinstance(step, Event) and step not in TOO_EARLY]
    newest = max((step.time for step in true), default=0)
    ends_raised = "raise" in [step.change for step in true if step.time == newest]
    assert any(alarm.active for alarm in alarms if alarm.rule == "limit.alarm") is ends_raised, "where it ends is the truth's"
    for alarm in alarms:
        aside = alarm.shelved_until is not None or alarm.out_of_service or alarm.planned
        if alarm.rule == "limit.alarm" and not (alarm.acknowledged or aside):
            assert any(row.id in delivered for row in written[alarm.id]), "whoever must acknowledge was told"


@pytest.fixture(scope="module")
def memory() -> Iterator[Centre]:
    centre = Centre("sqlite://")
    yield centre
    centre.records.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    centre = Centre(f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.sqlite'}")
    yield centre
    centre.records.close()


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_order_loses_clears_by_silence_or_doubles(memory, order):
    check(memory, order)


@settings(max_examples=12, deadline=None)
@given(steps)
def test_nor_where_the_records_are_a_file_that_is_opened_anew(file, order):
    check(file, order)


@pytest.mark.parametrize("first", [OURS, OLD])
def test_edge_and_centre_together_leave_one_alarm_and_call_people_once(memory, first):
    other = OLD if first == OURS else OURS
    order = [told("raise", 0, first), told("raise", 0, other), told("raise", 1, other), told("return", 0, OLD, 1.2)]
    alarms, written, delivered = live(memory, order)

    assert [(alarm.rule, alarm.active) for alarm in alarms] == [("limit.alarm", True)]
    assert len(delivered) == 1
    assert [row.reason for row in written[alarms[0].id]] == ["limit_reached", "raised_again", "not_below_our_limits"]
