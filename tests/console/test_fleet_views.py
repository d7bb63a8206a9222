"""The province and a mine as the pages draw them, from the log alone."""

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Connection

from console.fleet import registering, views
from console.fleet.registering import Deed
from contracts.clock import BUILD_TIME
from contracts.facts import Fact, FactSet, write_facts
from fleet import packs
from fleet.bodies import Assessment, Count, Level, Object, Profile, Stage, Status, Step, Suspicion, Verdict, VerdictSet, Workplace, write
from fleet.series.evidence import by_evidence, count_body
from store.records import fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import New

PACK, BY = packs.USUAL, Deed("x", BUILD_TIME)
RULES = packs.load(PACK)
COUNTED = next(one for one in RULES.criteria if one.counted and one.scope == "mine" and one.threshold is not None)
LAST_WEEK, DAY, TODAY = "2026-06-01", "2026-06-08", "2026-06-09"
NAMES = {"a": "太原", "b": "太原", "c": "大同", "d": ""}


def verdicts(mine: str, day: str, outcome: Status, value: float) -> VerdictSet:
    said = Verdict(
        COUNTED.id, outcome, value=value, threshold=COUNTED.threshold, days=30, of=30, why="" if outcome is Status.MET else "too_low"
    )
    return VerdictSet(
        mine=mine, day=day, pack=PACK, pack_hash=RULES.hash, outcome=outcome, systems={COUNTED.system: outcome}, verdicts=(said,)
    )


def judged(db: Connection, day: str, outcomes: dict[str, Status]) -> None:
    """Verdict sets of a day, and the count that is published of them."""
    sets = [verdicts(mine, day, outcome, 30 if outcome is Status.MET else 12) for mine, outcome in outcomes.items()]
    fleet_log.append(db, [New("verdicts", one.mine, day, PACK, write(one)) for one in sets], "centre", BUILD_TIME)
    profiles = [Profile(mine=mine, name_zh=mine, name_en=mine) for mine in NAMES]
    count = count_body(by_evidence(day, sets, profiles, []), PACK, RULES.hash, [])
    fleet_log.append(db, [New("count", "", day, PACK, write(count))], "centre", BUILD_TIME)


def notice(mine: str, day: str, level: Level = Level.PRIMARY) -> Assessment:
    return Assessment(id="", mine=mine, object=Object.MINE, authority="省能源局", level=level, notice_date=day, document=f"公示 {day}")


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    records = open_records("sqlite://")
    with records.begin() as connection:
        for mine, city in NAMES.items():
            registering.enter_profile(connection, Profile(mine=mine, name_zh=f"{mine}矿", name_en=f"Mine {mine}", city=city), BY)
        judged(connection, LAST_WEEK, {"a": Status.MET, "b": Status.NOT_MET, "c": Status.MET})
        judged(connection, DAY, {"a": Status.NOT_MET, "b": Status.MET, "c": Status.MET})
    yield records
    records.close()


@pytest.fixture
def db(records: Records) -> Iterator[Connection]:
    """One transaction a test; it is undone."""
    with records.engine.connect() as connection:
        standing = connection.begin()
        yield connection
        standing.rollback()


def test_the_newest_day_is_shown_with_every_registered_mine_counted(db: Connection) -> None:
    view = views.province(db, PACK, "", TODAY)
    count = view.evidence[Object.MINE]

    assert (view.day, view.first_day, view.last_day, view.mines) == (DAY, LAST_WEEK, DAY, 4)
    assert (count.met, count.not_met, count.no_evidence, count.all) == (2, 1, 1, 4)
    assert view.line.evidence == ((LAST_WEEK, 2), (DAY, 2))
    last = fleet_log.head(db)
    assert last is not None
    assert view.head == (last.n, last.hash)


def test_what_changed_since_last_week_says_why_with_the_numbers(db: Connection) -> None:
    fell, came = views.province(db, PACK, DAY, TODAY).changes

    assert [(one.mine, one.before, one.after) for one in (fell, came)] == [
        ("a", Status.MET, Status.NOT_MET),
        ("b", Status.NOT_MET, Status.MET),
    ]
    [why] = fell.reasons
    assert (why.criterion, why.value_before, why.value_after, why.threshold) == (COUNTED.id, 30, 12, COUNTED.threshold)
    assert (why.title.zh, fell.name.en) == (COUNTED.zh, "Mine a")
    assert views.province(db, PACK, LAST_WEEK, TODAY).changes == (), "there is no week before the first day"


