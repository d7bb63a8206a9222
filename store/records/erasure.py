"""Taking a person's name out of what they did: a pseudonym stands there afterwards, the one the audit chain has had all along."""

from sqlalchemy import Connection, func, select, update

from store.records import people
from store.records.audit import pseudonym
from store.records.engine import declared
from store.records.people import PEOPLE, Person

NAMES: dict[str, tuple[str, ...]] = {
    "alarm_transitions": ("by",),
    "calibration_periods": ("name",),
    "calibrations": ("name",),
    "comparisons": ("name",),
    "drills": ("name",),
    "duty_log": ("by",),
    "evidence_files": ("by",),
    "finding_marks": ("name",),
    "handling_answers": ("by",),
    "handling_verdicts": ("by",),
    "handovers": ("given_by", "taken_by"),
    "manual_readings": ("name",),
    "manual_tasks": ("name", "closer"),
    "permit_plans": ("name",),
    "permits": ("dispatcher", "caller", "closer"),
    "report_reviews": ("by",),
    "report_versions": ("by",),
    "shift_patterns": ("by",),
}
"""Where names of people stand, by table and column. What was frozen under a hash or a signature (handovers, report versions, evidence
files) keeps the names in it: taking one out would make the document another. Free words are as somebody wrote them."""
NO_PEOPLE = frozenset({("owners", "name"), ("registries", "name"), ("registry_uses", "name"), ("people", "name")})
"""Columns of such a name in which nobody's stands, or that `people.erase` empties itself."""
SPOKEN = frozenset({"by", "name", "given_by", "taken_by", "dispatcher", "caller", "closer"})
"""What such columns are called; a test finds those that a new table brings."""


def shared(db: Connection, person: Person) -> bool:
    """Whether somebody else has the same name: what they did cannot be told apart by it."""
    same = select(func.count()).select_from(PEOPLE).where(PEOPLE.c.name == person.name, PEOPLE.c.id != person.id)
    return bool(db.execute(same).scalar_one())


def erase(db: Connection, person: Person, now: int) -> int:
    """Erase a person and their name where it stands; how many rows now have the pseudonym. Rows are left where the name is shared."""
    count, tables = 0, declared().tables
    for name, columns in NAMES.items() if person.name and not shared(db, person) else ():
        for column in (tables[name].c[one] for one in columns):
            count += db.execute(update(tables[name]).where(column == person.name).values({column: pseudonym(person.name)})).rowcount
    people.erase(db, person, now)
    return count
