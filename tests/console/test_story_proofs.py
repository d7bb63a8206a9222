"""What counts as seen, and what just does not."""

from dataclasses import replace

import pytest

from console.story.facts import Facts, Far, Official
from console.story.look import far_of
from console.story.plot import PLOT, Scene
from console.story.proofs import PROOFS
from console.web.words import LANGUAGES, WORDS
from contracts.clock import SECOND
from contracts.quality import ALARM, CALIBRATION
from contracts.units import SCORE
from ingest.ledger import LedgerDay
from store.records.handling import Told
from tests.console.story_facts import START, alarm, all_seen, finding, point

NOTED = {"began": START - SECOND, "level": 0.4, "face": 0.2, "replayed": 5, "mines": 0}
SEEN = dict(zip((plan.scene for plan in PLOT), all_seen(START), strict=True))


def seen(scene: Scene, facts: Facts) -> bool:
    return bool(PROOFS[scene](facts, NOTED, START).proofs)


@pytest.mark.parametrize("scene", Scene)
def test_each_scene_is_seen_where_it_is_there(scene: Scene) -> None:
    assert seen(scene, SEEN[scene])


def test_what_a_gateway_says_of_itself_is_no_point_of_the_far_mine() -> None:
    """The story said 64 points where the overview said 58: a score for each area was counted too."""
    there = [point("T01", 0.4, START, "unknown"), replace(point("S-face", 0.4, START), quantity=SCORE)]
    assert (far_of(False, there).unknown, far_of(False, there).points) == (1, 1)


def changed(scene: Scene, **parts: object) -> tuple[Scene, Facts]:
    return scene, replace(SEEN[scene], **parts)


FLAGGED = CALIBRATION | ALARM
GAS = SEEN[Scene.QUIET]
DAY = LedgerDay("demo-b/gate-1", START, made=100, committed=100, replayed=20)
SHORT = {
    "the shearer runs": changed(Scene.STANDS, shearer=point("1101-SH-RUN", 1.0, START)),
    "an old reading": changed(Scene.STANDS, shearer=point("1101-SH-RUN", 0.0, START - SECOND)),
    "an unknown point": changed(Scene.CUTS, shearer=point("1101-SH-RUN", 1.0, START, "unknown")),
    "no number": changed(Scene.RISES, corner=point("1101-T0", None, START)),
    "hardly any rise": changed(Scene.RISES, corner=point("1101-T0", 0.49, START)),
    "a finding of another kind": changed(Scene.WARNED, findings=(finding(START, "drift"),)),
    "a finding of before the story, so soon": changed(Scene.WARNED, findings=(finding(START - 9 * SECOND),)),
    "no alarm": changed(Scene.ALARMED, alarm=None),
    "an alarm that is over": changed(Scene.ALARMED, alarm=replace(alarm(START), active=False)),
    "nobody acknowledged": changed(Scene.ACKNOWLEDGED, alarm=alarm(START)),
    "it goes on": changed(Scene.RETURNED, alarm=alarm(START)),
    "answered, but nobody's to close": changed(Scene.ANSWERED, told=Told(SEEN[Scene.ANSWERED].told.answers, [], [])),
    "returned instead of closed": changed(
        Scene.CLOSED, told=Told([], [replace(SEEN[Scene.CLOSED].told.verdicts[0], verdict="returned")], [])
    ),
    "a permit that is only planned": changed(Scene.PERMITTED, permit=replace(SEEN[Scene.PERMITTED].permit, state="planned")),
    "called normal under test gas": changed(Scene.QUIET, calibrated=point("MR-T", 1.9, START, "normal", FLAGGED)),
    "no flag": changed(Scene.QUIET, calibrated=point("MR-T", 1.9, START, "alarm", ALARM)),
    "an alarm like any other": changed(Scene.QUIET, planned=replace(GAS.planned, planned=False)),
    "somebody was called": changed(Scene.QUIET, sent=1),
    "not judged yet": changed(Scene.FITS, spoken=replace(SEEN[Scene.FITS].spoken, verdict="pending")),
    "judged a misfit": changed(Scene.FITS, spoken=replace(SEEN[Scene.FITS].spoken, verdict="misfit")),
    "one point still known": changed(Scene.BLIND, far=Far(False, 63, 64, SEEN[Scene.BLIND].far.reason)),
    "no points at all": changed(Scene.BLIND, far=Far(False, 0, 0)),
    "something is missing": changed(Scene.BACK, day=replace(DAY, missing=1)),
    "something was lost": changed(Scene.BACK, day=replace(DAY, lost=1)),
    "no backlog": changed(Scene.BACK, day=replace(DAY, replayed=5)),
    "not heard yet": changed(Scene.BACK, far=Far(False, 64, 64)),
    "still flagged": changed(Scene.AIR, calibrated=point("MR-T", 1.9, START, "unverified", FLAGGED)),
    "no notice of the story's": changed(Scene.COUNTED, official=Official(1, 0)),
    "the count is what it was": changed(Scene.COUNTED, official=Official(0, 22)),
    "not loaded": changed(Scene.COUNTED, official=Official(None, 22)),
}


@pytest.mark.parametrize(("scene", "facts"), SHORT.values(), ids=SHORT)
def test_what_is_just_short_of_it_is_not_seen(scene: Scene, facts: Facts) -> None:
    assert not seen(scene, facts)


def test_a_finding_of_before_is_told_as_such_and_a_late_one_as_late() -> None:
    old = replace(SEEN[Scene.WARNED], findings=(finding(START - 9 * SECOND),), now=START + 30 * SECOND)
    late = replace(SEEN[Scene.WARNED], findings=(finding(START + 9 * SECOND),), alarm=alarm(START))

    assert [proof.key for proof in PROOFS[Scene.WARNED](old, NOTED, START).proofs] == ["warned.before", "warned.advice"]
    assert [proof.key for proof in PROOFS[Scene.WARNED](late, NOTED, START).proofs] == ["warned", "warned.late"]


def test_the_alarm_is_told_with_its_clause_number_and_the_time_it_took() -> None:
    [proof] = PROOFS[Scene.ALARMED](SEEN[Scene.ALARMED], NOTED, START).proofs

    assert proof.numbers == {"id": "5", "value": "1.00", "limit": "1.00", "clause": SEEN[Scene.ALARMED].clause, "late": "0.10"}
    assert proof.href == "/alarms/5"


@pytest.mark.parametrize("scene", Scene)
def test_every_proof_has_words_in_both_languages_for_its_numbers(scene: Scene) -> None:
    for proof in PROOFS[scene](SEEN[scene], NOTED, START).proofs:
        for text in WORDS[f"story.saw.{proof.key}"]:
            text.format_map(dict.fromkeys(proof.numbers, "x"))
    assert all(WORDS[f"story.look.{scene}"][at].strip() for at in range(len(LANGUAGES)))