def test_the_official_series_is_not_loaded_until_notices_are_entered_and_then_counts_them(db: Connection) -> None:
    before = views.province(db, PACK, DAY, TODAY)
    assert (before.official, before.line.official, {one.official for one in before.cities}) == (None, None, {None})
    assert {one.official_new for one in before.targets} == set()

    registering.load_series(db, BY)
    registering.enter_assessment(db, notice("a", "2024-05-06"), BY)
    registering.enter_assessment(db, notice("a", "2026-06-05", Level.ADVANCED), BY)
    registering.enter_assessment(db, notice("c", "2026-06-08"), BY)
    view = views.province(db, PACK, DAY, TODAY)

    assert view.official is not None
    assert view.official.counts == {Object.MINE: {Level.ADVANCED: 1, Level.PRIMARY: 1}}
    assert [(one.mine, one.notice_date, one.mine_name.en) for one in view.official.notices] == [
        ("a", "2026-06-05", "Mine a"),
        ("c", "2026-06-08", "Mine c"),
    ]
    assert view.line.official == (("2024-05-06", 1), (LAST_WEEK, 1), ("2026-06-05", 1), (DAY, 2))
    assert (view.evidence, view.line.evidence) == (before.evidence, before.line.evidence), "no series changes another"
    assert {one.year: one.official_new for one in view.targets} == {2023: 0, 2024: 1, 2025: 0, 2027: None}
    earlier = views.province(db, PACK, LAST_WEEK, TODAY)
    assert earlier.official is not None
    assert [one.level for one in earlier.official.notices] == [Level.PRIMARY]
    assert earlier.line.official == (("2024-05-06", 1), (LAST_WEEK, 1)), "nothing of a later day is drawn"


def test_the_page_says_what_2024_asked_for_and_what_is_next(db: Connection) -> None:
    registering.load_series(db, BY)
    view = views.province(db, PACK, DAY, TODAY)
    past = next(one for one in view.targets if one.year == 2024)

    assert [(one.value, one.new) for one in past.baselines] == [(118, 150), (107, 161)]
    assert [(one.year, one.kind, one.value) for one in view.targets if one.when == "next"] == [(2027, "scope", None)]
    assert ("2024-12-31", 268) in view.line.reported
    assert view.official is None, "what the press told loads no official series"


def test_tiles_stand_by_city_in_the_register_s_order_with_suspects_beside(db: Connection) -> None:
    doubt = Suspicion(mine="c", day="2026-06-04", kind="frozen", score=9, threshold=5, why_zh="冻结", why_en="frozen")
    fleet_log.append(db, [New("suspicion", "c", "2026-06-04", "frozen", write(doubt))], "centre", BUILD_TIME)
    view = views.province(db, PACK, DAY, TODAY)

    assert [(one.city, one.count.met, len(one.tiles)) for one in view.cities] == [("太原", 1, 2), ("大同", 1, 1), ("", 0, 1)]
    assert [one.suspect for one in view.cities[1].tiles] == [True]
    assert view.cities[1].tiles[0].outcome is Status.MET, "a suspicion changes no verdict"
    assert [(one.mine, one.kind, one.mine_name.zh) for one in view.suspects] == [("c", "frozen", "c矿")]
    assert views.province(db, PACK, LAST_WEEK, TODAY).suspects == ()


def test_worst_gaps_and_pipeline_are_counted(db: Connection) -> None:
    registering.enter_stage(
        db, Stage(project="p", mine="d", object=Object.MINE, step=Step.APPLICATION, date="2026-05-01", blocker="无数据"), BY
    )
    view = views.province(db, PACK, DAY, TODAY)
    [gap] = view.gaps

    assert (gap.criterion, gap.not_met, gap.mines, gap.alone, gap.examples) == (COUNTED.id, 1, 3, 1, ("a",))
    assert {one.step: (one.projects, one.blocked) for one in view.pipeline}[Step.APPLICATION] == (1, 1)
    assert (view.forecast.why, view.forecast.blocked) == ("too_few_finished", 1)


