"""What changed since last week and why; which criteria most mines miss."""

from fleet.bodies import Status, Verdict, VerdictSet
from fleet.series.changes import About, changes, reasons, worst
from fleet.view import Words

MET, NOT, NONE, OPEN = Status.MET, Status.NOT_MET, Status.NO_EVIDENCE, Status.OPEN


def known(name: str) -> About:
    return About(Words(f"{name}中", name), "safety_monitoring", Words("条", "Art."), "d", "official")


def judged(mine: str, outcome: Status, *verdicts: Verdict, pack: str = "h") -> VerdictSet:
    return VerdictSet(mine=mine, day="d", pack="p", pack_hash=pack, outcome=outcome, systems={}, verdicts=verdicts)


def test_a_mine_that_fell_out_says_by_which_criterion_from_what_to_what() -> None:
    before = judged("a", MET, Verdict("run", MET, value=30, threshold=30), Verdict("kept", MET))
    after = judged("a", NOT, Verdict("run", NOT, value=12, threshold=30, why="too_low"), Verdict("kept", MET))
    [one] = changes({"a": before}, {"a": after}, ("d0", "d7"), {"a": Words("甲", "A")}, known)

    assert (one.mine, one.before, one.after, one.since, one.until, one.pack_changed) == ("a", MET, NOT, "d0", "d7", False)
    [why] = one.reasons
    assert (why.criterion, why.before, why.after, why.value_before, why.value_after, why.threshold, why.unit, why.why) == (
        *("run", MET, NOT, 30, 12, 30, "d"),
        "too_low",
    )


def test_who_fell_out_comes_before_who_came_in_and_equal_outcomes_are_no_change() -> None:
    names = {mine: Words(mine, mine) for mine in "abcd"}
    before = {"a": judged("a", NONE), "b": judged("b", NONE), "c": judged("c", MET), "d": judged("d", MET)}
    after = {"a": judged("a", NOT), "b": judged("b", MET), "c": judged("c", NOT, pack="other"), "d": judged("d", MET)}
    found = changes(before, after, ("d0", "d7"), names, known)

    assert [one.mine for one in found] == ["c", "b", "a"]
    assert found[0].pack_changed


def test_a_mine_without_verdicts_had_no_evidence() -> None:
    [one] = changes({}, {"a": judged("a", MET, Verdict("run", MET, value=30))}, ("d0", "d7"), {"a": Words("甲", "A")}, known)

    assert (one.before, one.reasons[0].before, one.reasons[0].value_before) == (NONE, NONE, None)


def test_open_criteria_explain_nothing_and_a_lost_verdict_is_not_judged() -> None:
    before = judged("a", MET, Verdict("open", OPEN), Verdict("gone", MET, subject="1301"))
    after = judged("a", NONE, Verdict("open", NOT))
    [why] = reasons(before, after, known)

    assert (why.criterion, why.subject, why.after, why.why) == ("gone", "1301", NONE, "not_judged")


def test_the_worst_gaps_count_mines_not_verdicts_and_leave_out_what_is_open() -> None:
    sets = [
        judged("a", NOT, Verdict("face", NOT, subject="1"), Verdict("face", NOT, subject="2"), Verdict("net", OPEN)),
        judged("b", NOT, Verdict("face", MET, subject="1"), Verdict("face", NOT, subject="2"), Verdict("run", NONE)),
        judged("c", MET, Verdict("face", MET), Verdict("run", MET)),
    ]
    face, run = worst(sets, known)

    assert (face.criterion, face.not_met, face.no_evidence, face.mines, face.alone, face.examples) == ("face", 2, 0, 3, 1, ("a", "b"))
    assert (run.criterion, run.not_met, run.no_evidence, run.alone) == ("run", 0, 1, 0)
