"""What the fleet's templates draw with: words of codes, links of references, marks of statuses. Pure."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from console.web.draw_fleet import split_status
from console.web.words import WORDS, say
from console.web.words_fleet import CITY_NAMES
from fleet.bodies import Status
from fleet.criteria.words import WHY_WORDS
from fleet.facts.words import WHYS
from fleet.suspect.kinds import FINDERS as BY_KIND
from fleet.view import DeclaredView

MARKS = {Status.MET: "normal", Status.NOT_MET: "fault", Status.NO_EVIDENCE: "unknown", Status.OPEN: "no_limit"}
"""The shape of a status, of `_shapes.html`."""


FINDERS = {str(kind): finder for kind, finder in BY_KIND.items()}


@dataclass(frozen=True, slots=True)
class Ref:
    """Where to look. `href` empty: nowhere to go; `kind`: of words."""

    kind: str
    label: str
    href: str


def ref_of(mine: str, ref: str) -> Ref:
    """A reference as a link of the console."""
    kind, _, rest = ref.partition(":")
    hrefs = {
        "alarm": f"/alarms/{quote(rest, safe='')}",
        "point": f"/mines/{quote(mine, safe='')}/points/{quote(rest, safe='')}",
        "permit": f"/permits?mine={quote(mine, safe='')}#permit-{quote(rest, safe='')}",
        "gap": "/receipts",
        "log": f"/fleet/log/{quote(rest, safe='')}",
        "document": "",
    }
    return Ref(kind, rest, hrefs[kind]) if kind in hrefs and rest else Ref("other", ref, "")


def plain_number(value: float | None) -> str:
    """A number with as many digits as it needs, at most four after the point; a dash where there is none."""
    return "—" if value is None else f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e9 else f"{value:.6g}"


def why_of(code: str, lang: str) -> str:
    """Words of a reason; the code itself where there are none."""
    key = f"fleet.why.{code}"
    if key in WORDS:
        return say(lang, key)
    finder = FINDERS.get(code)
    zh, en = (finder.zh, finder.en) if finder else WHY_WORDS.get(code) or WHYS.get(code) or (code, code)
    return zh if lang == "zh" else en


def city_of(city: str, lang: str) -> str:
    """A city as people read it."""
    return say(lang, "fleet.city.") if not city else city if lang == "zh" else CITY_NAMES.get(city, city)


def worded(lang: str, key: str, code: str) -> str:
    """The words of a key; the code where there are none."""
    return say(lang, key) if key in WORDS else code


def declared_value(one: DeclaredView) -> str:
    """A declared number."""
    return f"{plain_number(one.value)} {one.unit}".strip()


def tools(lang: str) -> dict[str, Any]:
    """The functions of the fleet's templates."""
    return {
        "marks": MARKS,
        "ref_of": ref_of,
        "plain_number": plain_number,
        "split_status": split_status,
        "declared_value": declared_value,
        "why": partial(why_of, lang=lang),
        "city": partial(city_of, lang=lang),
        "confidence": lambda code: worded(lang, f"fleet.confidence.{code}", code),
        "what": lambda code: worded(lang, f"fleet.what.{code}", code),
        "gas": lambda code: worded(lang, f"fleet.gas.{code}", code),
        "yes_no": lambda value: say(lang, "fleet.no_value" if value is None else "fleet.yes" if value else "fleet.no"),
    }
