"""First states of many points in one item: what the centre makes of it is what an event of each would have made."""

import msgspec
import pytest

from alerts.journal import Journal
from alerts.packs import load
from alerts.returns import take_returns
from alerts.rules import Change, Reason, Transition
from alerts.transitions import EVERY_RULE, MOST_RETURNS, to_bodies, to_event
from contracts.clock import MINUTE, SECOND
from contracts.errors import BadPayload
from contracts.payload import MAX_BYTES, Event, Item, Returns, encode
from contracts.points import Point, Registry
from store.records import alarms as table
from store.records.engine import open_records
from tests.alerts.centre import GATEWAY, NOW, Centre, event

PACK = load()
LATER = NOW + MINUTE
FIRST = Returns("*", "return", LATER, "first_reading", LATER, ["T01", "T02"], [0.2, None])


@pytest.fixture
def centre_of(registry, pack):
    """Makes centres with records of their own."""
    opened = []

    def make() -> Centre:
        opened.append(open_records("sqlite://"))
        return Centre(opened[-1], Journal(pack, []), registry)

    yield make
    for records in opened:
        records.close()


def take(centre, told: Returns, received: int = LATER) -> list[table.TransitionRow]:
    with centre.records.begin() as db:
        return take_returns(centre.journal, db, "m1", GATEWAY, told, received, centre.registry)


def one_by_one(told: Returns) -> list[Event]:
    return [
        event("return", told.time, value, point=point, rule=told.rule, limit=None, clause="", reason=told.reason, pack="")
        for point, value in zip(told.points, told.values, strict=True)
    ]


def left(centre) -> object:
    with centre.records.read() as db:
        rows = [(row.point, row.rule, row.state, row.changed, row.value) for row in centre.journal.listing(db)]
        return rows, [table.marks(db, "m1", rule) for rule in ("*", "limit.alarm", "limit.cut.0")]


@pytest.mark.parametrize(
    "before",
    [
        [],
        [event()],
        [event(), event("cut", rule="limit.cut.0", limit=1.5), event("raise", point="T02", rule="device.alarm", limit=None, clause="")],
        [event(), event("return", NOW + SECOND, 0.4, reason="below_deadband")],
        [event(time=LATER + SECOND)],
    ],
    ids=["nothing open", "an alarm", "alarm and cut of one, device alarm of the other", "returned already", "raised after it"],
)
def test_it_leaves_what_an_event_of_each_point_leaves(centre_of, before):
    folded, single = centre_of(), centre_of()
    for centre in (folded, single):
        centre.take(*before)
    take(folded, FIRST)
    single.take(*one_by_one(FIRST), received=LATER)

    assert left(folded) == left(single)


def test_the_same_again_changes_nothing_and_a_raise_older_than_it_is_past(centre):
    centre.take(event())
    assert take(centre, FIRST)
    assert take(centre, FIRST) == []
    centre.take(event(time=NOW + SECOND, point="T02"))

    assert [row.active for row in centre.call("active")] == [False, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"change": "raise"},
        {"reason": "below_deadband"},
        {"rule": "mine.rule"},
        {"points": ["T01"]},
        {"points": [], "values": []},
        {"points": ["no/point", "T02"]},
        {"values": [float("nan"), 1.0]},
        {"points": ["T"] * 1001, "values": [None] * 1001},
    ],
)
def test_what_no_rule_can_have_made_is_refused(centre, wrong):
    with pytest.raises(BadPayload):
        take(centre, msgspec.structs.replace(FIRST, **wrong))


def first(point: int, rule: str = EVERY_RULE, time: int = NOW, value: float = 0.1, limit: float | None = None) -> Transition:
    return Transition(point, rule, Change.RETURN, time, value, limit, 0, "project", Reason.FIRST_READING)


MANY = Registry(
    "m1", "矿", "mine", tuple(Point("P" + f"{at:031d}", "methane", "face", "处", "place") for at in range(2 * MOST_RETURNS + 1))
)


def test_first_states_that_say_the_same_go_in_one_item_and_everything_else_alone():
    alarm = Transition(3, "limit.alarm", Change.RAISE, NOW, 1.2, 1.0, 0, "Art.536", Reason.LIMIT_REACHED)
    alone = first(4, "gas.rise", limit=0.8)

    bodies = list(to_bodies([first(0), alarm, first(1, value=float("nan")), alone, first(2, time=NOW + 1)], MANY, PACK, NOW))

    assert bodies == [
        Returns(
            "*", "return", NOW, "first_reading", NOW, [MANY.points[0].id, MANY.points[1].id], [0.1, None], 0, None, "project", PACK.name
        ),
        *(to_event(one, MANY, PACK, NOW) for one in (alarm, alone, first(2, time=NOW + 1))),
    ]


def test_ten_thousand_points_start_in_items_that_fit_the_wire():
    bodies = list(to_bodies([first(at) for at in range(len(MANY.points))], MANY, PACK, NOW))

    assert [len(body.points) for body in bodies if isinstance(body, Returns)] == [MOST_RETURNS, MOST_RETURNS, 1]
    assert max(len(encode(Item(1, "0" * 16, 0, NOW, body))) for body in bodies) <= MAX_BYTES
