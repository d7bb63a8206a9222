"""The demo's story as page and API show it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from console.story.play import Command, Mode, Standing, Story, Turn
from console.story.plot import CALIBRATED, CHAPTERS, CORNER, FAR, MINE, OTHER, RISE, SHEARER, TEST_GAS, Chapter, Plan
from console.story.proofs import Proof
from console.web.shapes import Words
from console.web.words import LANGUAGES, say

SHAPES = {
    Standing.WAITING: "no_limit",
    Standing.HAPPENING: "partial",
    Standing.SEEN: "normal",
    Standing.MISSED: "unknown",
    Standing.IMPOSSIBLE: "unknown",
    Standing.BROKEN: "unknown",
}
"""The shape beside the word of a standing."""
PLACES: dict[Chapter, tuple[tuple[str, str], ...]] = {
    Chapter.CUTTING: (("point", f"/mines/{MINE}/points/{SHEARER}"),),
    Chapter.GAS: (("point", f"/mines/{MINE}/points/{CORNER}"),),
    Chapter.WARNING: (("findings", f"/findings?mine={MINE}"), ("mine", f"/mines/{MINE}")),
    Chapter.ALARM: (("alarms", f"/alarms?mine={MINE}"), ("point", f"/mines/{MINE}/points/{CORNER}")),
    Chapter.ANSWER: (("alarms", f"/alarms?mine={MINE}"), ("inspect", "/inspect")),
    Chapter.CALIBRATION: (("permits", f"/permits?mine={MINE}"), ("point", f"/mines/{MINE}/points/{CALIBRATED}")),
    Chapter.LINK: (("mine", f"/mines/{OTHER}"), ("receipts", "/receipts")),
    Chapter.FLEET: (("fleet", "/fleet"),),
}
CHARTS = {Chapter.CALIBRATION: (MINE, CALIBRATED), Chapter.LINK: (OTHER, FAR)}
"""What the chart shows in a chapter; else the corner."""


@dataclass(frozen=True, slots=True)
class ProofView:
    """One thing that was seen, and where."""

    key: str
    words: Words
    at_us: int
    href: str


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A page where it is seen."""

    words: Words
    href: str


@dataclass(frozen=True, slots=True)
class ChapterView:
    """One step. `looks`: what is looked for now; `missed`: what was looked for in vain; `refused`: what a service did not take."""

    number: int
    key: str
    title: Words
    what: Words
    standing: str
    standing_words: Words
    shape: str
    proofs: list[ProofView]
    looks: list[Words]
    missed: list[Words]
    refused: list[str]
    places: list[PlaceView]


@dataclass(frozen=True, slots=True)
class StoryView:
    """The story. `at`: the number of the step under way, 0: none is; `lasted_us`: since it began, or from beginning to end."""

    mode: str
    mode_words: Words
    run: int
    at: int
    lasted_us: int
    chapters: list[ChapterView]
    may: list[str]
    chart_mine: str
    chart_point: str


def story_view(story: Story, now: int) -> StoryView:
    under_way = story.plan.chapter if story.plan is not None else None
    mine, point = CHARTS.get(under_way, (MINE, CORNER)) if under_way is not None else (MINE, CORNER)
    return StoryView(
        mode=str(story.mode),
        mode_words=_words(f"story.mode.{story.mode}"),
        run=story.run,
        at=CHAPTERS.index(under_way) + 1 if under_way is not None else 0,
        lasted_us=max((story.ended or story.paused or now) - story.began, 0) if story.began else 0,
        chapters=[_chapter(story, chapter, number) for number, chapter in enumerate(CHAPTERS, 1)],
        may=[str(one) for one in Command if one in _MAY[story.mode]],
        chart_mine=mine,
        chart_point=point,
    )


_MAY: dict[Mode, tuple[Command, ...]] = {
    Mode.READY: (Command.END,),
    Mode.PLAYING: (Command.PAUSE, Command.AGAIN, Command.END),
    Mode.PAUSED: (Command.RESUME, Command.AGAIN, Command.END),
    Mode.ENDING: (),
    Mode.OVER: (Command.AGAIN, Command.END),
    Mode.ENDED: (Command.AGAIN,),
}


def _chapter(story: Story, chapter: Chapter, number: int) -> ChapterView:
    standing, scenes = story.standing(chapter), story.of(chapter)
    now = story.plan
    return ChapterView(
        number=number,
        key=str(chapter),
        title=_words(f"story.chapter.{chapter}"),
        what=_words(f"story.what.{chapter}", {"gas": f"{TEST_GAS:.1f}", "mine": OTHER}),
        standing=str(standing),
        standing_words=_words(f"story.standing.{standing}"),
        shape=SHAPES[standing],
        proofs=[proof_view(proof) for _, turn in scenes for proof in turn.proofs],
        looks=[_looks(plan) for plan, turn in scenes if plan is now and turn.standing is Standing.HAPPENING],
        missed=[_looks(plan) for plan, turn in scenes if turn.standing is Standing.MISSED],
        refused=list(_refusals(scenes)),
        places=[PlaceView(_words(f"story.link.{key}"), href) for key, href in PLACES[chapter]],
    )


def _refusals(scenes: list[tuple[Plan, Turn]]) -> Iterator[str]:
    yield from (turn.refused for _, turn in scenes if turn.refused)


def proof_view(proof: Proof) -> ProofView:
    return ProofView(proof.key, _words(f"story.saw.{proof.key}", proof.numbers), proof.at, proof.href)


def _looks(plan: Plan) -> Words:
    return _words(f"story.look.{plan.scene}", {"rise": f"{RISE:.2f}"})


def _words(key: str, numbers: Mapping[str, str | Words] | None = None) -> Words:
    """The text of a key in both languages; numbers that are words of their own in the same language."""
    return Words(*(say(lang, key, {name: _in(value, lang) for name, value in (numbers or {}).items()}) for lang in LANGUAGES))


def _in(value: str | Words, lang: str) -> str:
    text: str = value if isinstance(value, str) else getattr(value, lang)
    return text
