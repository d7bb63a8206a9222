"""Templates to HTML: the one place where words, numbers and times meet the page."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from console.paper.paper import text_of
from console.web import times
from console.web.access import NOBODY, Viewer
from console.web.board import Scene
from console.web.draw import born_ms, gateway_word, gauge_of, share_class, share_text, split_of, unread_text
from console.web.rooms import room_of, rooms_of
from console.web.shapes import MineView, PointView, Words
from console.web.watch import Watch
from console.web.words import COOKIE, LANGUAGES, say
from contracts.clock import SECOND
from contracts.texts import shown

COOKIE_AGE = 365 * 86_400
PAGE_WORDS = {
    "unknown": "state.unknown",
    "wait": "link.wait",
    "live": "link.live",
    "lost": "link.lost",
    "since": "link.since",
    "stale": "reason.stale",
    "blind": "reason.no_link",
    "silent": "gateway.silent",
    "online": "gateway.online",
    "offline": "gateway.offline",
    "refused": "act.refused",
    "unsent": "act.unsent",
    "value": "chart.value",
    "mean": "chart.mean",
    "minimum": "chart.min",
    "maximum": "chart.max",
    "raw": "chart.raw",
    "buckets": "chart.buckets",
    "readings": "chart.readings",
    "empty": "chart.empty",
    "fold": "readings.fold",
    "time": "readings.time",
    **{unit: f"unit.{unit}" for unit in ("d", "h", "min", "s")},
    **{
        f"gap_{word}": f"gap.{word}" for word in ("not_sampled", "unanswered", "missing", "lost", "dead_lettered", "conflict", "no_reading")
    },
}
"""Words that the page's scripts need, by the name they use."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    finalize=lambda value: shown(value, "\n\t") if type(value) is str else value,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(gauge_of=gauge_of, gateway_word=gateway_word, split_of=split_of, unit=times.unit_text, number=times.value_text)
_templates.globals.update(rooms_of=rooms_of, room_of=room_of)
_templates.globals.update(grouped=times.count_text, share_class=share_class, share_text=share_text, cell_text=text_of)


def prepare() -> None:
    """Compile every template now, so that nobody waits for it at the first page."""
    for name in _templates.list_templates(extensions=["html"]):
        _templates.get_template(name)


def _pick(words: Words, lang: str) -> str:
    text: str = getattr(words, lang)
    return text


def _born(scene: Scene, view: PointView | MineView) -> Markup:
    """The attributes from which the page's script ticks an age."""
    fresh = Markup(' data-fresh="{}"').format(round(view.fresh_for_s * 1000)) if isinstance(view, PointView) else ""
    return Markup(' data-born="{}"{}').format(born_ms(view.age_s, scene.now), fresh)


def draw(
    request: Request, watch: Watch, lang: str, scene: Scene, template: str, facts: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """A page, for whoever asks. `?lang=` is remembered in a cookie."""
    zone = watch.plant.zone
    viewer: Viewer = getattr(request.state, "viewer", NOBODY)
    other = next(name for name in LANGUAGES if name != lang)
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    html = _templates.get_template(template).render(
        lang=lang,
        t=lambda key, **numbers: say(lang, key, numbers),
        pick=partial(_pick, lang=lang),
        zone=zone,
        now=scene.now,
        born=partial(_born, scene),
        age=lambda seconds: "—" if seconds is None else times.length_text(round(seconds * SECOND), lang),
        unread=unread_text(scene, lang, zone.clock),
        other_language="?" + urlencode([*query, ("lang", other)]),
        page_words={name: say(lang, key) for name, key in PAGE_WORDS.items()},
        viewer=viewer,
        **({"section": "", "stream_query": ""} | dict(facts)),
    )
    answer = HTMLResponse(html, status)
    if request.query_params.get("lang") == lang:
        answer.set_cookie(COOKIE, lang, max_age=COOKIE_AGE, httponly=True, samesite="lax")
    return answer
