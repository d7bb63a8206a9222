"""What a gateway thinks of versions it was offered: it never stays with one that gets no receipts, and blames nobody for a dead link."""

import pytest
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_agent.care.mind import MOST_STARTS, Mind, broken, chosen, late, received, started, told, wanted

pytestmark = pytest.mark.slow


def trying(version: int = 7, running: int = 6) -> Mind:
    return started(wanted(Mind(running=running), version))


def test_a_version_under_which_a_receipt_comes_is_kept() -> None:
    mind = received(trying())

    assert (mind.running, chosen(mind), told(mind)["state"]) == (7, 7, "settled")


def test_one_without_a_receipt_is_taken_back_and_blamed_when_the_one_before_gets_one() -> None:
    mind = late(trying(), "no receipt in 60 s")
    assert (chosen(mind), told(mind)["state"], told(mind)["wanted"]) == (6, "reverted", 7)

    mind = received(mind)

    assert mind.refused == {7: "no receipt in 60 s"}
    assert wanted(mind, 7) == mind


def test_a_dead_link_blames_nobody_and_the_version_is_tried_again_when_it_lives() -> None:
    mind = late(late(trying(), "no receipt in 60 s"), "no receipt in 60 s")
    assert (chosen(mind), mind.refused, told(mind)["state"]) == (6, {}, "waiting")

    mind = received(mind)
    assert chosen(mind) == 7

    assert received(mind).running == 7


def test_a_version_that_cannot_be_run_is_refused_without_a_trial() -> None:
    mind = wanted(Mind(running=6), 7, "sources[0].port = 0 is refused")

    assert (chosen(mind), told(mind)["state"], mind.refused) == (6, "refused", {7: "sources[0].port = 0 is refused"})


def test_a_version_that_ends_the_agent_again_and_again_is_taken_back() -> None:
    mind = wanted(Mind(running=6), 7)
    for _ in range(MOST_STARTS):
        mind = started(mind)
        assert chosen(mind) == 7

    assert chosen(started(mind)) == 6


def test_a_version_whose_files_are_gone_is_refused() -> None:
    assert chosen(broken(trying(), "edge.toml")) == 6


def test_an_older_version_changes_nothing() -> None:
    mind = Mind(running=6)

    assert wanted(mind, 6) == wanted(mind, 2) == mind


class Minds(RuleBasedStateMachine):
    """Any order of offers, starts, receipts and silences; `bad` versions never get a receipt, others do while the link is up."""

    def __init__(self) -> None:
        super().__init__()
        self.mind, self.newest, self.bad, self.up = Mind(), 0, set[int](), True
        self.unlucky: set[int] = set()

    @rule(bad=st.booleans(), broken_file=st.booleans())
    def offer(self, bad: bool, broken_file: bool) -> None:
        self.newest += 1
        if bad:
            self.bad.add(self.newest)
        if broken_file:
            self.unlucky.add(self.newest)
        self.mind = wanted(self.mind, self.newest, "cannot be run" if broken_file else "")

    @rule(version=st.integers(1, 5))
    def offer_an_old_one(self, version: int) -> None:
        before = chosen(self.mind)
        if version <= self.newest and version not in self.unlucky:
            self.mind = wanted(self.mind, version)
            if version <= self.mind.running or version in self.mind.refused:
                assert chosen(self.mind) == before

    @rule(up=st.booleans())
    def link(self, up: bool) -> None:
        self.up = up

    @precondition(lambda self: self.up and chosen(self.mind) not in self.bad)
    @rule()
    def receipt(self) -> None:
        self.mind = received(self.mind)

    @precondition(lambda self: not self.up or chosen(self.mind) in self.bad)
    @rule()
    def silence(self) -> None:
        self.mind = late(self.mind, "no receipt")

    @rule()
    def start(self) -> None:
        self.mind = started(self.mind)

    @invariant()
    def only_what_had_a_receipt_is_confirmed(self) -> None:
        assert self.mind.running not in self.bad | self.unlucky

    def teardown(self) -> None:
        """With the link up, it comes to rest on a version that gets receipts."""
        for _ in range(10 * (self.newest + 2)):
            quiet = chosen(self.mind) in self.bad
            self.mind = late(self.mind, "no receipt") if quiet else received(self.mind)
        assert not self.mind.trial
        assert not self.mind.proving
        assert chosen(self.mind) not in self.bad


TestMinds = Minds.TestCase
TestMinds.settings = rules(max_examples=200, stateful_step_count=30, deadline=None)
