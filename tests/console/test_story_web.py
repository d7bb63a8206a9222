"""The story's page: only where a demo runs, only for who sees all of it, and asked for by its own pages only."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from console.story.play import Command, Mode, Standing, Story
from console.story.plot import CHAPTERS, Scene
from console.web.access import Role
from console.web.story import PLACES, SHAPES, story_view
from console.web.words import LANGUAGES, WORDS
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.test_story_play import played
from tests.console.web_pit import Pit

PATHS = ("/story", "/api/v1/story")


@dataclass
class Stage:
    """Stands where a demo's director stands."""

    story: Story = field(default_factory=Story)
    asked: list[Command] = field(default_factory=list)

    def ask(self, asked: Command) -> None:
        self.asked.append(asked)


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    return pit


def demo(pit: Pit, story: Story | None = None, **more: Any) -> tuple[Any, Stage]:
    app, stage = app_of(pit.plant, **more), Stage(story or Story())
    app.state.story = stage
    return app, stage


async def test_where_no_demo_runs_there_is_no_story(pit: Pit) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answers = [await web.get(path) for path in PATHS] + [await web.post("/story", data={"asked": "pause"})]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("at", [None, *Scene, "over"])
async def test_it_can_be_looked_at_at_any_moment(pit: Pit, lang: str, at: Scene | str | None) -> None:
    story = Story() if at is None else played(Story(), at if isinstance(at, Scene) else None)[0]
    app, _ = demo(pit, story)
    async with client_of(app) as web:
        answer = await web.get("/story", params={"lang": lang})
        told = (await web.get("/api/v1/story")).json()

    assert answer.status_code == 200
    assert all(WORDS[f"story.chapter.{chapter}"][LANGUAGES.index(lang)].replace("'", "&#39;") in answer.text for chapter in CHAPTERS)
    assert [one["number"] for one in told["chapters"]] == list(range(1, 9))
    assert answer.text.count('aria-current="step"') >= (1 if isinstance(at, Scene) else 0)


async def test_what_a_person_asks_goes_to_the_director_and_back_to_the_page(pit: Pit) -> None:
    app, stage = demo(pit)
    async with client_of(app) as web:
        for asked in Command:
            answer = await web.post("/story", data={"asked": str(asked)}, headers={"Origin": "http://davy.test"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/story")
        foreign = await web.post("/story", data={"asked": "end"}, headers={"Origin": "http://elsewhere.test"})
        unknown = await web.post("/story", data={"asked": "dance"})

    assert stage.asked == list(Command)
    assert (foreign.status_code, unknown.status_code) == (403, 422)


async def test_who_does_not_see_every_mine_sees_no_story_and_only_the_house_s_keeper_directs_it(pit: Pit) -> None:
    app, stage = demo(pit, entry=CLOSED)
    found = {}
    for role, mines in ((Role.ENGINEER, ("north",)), (Role.PROVINCE, ()), (Role.ADMIN, ())):
        async with client_of(app, session_of(pit, add_person(pit, f"story-{role}", role, *mines))) as web:
            page, asked = await web.get("/story"), await web.post("/story", data={"asked": "pause"})
            found[role] = page.status_code, asked.status_code, 'name="asked"' in page.text

    assert found == {Role.ENGINEER: (404, 404, False), Role.PROVINCE: (200, 403, False), Role.ADMIN: (200, 303, True)}
    assert stage.asked == [Command.PAUSE]


def test_every_standing_has_a_shape_and_every_step_a_page_where_it_is_seen() -> None:
    assert set(SHAPES) == set(Standing)
    assert set(PLACES) == set(CHAPTERS)
    over = replace(played(Story())[0], mode=Mode.OVER)
    assert all(one.places for one in story_view(over, over.ended).chapters)
