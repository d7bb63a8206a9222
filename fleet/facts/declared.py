"""Facts by a person's word, on the days they hold. Pure.

The newest declaration of a name and subject counts. Once its last day is over there is no evidence: nobody's word holds for ever.
"""

from collections.abc import Iterable

import msgspec

from contracts.clock import DAY
from contracts.facts import FACTS, Fact, Way
from fleet.bodies import Declared
from fleet.facts.day import Day, nothing

HOW = "declared@1"


def declared(day: Day, found: Iterable[Declared]) -> list[Fact]:
    """Of each declared name and subject one fact; names that can only be declared and never were: no evidence."""
    facts = [_fact(day, one) for one in found]
    told = {fact.name for fact in facts}
    missing = [nothing(day, name, HOW, "not_declared") for name, fact in FACTS.items() if fact.declared and name not in told]
    return facts + [msgspec.structs.replace(fact, way=Way.DECLARED) for fact in missing]


def _fact(day: Day, one: Declared) -> Fact:
    why = ""
    if day.day > one.valid_to:
        why = "declaration_expired"
    elif day.day < one.valid_from:
        why = "declaration_not_yet_valid"
    return Fact(
        one.name,
        None if why else one.value,
        0.0 if why else 1.0,
        day.start,
        day.start + DAY,
        HOW,
        Way.DECLARED,
        one.subject,
        why,
        evidence=(f"document:{one.document}",) if one.document else (),
        by=one.by,
        document=one.document,
        valid_to=one.valid_to,
    )
