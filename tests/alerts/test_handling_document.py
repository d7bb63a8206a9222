"""docs/handling.md names every reason, every contradiction and every number of the pack, and its sample is read."""

import re
from pathlib import Path

from alerts.config import AlertsSection
from alerts.form import Facts, Form, contradictions
from alerts.packs.handling import load_handling
from alerts.referral import Why
from alerts.words_handling import CONTRADICTIONS, REASONS
from contracts.config import Section, load

TEXT = (Path(__file__).parents[2] / "docs" / "handling.md").read_text(encoding="utf-8")
PACK = load_handling()


def test_every_reason_and_contradiction_stands_in_the_document_and_has_words():
    assert [word for word in (*Why, *CONTRADICTIONS) if f"`{word}`" not in TEXT] == []
    assert [why for why in Why if why not in REASONS] == []


def test_the_checks_name_only_codes_that_have_words():
    facts = Facts(peak=9.0, duration_s=1e6, lock_test=False, neighbours_rise=1.0, fans_stopped=False, cut_reached=True, feed="on")
    forms = [Form(cause, peak=1.0, duration_s=1.0, cut=cut) for cause in ("lock_test", "fan_change") for cut in ("not_due", "yes")]
    assert {code for form in forms for code in contradictions(form, facts, PACK.tolerance)} == set(CONTRADICTIONS)


def test_the_numbers_of_the_pack_are_the_documents():
    tolerance, routing, evidence = PACK.tolerance, PACK.routing, PACK.evidence
    assert f"within {routing.answer_within_min:g} min" in TEXT
    assert f"more than {tolerance.duration_s:g} s and {tolerance.duration_share:.0%}".replace("%", " %") in TEXT
    assert f"rose by {tolerance.neighbours_rise:g} %CH4" in TEXT
    assert f"{evidence.before_min:g} min before to {evidence.after_min:g} min after" in TEXT
    assert all(f"`{rule}`" in TEXT for rule in PACK.rules)


def test_the_sample_names_its_pack():
    class Whole(Section, frozen=True):
        alerts: AlertsSection = AlertsSection()

    (sample,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert load(Whole, sample, {}).alerts.handling.endswith(".yaml")
