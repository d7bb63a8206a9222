"""docs/handling.md and its Chinese twin name every reason, contradiction and number of the pack, and their sample is read."""

import re
from pathlib import Path

import pytest

from alerts.config import AlertsSection
from alerts.form import Facts, Form, contradictions
from alerts.packs.handling import load_handling
from alerts.referral import Why
from alerts.words_handling import CONTRADICTIONS, REASONS
from contracts.config import Section, load

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {lang: (DOCS / name).read_text(encoding="utf-8") for lang, name in (("zh", "handling.zh.md"), ("en", "handling.md"))}
LANG = pytest.mark.parametrize("lang", TEXTS)
PACK = load_handling()


@LANG
def test_every_reason_and_contradiction_stands_in_the_document_and_has_words(lang):
    assert [word for word in (*Why, *CONTRADICTIONS) if f"`{word}`" not in TEXTS[lang]] == []
    assert [why for why in Why if why not in REASONS] == []


def test_the_checks_name_only_codes_that_have_words():
    facts = Facts(peak=9.0, duration_s=1e6, lock_test=False, neighbours_rise=1.0, fans_stopped=False, cut_reached=True, feed="on")
    forms = [Form(cause, peak=1.0, duration_s=1.0, cut=cut) for cause in ("lock_test", "fan_change") for cut in ("not_due", "yes")]
    assert {code for form in forms for code in contradictions(form, facts, PACK.tolerance)} == set(CONTRADICTIONS)


@LANG
def test_the_numbers_of_the_pack_are_the_documents(lang):
    tolerance, routing, evidence, zh = PACK.tolerance, PACK.routing, PACK.evidence, lang == "zh"
    share = f"{tolerance.duration_share:.0%}".replace("%", " %")
    due, seconds, rise = routing.answer_within_min, tolerance.duration_s, tolerance.neighbours_rise
    before, after = evidence.before_min, evidence.after_min
    said = (
        f"{due:g} min 内未答复" if zh else f"within {due:g} min",
        f"超过 {seconds:g} s 且超过 {share}" if zh else f"more than {seconds:g} s and {share}",
        f"升高 {rise:g} %CH4" if zh else f"rose by {rise:g} %CH4",
        f"报警前 {before:g} min 至报警后 {after:g} min" if zh else f"{before:g} min before to {after:g} min after",
    )
    assert [words for words in said if words not in TEXTS[lang]] == []
    assert all(f"`{rule}`" in TEXTS[lang] for rule in PACK.rules)


@LANG
def test_the_sample_names_its_pack(lang):
    class Whole(Section, frozen=True):
        alerts: AlertsSection = AlertsSection()

    (sample,) = re.findall(r"```toml\n(.*?)```", TEXTS[lang], re.DOTALL)
    assert load(Whole, sample, {}).alerts.handling.endswith(".yaml")


def test_the_chinese_page_calls_the_causes_as_the_form_does():
    asked = {cause.id: cause.zh.split("（须")[0].replace("（", " (").replace("）", ")") for cause in PACK.causes}
    assert [zh for of, zh in asked.items() if of in ("test_gas", "lock_test", "moved", "fan_change") and zh not in TEXTS["zh"]] == []
