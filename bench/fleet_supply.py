"""A province's log to measure with: mines, faces, and a fact set a mine and day, as large as real ones, straight into the records."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from contracts.clock import DAY, HOUR, SECOND
from contracts.facts import CITIES, FACTS, Fact, FactSet, Way, write_facts
from fleet.bodies import Profile, Workplace, write
from store.records import fleet_log
from store.records.engine import Records
from store.records.fleet_log import New

SYSTEMS = ("coal_face", "gas_control", "heading", "information_base", "main_haulage", "power_water", "safety_monitoring", "ventilation_air")
FACES = ("face-1", "face-2")
GATEWAYS = ("gw-1", "gw-2")
SUBJECTS = {
    "systems_running_share": SYSTEMS,
    **dict.fromkeys(("face_auto_hours", "face_producing_hours", "persons_at_face"), FACES),
    **dict.fromkeys(("network_delay_ms", "network_loss_share", "link_available_share", "receipt_delay_ms"), GATEWAYS),
}
"""Facts of several subjects; all others are the mine's."""
YES = ("upgrade_done", "organisation_set_up", "no_fatal_accident", "plan_uploaded")
ZERO = (
    *("settings_wider_than_table19", "must_methane_points_missing"),
    *("calibrations_at_once", "calibration_without_gas", "points_frozen", "peaks_cut"),
)
FIXED = {
    **dict.fromkeys((*YES, "calibration_on_time_rate"), 1.0),
    **dict.fromkeys(ZERO, 0.0),
    "face_auto_hours": 15.0,
    "face_producing_hours": 17.0,
}
TROUBLE = 0.0005
"""Share of facts that are bad, and again as many that say nothing: a month of eight systems is whole for three mines of four."""
ACTOR = "bench"


def fill(records: Records, mines: int, days: int, first: date, seed: int = 1) -> tuple[int, int]:
    """The register and `days` days of facts of `mines` mines. Returns fact sets and their bytes."""
    sets = size = 0
    with records.begin() as db:
        fleet_log.append(db, _register(mines, first), ACTOR, 0)
    for at in range(0, mines, 30):
        new = list(_facts(range(at, min(at + 30, mines)), days, first, seed))
        with records.begin() as db:
            fleet_log.append(db, new, ACTOR, 0)
        sets += len(new)
        size += sum(len(one.body) for one in new)
    return sets, size


def name_of(number: int) -> str:
    """Id of a mine."""
    return f"mine-{number:04d}"


def _register(mines: int, first: date) -> Iterator[New]:
    for number in range(mines):
        mine = name_of(number)
        city = CITIES[number % len(CITIES)]
        profile = Profile(mine=mine, name_zh=f"第{number}号煤矿", name_en=f"Mine {number}", city=city, capacity_mt=1.2)
        yield New("profile", mine, "", "", write(profile))
        for face in FACES:
            start = first.isoformat()
            place = Workplace(mine=mine, id=face, kind="face", name_zh=face, name_en=face, intelligent=True, valid_from=start)
            yield New("workplace", mine, "", face, write(place))


def _facts(numbers: range, days: int, first: date, seed: int) -> Iterator[New]:
    for number in numbers:
        chance = random.Random(f"{seed}/{number}")
        for ahead in range(days):
            day = first + timedelta(days=ahead)
            one = fact_set(name_of(number), day, chance)
            yield New("facts", one.mine, one.day, "", write_facts(one))


def fact_set(mine: str, day: date, chance: random.Random) -> FactSet:
    """Every fact of the catalogue, with numbers and evidence."""
    start = (day - date(1970, 1, 1)).days * DAY - 8 * HOUR
    facts = [
        _fact(name, subject, start, day, chance, declared=meaning.declared)
        for name, meaning in sorted(FACTS.items())
        for subject in SUBJECTS.get(name, ("",))
    ]
    return FactSet(mine, day.isoformat(), tuple(facts))


def _fact(name: str, subject: str, start: int, day: date, chance: random.Random, *, declared: bool) -> Fact:
    fortune = chance.random()
    value: float | None = _usual(name, day, chance)
    if not declared and fortune < 2 * TROUBLE:
        value = None if fortune < TROUBLE else _bad(name)
    document = "d" * 64 if declared else ""
    return Fact(
        name,
        value,
        1.0 if declared else round(0.95 + chance.random() / 20, 4),
        start,
        start + DAY,
        "declared@1" if declared else f"{name}@1",
        Way.DECLARED if declared else Way.MEASURED,
        subject,
        "too_little_data" if value is None else "",
        numbers={} if declared else {"seen": round(chance.random() * DAY / SECOND, 3), "due": DAY / SECOND, "points": 120.0},
        evidence=(f"document:{document}",) if declared else tuple(f"point:T{number:03d}" for number in range(4)),
        by="a" * 16 if declared else "",
        document=document,
        valid_to="2027-12-31" if declared else "",
    )


def _usual(name: str, day: date, chance: random.Random) -> float:
    if name == "licence_valid_until":
        return float(day.toordinal() + 200)
    return FIXED.get(name, round(0.96 + chance.random() / 30, 4) if name.endswith(("rate", "share")) else round(chance.random() * 40, 2))


def _bad(name: str) -> float:
    return 3.0 if name in ZERO else 0.5
