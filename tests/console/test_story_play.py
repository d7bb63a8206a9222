"""The story as a state machine: it tells only what was seen, ends, and leaves nothing behind."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.story.facts import Facts, Official
from console.story.levers import less_air, linked, orders_of
from console.story.play import Command, Mode, Standing, Story, command, tick, took
from console.story.plot import CHAPTERS, PLOT, Air, Chapter, Deed, Scene, calibration_seconds
from console.web.story import story_view
from contracts.clock import SECOND
from sim_sensors.faults import Kind
from tests.console.story_facts import START, all_seen, ready

HOUR_S = 3600


def played(story: Story, until: Scene | None = None) -> tuple[Story, list[Deed], int]:
    """A look a second in which each scene is seen at once, up to the beginning of `until`, or to the end."""
    now, done = START, list[Deed]()
    while story.mode is not Mode.OVER and not (story.plan is not None and story.plan.scene is until):
        facts = all_seen(now)[story.at] if story.plan is not None else ready(now)
        story, deeds = tick(story, facts)
        done += deeds
        now += SECOND
    return story, done, now


def nothing(now: int) -> Facts:
    return replace(ready(now), shearer=None)


def test_where_everything_is_seen_every_chapter_is_told_with_proofs_in_about_three_minutes_of_people_s_deeds() -> None:
    story, done, now = played(Story())

    assert [story.standing(chapter) for chapter in CHAPTERS] == [Standing.SEEN] * len(CHAPTERS)
    assert all(turn.proofs for turn in story.turns)
    assert done == [Deed.ACKNOWLEDGE, Deed.ANSWER, Deed.CLOSE, Deed.PERMIT, Deed.END_PERMIT, Deed.NOTICE]
    assert now - START < 180 * SECOND


def test_what_is_never_seen_is_told_as_not_seen_and_what_rests_on_it_as_impossible() -> None:
    story, now = Story(Mode.PLAYING, 1), START
    story, _ = tick(Story(), ready(now))
    done = list[Deed]()
    while story.mode is Mode.PLAYING:
        now += SECOND
        assert now - START < HOUR_S * SECOND
        story, deeds = tick(story, nothing(now))
        done += deeds

    standings = {str(plan.scene): turn.standing for plan, turn in zip(PLOT, story.turns, strict=True)}
    assert set(standings.values()) == {Standing.MISSED, Standing.IMPOSSIBLE}
    assert standings[Scene.STANDS] is Standing.MISSED
    assert standings[Scene.ACKNOWLEDGED] is Standing.IMPOSSIBLE
    assert standings[Scene.QUIET] is Standing.IMPOSSIBLE
    assert Deed.ACKNOWLEDGE not in done
    assert not any(turn.proofs for turn in story.turns)
    view = story_view(story, now)
    assert view.chapters[0].missed
    assert [one.standing for one in view.chapters if one.proofs] == []


def test_a_scene_is_given_its_time_and_no_second_more() -> None:
    story, _ = tick(Story(), ready(START))
    last = START + PLOT[0].limit_s * SECOND

    assert tick(story, nothing(last - 1))[0].turn.standing is Standing.HAPPENING
    assert tick(story, nothing(last))[0].turns[0].standing is Standing.MISSED


def test_while_it_is_paused_nothing_goes_on_and_no_time_runs_out() -> None:
    story, _ = tick(Story(), ready(START))
    paused = command(story, Command.PAUSE, START + 10 * SECOND)
    long_after = START + HOUR_S * SECOND

    assert tick(paused, nothing(long_after)) == (paused, ())
    resumed = command(paused, Command.RESUME, long_after)
    assert resumed.turn.deadline - long_after == story.turn.deadline - (START + 10 * SECOND)
    assert story_view(resumed, long_after).lasted_us == 10 * SECOND
    assert tick(resumed, nothing(resumed.turn.deadline - 1))[0].turn.standing is Standing.HAPPENING


@pytest.mark.parametrize("scene", [plan.scene for plan in PLOT])
def test_ended_at_any_scene_nothing_is_ordered_the_line_stands_and_it_is_not_told_as_seen(scene: Scene) -> None:
    story, _, now = played(Story(), scene)
    story = command(story, Command.END, now)

    assert (orders_of(story), linked(story)) == ({}, True)
    story, deeds = tick(story, ready(now + SECOND))
    assert (story.mode, deeds) == (Mode.ENDED, ())
    assert story.standing(PLOT[story.at].chapter) is not Standing.HAPPENING
    assert command(story, Command.PAUSE, now) == story


def test_the_notice_is_revoked_and_the_permit_is_closed_only_when_its_sensor_reads_air_again() -> None:
    story, _, now = played(Story(), Scene.FITS)
    gas = all_seen(now)[10]
    story = command(story, Command.END, now)
    still = replace(gas, official=Official(1, 7))

    ending, deeds = tick(story, still)
    assert (ending.mode, deeds) == (Mode.ENDING, (Deed.REVOKE,))
    later = now + (calibration_seconds(1.0) + 1) * SECOND
    _, deeds = tick(ending, replace(ready(later), permit=gas.permit))
    assert deeds == (Deed.END_PERMIT,)
    assert tick(ending, ready(later))[0].mode is Mode.ENDED


def test_played_again_it_is_taken_back_first_and_then_begins_by_itself_with_nothing_remembered() -> None:
    story, _, now = played(Story())
    story = command(story, Command.AGAIN, now)

    story, deeds = tick(story, replace(ready(now), official=Official(1, 22)))
    assert deeds == (Deed.REVOKE,)
    story, _ = tick(story, ready(now))
    assert story.mode is Mode.READY
    story, _ = tick(story, ready(now))
    assert (story.mode, story.run, story.at) == (Mode.PLAYING, 2, 0)
    assert set(story.noted) == {"began"}


def test_it_waits_for_every_mine_before_it_begins() -> None:
    for part in ("corner", "face", "shearer", "calibrated"):
        assert tick(Story(), replace(ready(START), **{part: None}))[0].mode is Mode.READY
    assert tick(Story(), replace(ready(START), far=replace(ready(START).far, online=False)))[0].mode is Mode.READY


def test_a_refused_deed_is_told_in_the_words_of_whoever_refused_it() -> None:
    story, _, now = played(Story(), Scene.PERMITTED)
    story = took(story, Deed.PERMIT, {}, "许可过多 / too many permits")

    [chapter] = [one for one in story_view(story, now).chapters if one.key == Chapter.CALIBRATION]
    assert chapter.refused == ["许可过多 / too many permits"]


def test_test_gas_is_ordered_only_under_an_open_permit_and_never_twice() -> None:
    story, _, _ = played(Story(), Scene.PERMITTED)
    before = orders_of(story)
    story, _, _ = played(story, Scene.QUIET)
    during = orders_of(story)
    story, _, _ = played(story, Scene.BACK)

    assert Kind.TEST_GAS not in {order.kind for order in before["demo-a"]}
    assert {order.kind for order in during["demo-a"]} == {Kind.TEST_GAS}
    assert orders_of(story) == during  # the same order, so that it goes on and does not begin anew


@given(st.floats(0.05, 1.2), st.floats(0.02, 0.6))
def test_the_curtain_falls_further_the_calmer_the_corner_is_and_always_some(corner: float, face: float) -> None:
    little, fallen = (less_air(corner, face, air) for air in (Air.LITTLE, Air.FALLEN))

    assert 1.0 < little <= fallen <= 25.0


ASKED = st.one_of(st.sampled_from(Command), st.integers(1, 90))


@given(st.lists(st.tuples(ASKED, st.booleans()), max_size=60))
def test_whatever_people_ask_and_whatever_is_seen_nothing_is_told_without_proof_and_nothing_stays(asked: list[tuple[object, bool]]) -> None:
    story, now = Story(), START
    for one, visible in asked:
        if isinstance(one, Command):
            story = command(story, one, now)
        else:
            now += int(str(one)) * SECOND
            facts = all_seen(now)[story.at] if visible else nothing(now)
            story, deeds = tick(story, facts)
            assert story.mode in (Mode.PLAYING, Mode.ENDING) or not deeds
        assert all(bool(turn.proofs) == (turn.standing is Standing.SEEN) for turn in story.turns)
        if story.mode not in (Mode.PLAYING, Mode.PAUSED):
            assert (orders_of(story), linked(story)) == ({}, True)
        story_view(story, now)
    story = command(story, Command.END, now)
    for _ in range(3):
        now += 200 * SECOND
        story, _ = tick(story, ready(now))
    assert story.mode is Mode.ENDED
