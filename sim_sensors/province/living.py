"""Mines with all that is known of them over a span of days: what truly happens, what is done to it, what is seen, and the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sim_sensors.province.below import Below, below
from sim_sensors.province.deeds import Deeds, deeds
from sim_sensors.province.mines import Mine, mine
from sim_sensors.province.seen import Seen, seen
from sim_sensors.province.truth import Truth, truth


@dataclass(frozen=True, slots=True)
class Lived:
    """One mine's days."""

    mine: Mine
    true: Below
    done: Deeds
    seen: Seen
    truth: Truth


def lived(seed: int, number: int, days: int, first: date) -> Lived:
    """The mine with this number over `days` days from `first` on."""
    who = mine(seed, number)
    true = below(seed, who, days)
    done = deeds(seed, true)
    return Lived(who, true, done, seen(seed, true, done), truth(true, done, first))


def province(seed: int, mines: int, days: int, first: date) -> Iterator[Lived]:
    """All mines of a province, one after the other: together they would not fit into memory."""
    for number in range(mines):
        yield lived(seed, number, days, first)
