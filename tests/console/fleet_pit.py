"""A fleet behind the console: some simulated mines with facts, verdicts, counts and suspicions, and two mines of the pit beside them."""

from datetime import date, timedelta

from console.fleet import registering
from console.fleet.registering import Deed
from console.fleet.trial_writing import Wanted, write_province
from console.web.times import BEIJING
from contracts.facts import Fact, FactSet, write_facts
from fleet import judging, suspecting
from fleet.bodies import Pin, Profile, Suspicion, write
from fleet.packs import load
from store.records import fleet_log
from store.records.fleet_log import New
from tests.console.web_pit import NOON, Pit

LAST = date.fromisoformat(BEIJING.day(NOON)) - timedelta(1)
"""The day before the pit's present one."""
PACKS = ("shanxi-2025", "shanxi-2023")
"""Judged by these; the others have no count."""
NAMES = {"north": ("北山煤矿", "Beishan mine"), "south": ("南沟煤矿", "Nangou mine")}


def fleet_of(mines: int = 8, days: int = 40, seed: int = 3, *, ours: bool = True) -> Pit:
    """A pit with a settled fleet. `ours`: north and south are registered too, with a fact each day and no more."""
    pit = Pit()
    settle(pit, Wanted(seed, mines, days, LAST))
    if ours:
        with pit.records.begin() as db:
            for mine in NAMES:
                register(pit, db, mine)
    judge(pit, LAST)
    return pit


def settle(pit: Pit, wanted: Wanted) -> None:
    """Simulated mines with facts and suspicions, and the series that the fleet is held against."""
    now = pit.clock.now()
    for _ in write_province(pit.records, wanted, now):
        pass
    with pit.records.begin() as db:
        registering.load_series(db, Deed("赵工", now))
        suspecting.record(db, wanted.first, wanted.last, "p-test", now)
        doubt(db, next(entry.mine for entry in fleet_log.current(db, "profile") if entry.mine.startswith("sim-")), wanted.last)


def judge(pit: Pit, last: date) -> None:
    """The verdicts of the last nine days."""
    with pit.records.begin() as db:
        for pack in PACKS:
            judging.record(db, load(pack), last - timedelta(8), last, "p-test", pit.clock.now())


def doubt(db, mine: str, last: date = LAST) -> None:  # a connection
    """A suspicion of the last day, as the night writes one, and the readings pinned beside it."""
    day = last.isoformat()
    said = Suspicion(
        mine=mine,
        day=day,
        kind="frozen_sensors",
        score=9.5,
        threshold=6.0,
        why_zh="七个测点整日不变",
        why_en="seven points showed one number all day",
        evidence=("point:T07",),
        numbers={"points": 7.0},
    )
    pin = Pin(mine=mine, of=f"suspicion/{day}/frozen_sensors", series={"T07": [(NOON + at, 0.31, 0) for at in range(120)]})
    fleet_log.append(db, [New("suspicion", mine, day, said.kind, write(said)), New("pin", mine, day, pin.of, write(pin))], "p-test", NOON)


def register(pit: Pit, db, mine: str, city: str = "太原") -> None:  # a connection
    """A mine of the pit with two days of one fact."""
    zh, en = NAMES[mine]
    profile = Profile(mine=mine, name_zh=zh, name_en=en, city=city, gas_class="high", capacity_mt=1.2)
    fleet_log.append(db, [New("profile", mine, "", "", write(profile))], "p-test", NOON)
    for back in (1, 0):
        day = (LAST - timedelta(back)).isoformat()
        facts = (
            Fact("exceedances", 1.0, 1.0, NOON, NOON, "alarms.counted@1", evidence=("alarm:1", "point:T00")),
            Fact("points_online_rate", 0.97 if back else None, 0.2, NOON, NOON, "points.online@1", why="" if back else "too_little_data"),
        )
        fleet_log.append(db, [New("facts", mine, day, "", write_facts(FactSet(mine, day, facts)))], "p-test", NOON)
