"""The models beside an agent: what they say, when, and that nothing of the agent depends on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from alerts.packs import load
from alerts.rules import Change, Rules, State, assess, tick
from alerts.still import AMBIENT
from contracts.clock import HOUR, MINUTE, SECOND, ManualClock
from contracts.codec import unpack
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import Batch, Event, Finding, Item, Poll, decode
from contracts.points import Point, Registry, check_registry
from contracts.topics import Gateway
from contracts.units import QUANTITIES, SCORE
from edge_agent.advice.advisor import AGAIN_AFTER, Advisor, advise, advised, wired
from edge_agent.advice.standing import SETTLED, Standing
from edge_agent.agent import Agent
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import Answer
from models.bundle import read_bundle
from models.crew import Crew
from models.policy import Finding as Found
from tests.edge_agent.advised import AREA, NAMES, REGISTRY, START, at_rest, signed

SCORED = advised(REGISTRY)
GAS = Found("gas_accumulation", AREA, ("T01",), START + MINUTE, START + MINUTE, 0.8)


class Told(Crew):
    """A crew that says what a test wants: findings by the second they are said at, an exception at `raises`."""

    def __init__(self, findings: dict[int, list[Found]], raises: set[int], scores: dict[str, float] | None = None) -> None:
        self.findings, self.raises, self._scores = findings, raises, scores or {AREA: 0.5}

    @property
    def scores(self) -> dict[str, float]:
        return self._scores

    def step(self, frame: object, quality: object, stamps: object = None) -> list[Found]:
        time = int(frame.times[0])  # type: ignore[attr-defined]
        if (time - START) // SECOND in self.raises:
            raise ZeroDivisionError("a detector of no sense")
        return self.findings.get((time - START) // SECOND, [])


@dataclass
class Desk:
    """What an advisor told."""

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    scores: list[tuple[int, list[int], list[float]]] = field(default_factory=list)

    def advisor(self, crew: Crew | None = None) -> Advisor:
        made = Advisor(
            read_bundle(signed(3)), SCORED, {}, SECOND, Standing(self.folder / "standing.json"), self.findings.append, self._score
        )
        made._crew = crew
        return made

    def _score(self, block: Block) -> None:
        self.scores.append((int(block.time[0] - START) // SECOND, block.point.tolist(), block.value.tolist()))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def run(advisor: Advisor, first: int, end: int) -> None:
    """A heading at rest, from one second to another."""
    rest = at_rest(end, seed=2)
    for at in range(first, end):
        now = START + at * SECOND
        advisor.hear(Block.of(list(range(len(NAMES))), now, rest.values[at]), now)
        advisor.step(now)


# ------------------------------------------------------------ points


def test_score_points_stand_behind_the_others_so_that_numbers_stay() -> None:
    made = check_registry(SCORED)

    assert made.points[: len(REGISTRY.points)] == REGISTRY.points
    [point] = made.points[len(REGISTRY.points) :]
    assert (point.quantity, point.area, point.limit_row) == (SCORE, AREA, "")


@pytest.mark.parametrize(
    "areas",
    [
        ["1101采面", "1101", "采面", "掘进", "", " ", "face-1", "face 1", "S-1101"],
        ["回采工作面" * 20, "回采工作面" * 20 + "1", "x" * 80, "x" * 81],
    ],
    ids=["chinese and near alike", "long"],
)
def test_every_area_has_a_valid_score_point_of_its_own_whatever_its_name(areas: list[str]) -> None:
    points = tuple(Point(f"T{at}", "methane", area, "处", "place") for at, area in enumerate(areas))
    made = check_registry(advised(Registry("mine", "矿", "mine", points)))

    assert [point.area for point in made.points[len(areas) :]] == areas
    fewer = advised(Registry("mine", "矿", "mine", points[::-1][:-1]))
    id_of = {point.area: point.id for point in made.points if point.quantity == SCORE}
    assert all(id_of[point.area] == point.id for point in fewer.points if point.quantity == SCORE)


def test_an_id_that_is_a_points_own_is_not_taken_again() -> None:
    point = Point("S-face", "methane", "face", "处", "place")

    check_registry(advised(Registry("mine", "矿", "mine", (point,))))


def test_a_registry_with_score_points_is_left_as_it_is() -> None:
    assert advised(SCORED) == SCORED


# ------------------------------------------------------------ scores


def test_scores_are_told_every_ten_seconds_at_the_points_of_their_areas(desk: Desk) -> None:
    advisor = desk.advisor()

    run(advisor, 0, 25)

    assert [(at, points) for at, points, _ in desk.scores] == [(0, [5]), (10, [5]), (20, [5])]
    assert all(0 <= value < 1 for _, _, [value] in desk.scores)


def test_what_is_not_known_is_no_reading_and_what_is_beyond_all_bounds_is_one(desk: Desk) -> None:
    run(desk.advisor(Told({}, set(), {AREA: float("nan"), "elsewhere": 1.0})), 0, 3)
    assert desk.scores == []

    run(desk.advisor(Told({}, set(), {AREA: float("inf")})), 0, 1)
    assert desk.scores == [(0, [5], [QUANTITIES[SCORE].high])]


# ------------------------------------------------------------ findings


def test_a_hazard_is_told_once_when_it_begins_and_once_when_it_is_over(desk: Desk) -> None:
    advisor, rest = desk.advisor(), at_rest(1500, seed=2)
    for at in range(1500):
        now, row = START + at * SECOND, rest.values[at].copy()
        if 300 <= at < 500:
            row[0] += 0.2
        advisor.hear(Block.of(list(range(len(NAMES))), now, row), now)
        advisor.step(now)

    unusual = [found for found in desk.findings if found.what == "unusual"]
    assert [bool(found.ended) for found in unusual] == [False, True]
    begin, end = unusual
    assert (begin.subject, "T01" in begin.points, begin.models) == (AREA, True, advisor.word.use)
    assert START + 300 * SECOND <= begin.since <= START + 310 * SECOND
    assert (end.since, end.ended > begin.time, end.time) == (begin.since, True, end.ended)


def test_what_stood_before_a_restart_goes_on_with_its_begin_or_is_ended_when_it_is_not_found_again(desk: Desk) -> None:
    other = replace(GAS, subject="elsewhere")
    first = desk.advisor(Told({60: [GAS, other]}, set()))
    run(first, 50, 70)
    first._standing.keep()
    again = replace(GAS, since=START + 200 * SECOND, seen=START + 200 * SECOND)

    second = desk.advisor(Told({200: [again], 900: [replace(again, ended=START + 900 * SECOND)]}, set()))
    assert len(second._standing) == 2
    run(second, 100, 100 + SETTLED // SECOND + 1)

    told = [(found.subject, (found.since - START) // SECOND, bool(found.ended)) for found in desk.findings]
    assert told == [(AREA, 60, False), ("elsewhere", 60, False), (AREA, 60, False), (AREA, 60, True), ("elsewhere", 60, True)]
    assert desk.findings[-1].ended == START + 100 * SECOND + SETTLED
    assert len(second._standing) == 0


def test_the_end_of_what_nobody_was_told_of_is_not_told(desk: Desk) -> None:
    run(desk.advisor(Told({5: [replace(GAS, ended=START)]}, set())), 0, 10)

    assert desk.findings == []


def test_standing_findings_that_cannot_be_kept_or_read_stop_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "standing.json").write_bytes(b"{")
    assert len(Standing(tmp_path / "standing.json")) == 0

    Standing(tmp_path / "standing.json" / "below").keep()


def test_a_finding_on_the_wire_keeps_its_times_in_order_and_its_sureness_in_bounds() -> None:
    odd = Found("k", "s", tuple(f"T{at}" for at in range(300)), START + 5, START, float("nan"), START)

    said = wired(odd, START + 9, "1@x")

    assert said.since <= said.time
    assert (said.sure, len(said.points), said.decided) == (0.0, 200, START + 9)


def test_a_finding_on_the_wire_says_what_each_point_gave_and_no_number_that_is_none() -> None:
    found = Found("unusual", "face", ("T1", "T2"), START, START, 0.9, parts=(("T1", 1.4), ("T2", float("nan"))))

    assert wired(found, START, "1@x").parts == {"T1": 1.4}


# ------------------------------------------------------------ failing


def test_models_that_fail_rest_begin_anew_and_say_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    advisor = desk.advisor(Told({}, {12}))
    monkeypatch.setattr("edge_agent.advice.advisor.Crew", lambda *_: Told({}, set()))

    run(advisor, 0, 40)
    word = advisor.said()
    assert (word.failed, word.failure) == (1, "ZeroDivisionError: a detector of no sense")
    assert [at for at, *_ in desk.scores] == [0, 10]

    run(advisor, 40, 12 + AGAIN_AFTER // SECOND + 2)
    assert advisor.said().failure == ""
    assert desk.scores[-1][0] >= 12 + AGAIN_AFTER // SECOND


def test_a_bundle_whose_crew_cannot_be_built_fails_without_harm(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> Crew:
        raise KeyError("trust")

    monkeypatch.setattr("edge_agent.advice.advisor.Crew", none)
    advisor = desk.advisor()

    run(advisor, 0, 200)

    assert advisor.said().failed == 4
    assert desk.scores == []


def test_a_clock_that_is_set_back_begins_anew_and_findings_that_stood_are_ended(desk: Desk) -> None:
    advisor = desk.advisor(Told({3610: [replace(GAS, since=START + HOUR, seen=START + HOUR)]}, set()))
    run(advisor, 3600, 3620)

    run(advisor, 0, SETTLED // SECOND + 2)

    assert [bool(found.ended) for found in desk.findings if found.what == GAS.kind] == [False, True]
    assert [at for at, *_ in desk.scores][:3] == [3600, 3610, 10]


def test_how_long_scoring_takes_is_told(desk: Desk) -> None:
    advisor = desk.advisor()
    run(advisor, 0, 20)

    word = advisor.said()

    assert word.cycles == 20
    assert 0 < word.last_ms <= 1000 * word.total_s
    assert word.p99_ms >= word.last_ms / 100


# ------------------------------------------------------------ beside an agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    made = Agent(Gateway("mine", "gate"), SCORED, [], tmp_path, BrokerAddress(), OutboxLimits(), load(), ManualClock(START))
    made._open_epoch()
    yield made
    made._flush()


def bodies(agent: Agent, kind: type) -> list[object]:
    agent._commit()
    items = [data for box in (agent.data, agent.events) for _, data in box.items(box.epoch) if data]
    return [body for body in (decode(Item, data).body for data in items) if isinstance(body, kind)]


def answer(at: int, values: list[float]) -> Answer:
    now = START + at * SECOND
    return Answer(Block.of(list(range(len(values))), now, values), (Poll("field", SECOND, now),))


def test_readings_and_alarms_go_on_while_the_models_fail(agent: Agent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    advisor = advise(agent, read_bundle(signed(3)), Standing(tmp_path / "standing.json"))
    agent.models = advisor.said

    def broken(*_: object) -> None:
        raise FloatingPointError("no")

    monkeypatch.setattr(advisor._cycle, "hear", broken)
    for at in range(5):
        agent.take(answer(at, [0.5, 0.4, 2.0, 22.0, 980.0]))
        advisor.step(START + at * SECOND)

    assert len(bodies(agent, Batch)) == 5
    told = agent.status().models
    assert told is not None
    assert (told.use, told.failure, told.failed > 0) == (advisor.word.use, "FloatingPointError: no", True)


def test_findings_go_on_the_event_lane_and_scores_are_kept_as_readings_that_no_poll_brought(agent: Agent, tmp_path: Path) -> None:
    advisor = advise(agent, read_bundle(signed(3)), Standing(tmp_path / "standing.json"))
    advisor._crew = Told({2: [GAS]}, set())
    for at in range(5):
        agent.take(answer(at, [0.5, 0.4, 2.0, 22.0, 980.0]))
        advisor.step(START + at * SECOND)

    [found] = bodies(agent, Finding)
    assert isinstance(found, Finding)
    assert (found.what, found.points) == ("gas_accumulation", ["T01"])
    scores = [body for body in bodies(agent, Batch) if isinstance(body, Batch) and not body.polls]
    assert [unpack(body).point.tolist() for body in scores] == [[5]]
    assert (agent.polled, agent.answered) == (5, 5)
    assert bodies(agent, Event) == []


def test_no_rule_sees_a_score_however_high_it_is_or_how_long_it_is_away() -> None:
    rules = Rules.of(SCORED, load())
    judged, told = State.fresh(rules), []
    for at in range(0, 3600, 10):
        now = START + at * SECOND
        readings = Block.of(list(range(len(NAMES))), now, [0.5, 0.4, 2.0, 22.0, 980.0])
        judged, first = assess(rules, judged, readings, now, (Poll("field", 10 * SECOND, now),))
        judged, second = assess(rules, judged, Block.of([5], now, [1e6]), now) if at < 600 else (judged, [])
        judged, third = tick(rules, judged, now)
        told += [*first, *second, *third]

    assert {transition.change for transition in told} == {Change.RETURN}
    assert SCORE not in AMBIENT


def test_a_score_that_comes_when_there_is_no_room_is_not_kept(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Agent, "has_room", property(lambda _: False))

    agent.add(Block.of([5], START, [0.5]))

    assert bodies(agent, Batch) == []