def test_packs_stand_side_by_side_by_their_published_counts(db: Connection) -> None:
    other = Count(day=DAY, pack="henan-2024", pack_hash="h", by_evidence={"mine": {"met": 1, "not_met": 3, "no_evidence": 0}}, met=("a",))
    fleet_log.append(db, [New("count", "", DAY, "henan-2024", write(other))], "centre", BUILD_TIME)
    fleet_log.append(db, [New("count", "", DAY, "gone-2019", write(msgspec.structs.replace(other, pack="gone-2019")))], "centre", 1)
    found = views.province(db, PACK, DAY, TODAY).packs

    assert [(one.id, one.mines.met) for one in found] == [("gone-2019", 1), ("henan-2024", 1), (PACK, 2)]
    assert found[0].title.zh == "gone-2019", "a pack that is gone from the product is still named"


def test_before_anything_is_judged_all_is_without_evidence(db: Connection) -> None:
    view = views.province(db, PACK, "2026-01-01", TODAY)

    assert (view.evidence[Object.MINE].no_evidence, view.gaps, view.changes, view.line.evidence) == (4, (), (), ())


def test_a_mine_shows_its_tree_with_the_facts_one_click_away(db: Connection) -> None:
    assert COUNTED.query is not None
    facts = FactSet(
        "a", DAY, (Fact(COUNTED.query.fact, 12.0, 1.0, 0, 1, "x@1", evidence=("point:T01",)), Fact("exceedances", 0, 1, 0, 1, "x@1"))
    )
    [entry] = fleet_log.append(db, [New("facts", "a", DAY, "", write_facts(facts))], "centre", BUILD_TIME)
    registering.enter_workplace(db, Workplace(mine="a", id="1301", kind="face", name_zh="面", name_en="Face", valid_from="2026-01-01"), BY)
    registering.enter_assessment(db, notice("a", "2024-05-06"), BY)
    view = views.mine(db, "a", PACK, "", TODAY)

    assert view is not None
    assert (view.day, view.outcome, view.official, view.profile.name.en) == (DAY, Status.NOT_MET, Level.PRIMARY, "Mine a")
    [system] = view.systems
    [criterion] = system.criteria
    assert (criterion.id, criterion.status, criterion.value, criterion.why) == (COUNTED.id, Status.NOT_MET, 12, "too_low")
    assert [(fact.name, fact.value, fact.refs, fact.n) for fact in criterion.facts] == [(COUNTED.query.fact, 12.0, ("point:T01",), entry.n)]
    assert [one.criterion for one in view.next_steps] == [COUNTED.id]
    assert [one.id for one in view.workplaces] == ["1301"]
    assert view.line == ((LAST_WEEK, Status.MET), (DAY, Status.NOT_MET))
    assert [(one.before, one.after) for one in view.changes] == [(Status.MET, Status.NOT_MET)]
    assert len(view.facts) == 2
    assert next(fleet_log.entries(db, view.verdict_n)).kind == "verdicts"


def test_a_mine_nobody_registered_is_none_and_one_without_verdicts_has_no_tree(db: Connection) -> None:
    view = views.mine(db, "d", PACK, "", TODAY)

    assert views.mine(db, "nowhere", PACK, "", TODAY) is None
    assert view is not None
    assert (view.day, view.outcome, view.systems, view.next_steps, view.official) == (TODAY, None, (), (), None)


def test_a_project_s_steps_stand_in_their_order_and_a_system_that_counts_nothing_is_open(db: Connection) -> None:
    for step, day in ((Step.APPLICATION, "2026-03-01"), (Step.FIRST_REVIEW, "2026-03-20"), (Step.ASSESSMENT, "2026-04-01")):
        registering.enter_stage(db, Stage(project="p", mine="b", object=Object.MINE, step=step, date=day), BY)
    open_one = next(one for one in RULES.criteria if not one.counted and one.system != COUNTED.system)
    said = Verdict(open_one.id, Status.OPEN, why="no_number")
    body = VerdictSet(mine="b", day=DAY, pack=PACK, pack_hash=RULES.hash, outcome=Status.NO_EVIDENCE, systems={}, verdicts=(said,))
    fleet_log.append(db, [New("verdicts", "b", DAY, PACK, write(body))], "centre", BUILD_TIME)
    view = views.mine(db, "b", PACK, DAY, TODAY)

    assert view is not None
    assert [one.step for one in view.stages] == [Step.APPLICATION, Step.FIRST_REVIEW, Step.ASSESSMENT]
    assert [(one.id, one.status) for one in view.systems] == [(open_one.system, Status.OPEN)]
    assert view.next_steps == ()
