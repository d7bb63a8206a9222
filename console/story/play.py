"""The story as a state machine. Pure: what was looked at and `now` come in, what is to be done goes out.

A scene that is not seen within its time is told as not seen, and the story goes on; what rests on it is told as not possible.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from console.story.facts import Facts
from console.story.plot import PLOT, Chapter, Deed, Plan, calibration_seconds
from console.story.proofs import BEGAN, GAS_UNTIL, PROOFS, Proof, Value, reads_air
from contracts.clock import SECOND


class Mode(StrEnum):
    """Of the whole."""

    READY = "ready"
    """Waits for the mines, then begins by itself."""
    PLAYING = "playing"
    PAUSED = "paused"
    ENDING = "ending"
    """What was ordered is taken back; a sensor under test gas is left to read air again first."""
    OVER = "over"
    """Played to its end."""
    ENDED = "ended"
    """Ended before."""


class Standing(StrEnum):
    """Of a scene or chapter."""

    WAITING = "waiting"
    HAPPENING = "happening"
    SEEN = "seen"
    MISSED = "missed"
    IMPOSSIBLE = "impossible"
    """What it rests on was not seen."""
    BROKEN = "broken"
    """Ended before it was seen."""


class Command(StrEnum):
    """What a person asks for."""

    PAUSE = "pause"
    RESUME = "resume"
    AGAIN = "again"
    END = "end"


@dataclass(frozen=True, slots=True)
class Turn:
    """A scene as it went. Times µs UTC, 0: not yet."""

    standing: Standing = Standing.WAITING
    began: int = 0
    seen: int = 0
    deadline: int = 0
    proofs: tuple[Proof, ...] = ()
    refused: str = ""
    """Why a deed was refused, in the words of whoever refused it."""


@dataclass(frozen=True, slots=True)
class Story:
    """`run` counts how often it was begun; `noted`: what scenes found that later ones need. `began`: by the story's own
    time, which stands while it is paused. `paused`: since when, 0: it is not."""

    mode: Mode = Mode.READY
    run: int = 0
    at: int = 0
    turns: tuple[Turn, ...] = (Turn(),) * len(PLOT)
    began: int = 0
    ended: int = 0
    paused: int = 0
    again: bool = False
    speed: float = 1.0
    """Simulated seconds that pass in one: the mines hurry, and so does the story."""
    noted: Mapping[str, Value] = field(default_factory=dict)

    @property
    def plan(self) -> Plan | None:
        """The scene under way."""
        return PLOT[self.at] if self.mode in (Mode.PLAYING, Mode.PAUSED) else None

    @property
    def turn(self) -> Turn:
        return self.turns[self.at]

    def of(self, chapter: Chapter) -> list[tuple[Plan, Turn]]:
        """A chapter's scenes."""
        return [(plan, turn) for plan, turn in zip(PLOT, self.turns, strict=True) if plan.chapter is chapter]

    def standing(self, chapter: Chapter) -> Standing:
        """A chapter is seen where all of its scenes were."""
        found = [turn.standing for _, turn in self.of(chapter)]
        if Standing.HAPPENING in found or (Standing.WAITING in found and any(one is not Standing.WAITING for one in found)):
            return Standing.HAPPENING if self.plan is not None else Standing.BROKEN
        return next((one for one in (Standing.MISSED, Standing.IMPOSSIBLE, Standing.WAITING) if one in found), Standing.SEEN)


Step = tuple[Story, tuple[Deed, ...]]


def tick(story: Story, facts: Facts) -> Step:
    """One look."""
    if story.mode is Mode.READY:
        return _begun(story, facts.now) if facts.ready else (story, ())
    if story.mode is Mode.PLAYING:
        return _played(story, facts)
    if story.mode is Mode.ENDING:
        return _ending(story, facts)
    return story, ()


def command(story: Story, asked: Command, now: int) -> Story:
    """What a person asked for, where it can be; else the story as it is."""
    playing = story.mode in (Mode.PLAYING, Mode.PAUSED)
    if asked is Command.PAUSE and story.mode is Mode.PLAYING:
        return replace(story, mode=Mode.PAUSED, paused=now)
    if asked is Command.RESUME and story.mode is Mode.PAUSED:
        lasted, turn = now - story.paused, story.turn
        later = replace(turn, deadline=turn.deadline + lasted, seen=turn.seen + lasted if turn.seen else 0)
        return replace(_put(story, later), mode=Mode.PLAYING, paused=0, began=story.began + lasted)
    if asked is Command.END and (playing or story.mode in (Mode.READY, Mode.OVER, Mode.ENDING)):
        return replace(story, mode=Mode.ENDING, again=False, paused=0, ended=story.ended or now)
    if asked is Command.AGAIN and story.mode is not Mode.READY:
        return replace(story, mode=Mode.ENDING, again=True, paused=0, ended=story.ended or now)
    return story


def took(story: Story, deed: Deed, noted: Mapping[str, Value], refused: str = "") -> Story:
    """What came of a deed."""
    story = replace(story, noted={**story.noted, **noted})
    if refused and story.plan is not None and deed in story.plan.deeds:
        return _put(story, replace(story.turn, refused=refused))
    return story


def _begun(story: Story, now: int) -> Step:
    fresh = Story(Mode.PLAYING, story.run + 1, began=now, noted={BEGAN: now}, speed=story.speed)
    return _entered(fresh, 0, now)


def _entered(story: Story, at: int, now: int) -> Step:
    """The next scene that is possible, or the end."""
    while at < len(PLOT):
        plan = PLOT[at]
        if not plan.needs or plan.needs in story.noted:
            turn = Turn(Standing.HAPPENING, now, deadline=now + plan.limit_s * SECOND)
            if plan.gas and GAS_UNTIL not in story.noted:
                story = replace(story, noted={**story.noted, GAS_UNTIL: now + calibration_seconds(story.speed) * SECOND})
            return _put(replace(story, at=at), turn), plan.deeds
        story = _put(replace(story, at=at), Turn(Standing.IMPOSSIBLE, now))
        at += 1
    return replace(story, mode=Mode.OVER, ended=now), ()


def _played(story: Story, facts: Facts) -> Step:
    plan, turn, now = PLOT[story.at], story.turn, facts.now
    if turn.standing is Standing.HAPPENING:
        shown = PROOFS[plan.scene](facts, story.noted, turn.began)
        story = replace(story, noted={**story.noted, **shown.noted})
        if shown.proofs:
            turn = replace(turn, standing=Standing.SEEN, seen=now, proofs=shown.proofs)
        elif now >= turn.deadline:
            turn = replace(turn, standing=Standing.MISSED, seen=now)
        story = _put(story, turn)
    if turn.standing is Standing.MISSED or (turn.standing is Standing.SEEN and now - turn.seen >= plan.holds_s * SECOND / story.speed):
        return _entered(story, story.at + 1, now)
    return story, ()


def _ending(story: Story, facts: Facts) -> Step:
    """People are done with what they began: the permit last, when its sensor reads air again."""
    deeds = (Deed.REVOKE,) if facts.official is not None and facts.official.entry else ()
    if facts.permit is not None:
        return story, (*deeds, Deed.END_PERMIT) if reads_air(facts, story.noted) else deeds
    if deeds:
        return story, deeds
    return (replace(story, mode=Mode.READY, again=False), ()) if story.again else (replace(story, mode=Mode.ENDED), ())


def _put(story: Story, turn: Turn) -> Story:
    return replace(story, turns=(*story.turns[: story.at], turn, *story.turns[story.at + 1 :]))
