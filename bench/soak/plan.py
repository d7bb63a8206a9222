"""Which fault strikes what, when and for how long: drawn beforehand from a seed, so that a night can be had again. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is done. Kills are SIGKILL, started again a moment later; the others are undone after `lasts_s`."""

    KILL_AGENT = "kill_agent"
    KILL_BROKER = "kill_broker"
    KILL_CENTRE = "kill_centre"
    KILL_STORE = "kill_store"
    STOP_BROKER = "stop_broker"
    STOP_STORE = "stop_store"
    FILL_AGENT_DISK = "fill_agent_disk"
    FILL_CENTRE_DISK = "fill_centre_disk"
    STEP_CLOCK = "step_clock"
    CUT_LINK = "cut_link"
    BAD_PAYLOADS = "bad_payloads"
    SLOW_BROWSERS = "slow_browsers"


KILLS = (Kind.KILL_AGENT, Kind.KILL_BROKER, Kind.KILL_CENTRE, Kind.KILL_STORE)
FILLS = (Kind.FILL_AGENT_DISK, Kind.FILL_CENTRE_DISK)
LASTS_S = {
    Kind.STOP_BROKER: (4.0, 25.0),
    Kind.STOP_STORE: (3.0, 15.0),
    Kind.FILL_AGENT_DISK: (5.0, 40.0),
    Kind.FILL_CENTRE_DISK: (4.0, 20.0),
    Kind.STEP_CLOCK: (15.0, 60.0),
    Kind.CUT_LINK: (4.0, 100.0),
    Kind.BAD_PAYLOADS: (0.0, 0.0),
    Kind.SLOW_BROWSERS: (10.0, 60.0),
}
STEPS_S = (-45, -7, -1, 3, 90)
"""What a gateway's clock is set off by. Whole seconds: its polls stay between two steps of the device."""
FIRST_S = 8.0
"""So long nothing is struck."""
KILLING, STRIKING = 0.6, 0.88
"""Parts of the night: nothing is killed after the first (a process must live long for its memory to be looked at), nothing is struck
after the second."""
LEAST_STRIKING_S = 30.0
GAP_S = (2.5, 20.0)
"""Between two faults, the shorter the night."""


@dataclass(frozen=True, slots=True)
class Fault:
    """At `at_s` after the load's start. `target`: which agent, which cable; 0 where there is one. `step_s`: of a clock."""

    at_s: float
    kind: Kind
    target: int = 0
    lasts_s: float = 0.0
    step_s: int = 0

    def __str__(self) -> str:
        step = f" by {self.step_s:+d} s" if self.step_s else ""
        lasts = f" for {self.lasts_s:.0f} s" if self.lasts_s else ""
        return f"{self.at_s:7.1f} s  {self.kind}[{self.target}]{step}{lasts}"


def kinds(*, influx: bool, disks: bool) -> list[Kind]:
    """What can be done here: a database that is killed is one of its own, disks are filled where small ones can be mounted."""
    return [kind for kind in Kind if (influx or kind is not Kind.KILL_STORE) and (disks or kind not in FILLS)]


def plan(seconds: float, seed: int, able: Sequence[Kind], agents: int, cables: int) -> list[Fault]:
    """The night's faults in order of time: rounds of every kind in a random order, so that none is forgotten."""
    chance = random.Random(seed)  # a night that can be had again, no secret
    end = FIRST_S + max(LEAST_STRIKING_S, seconds * STRIKING - FIRST_S)
    gap = min(max((end - FIRST_S) / (len(able) + 1), GAP_S[0]), GAP_S[1])
    faults, at = list[Fault](), FIRST_S
    turn = list[Kind]()
    while at < min(end, seconds):
        if not turn:
            turn = chance.sample(list(able), len(able))
        kind = turn.pop()
        if kind in KILLS and at > max(KILLING * seconds, FIRST_S + gap * len(able)):
            continue
        faults.append(_fault(chance, at, kind, agents, cables, gap))
        at += gap * chance.uniform(0.7, 1.3)
    return faults


def _fault(chance: random.Random, at: float, kind: Kind, agents: int, cables: int, gap: float) -> Fault:
    low, high = LASTS_S.get(kind, (0.0, 0.0))
    lasts = chance.uniform(low, max(low, min(high, 6 * gap)))
    target = chance.randrange(cables) if kind is Kind.CUT_LINK else chance.randrange(agents) if kind is Kind.KILL_AGENT else 0
    return Fault(round(at, 1), kind, target, round(lasts, 1), chance.choice(STEPS_S) if kind is Kind.STEP_CLOCK else 0)


def broken(faults: Sequence[Fault], aftermath_s: float) -> list[tuple[float, float]]:
    """When something was broken or had been until `aftermath_s` before, as (from, to) in s, joined."""
    out = list[tuple[float, float]]()
    for fault in sorted(faults, key=lambda fault: fault.at_s):
        start, end = fault.at_s, fault.at_s + fault.lasts_s + aftermath_s
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
