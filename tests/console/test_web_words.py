"""Both languages are complete: nothing a person reads is written anywhere but in the tables."""

import re
import string
from pathlib import Path

import pytest

from alerts.alarm import State as AlarmState
from console.web import states, words
from console.web.codes import CODES, code_words
from console.web.render import PAGE_WORDS
from console.web.words import LANGUAGES, WORDS, pick_language, say
from ingest.ledger import Word

WEB = Path(words.__file__).parent
SOURCES = [*WEB.glob("*.py"), *WEB.glob("templates/*.html"), *WEB.glob("static/*.js")]
TABLES = [path for path in SOURCES if path.stem.startswith("words") or path.name in ("codes.py", "access.py")]
"""Where both languages stand side by side."""
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.mark.parametrize("key", WORDS)
def test_a_key_has_words_in_both_languages_with_the_same_numbers(key):
    zh, en = WORDS[key]
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]

    assert zh.strip()
    assert en.strip()
    assert fields[0] == fields[1]
    assert CHINESE.search(zh) or not re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", zh)) or key == "nav.language"
    assert not CHINESE.search(en) or key == "nav.language"


@pytest.mark.parametrize("code", CODES)
def test_a_reason_code_has_words_in_both_languages_or_says_nothing_more(code):
    zh, en = CODES[code]

    assert bool(zh) == bool(en)
    assert bool(CHINESE.search(zh)) == bool(zh)
    assert not CHINESE.search(en)


def test_an_unknown_reason_code_stands_for_itself():
    assert code_words(["outbox full", "new-thing", "outbox full"]) == ("网关存储已满；new-thing", "outbox full; new-thing")


@pytest.mark.parametrize("path", [path for path in SOURCES if path not in TABLES], ids=lambda path: path.name)
def test_no_text_stands_outside_the_table(path):
    allowed = {"Noto Sans CJK SC"}
    text = path.read_text(encoding="utf-8")

    assert [found for found in CHINESE.findall(text) if found not in allowed] == []


@pytest.mark.parametrize("path", list(WEB.glob("templates/*.html")), ids=lambda path: path.name)
def test_a_template_holds_no_english_text(path):
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<svg.*?</svg>|<[^>]*>|&\w+;", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert re.findall(r"[A-Za-z]{2,}", bare) == []


def _asked_for() -> set[str]:
    literal = re.compile(r"""(?:\bt\(|say\(lang, |in_words\()\s*f?['"]([\w.]+)['"]""")
    found = {key for path in SOURCES for key in literal.findall(path.read_text(encoding="utf-8"))}
    return {key for key in found if not key.endswith(".")} | set(PAGE_WORDS.values())


def test_every_key_that_is_asked_for_is_in_the_table():
    assert _asked_for() - set(WORDS) == set()


def test_every_state_reason_and_gap_has_words():
    codes = re.findall(r'Reason\(\s*"(\w+)"|else "(\w+)"\)', Path(states.__file__).read_text(encoding="utf-8"))
    reasons = {f"reason.{code}" for pair in codes for code in pair if code}
    wanted = {f"state.{state}" for state in [*states.State, *states.MineState]} | reasons
    wanted |= {f"gap.{word}" for word in Word} | {f"alarm.state.{state}" for state in AlarmState}

    assert wanted - set(WORDS) == set()
    assert len(reasons) > 15


def test_every_key_of_the_table_is_used():
    """A key stands in the sources, or the beginning of a key that is put together there (`f"gap.{word}"`, `'act.' ~ deed`)."""
    sources = [*SOURCES, *(path for part in ("duty", "paper", "reports") for path in WEB.parent.glob(f"{part}/*.py"))]
    text = "".join(path.read_text(encoding="utf-8") for path in sources if not path.stem.startswith("words"))
    begun = tuple(re.findall(r"""["']([a-z_]+\.[a-z_.]*)(?:\{|["'] ?[~+])""", text))
    unused = [key for key in WORDS if key not in text and not key.startswith(begun) and key not in PAGE_WORDS.values()]

    assert len(begun) > 10
    assert unused == []


def test_chinese_is_spoken_unless_another_language_is_asked_for():
    assert [pick_language(None, None), pick_language("en", None), pick_language(None, "en"), pick_language("fr", "xx")] == [
        "zh",
        "en",
        "en",
        "zh",
    ]
    assert say("en", "reason.stale", {"seconds": 9}) == "last reading is 9 s old"
    assert len(LANGUAGES) == 2
