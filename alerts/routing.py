"""Who hears of what: by role, mine, area, district, step and shift. Pure.

Everything that decides it is in the transition, the alarm after it and the configuration; what was told before comes in as facts.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from alerts.alarm import Deed, Kind
from alerts.config import AlertsSection, Recipient
from alerts.rota import on_duty

ENTERING = (Kind.RAISE, Kind.CUT, Kind.PAST, Kind.UNPLAN, Kind.EXPIRE, Deed.UNSHELVE, Deed.RESTORE)
"""Changes after which somebody has to acknowledge."""
LEAVING = (Kind.RETURN, Kind.RESTORE)
REFER, ANSWER, CLOSE, RETURNED, ESCALATE, REMIND = "refer", "answer", "close", "returned", "escalate", "remind"
AT_ONCE = (REFER, RETURNED)
"""Notes that wait for nobody: somebody has to act on each of them."""
CALLS = (ESCALATE, REMIND)
_INSPECTORS = (REFER, ANSWER, CLOSE, *ENTERING, *LEAVING)
"""What an inspector hears of an alarm that is referred."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One transition to be told. `referred`: the alarm is with the inspector; `level`: the highest step called so far; `before`: who was
    told of this alarm before; `now`: µs UTC."""

    mine: str
    area: str
    change: str
    now: int
    referred: bool = False
    level: int = 0
    before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listening:
    """Who hears, and the step called now: higher than asked for where nobody of a lower one is on duty."""

    who: tuple[Recipient, ...]
    level: int


def resolved(section: AlertsSection) -> tuple[Recipient, ...]:
    """The recipients, an inspector's district written out as its mines."""
    mines = {district.name: district.mines for district in section.districts}
    return tuple(replace(one, mines=mines[one.district]) if one.district else one for one in section.recipients)


class Routing:
    """The configuration as it decides."""

    def __init__(self, section: AlertsSection) -> None:
        self._everybody, self._rotas = resolved(section), section.rota
        self.inspectors = any(one.role == "inspector" for one in self._everybody)

    def listening(self, heard: Heard) -> Listening:
        """Who hears of it, in the order of the configuration."""
        steps, level = self._called(heard)
        inspectors = [one for one in self._everybody if one.role == "inspector" and _inspects(one, heard)]
        admins = [one for one in self._everybody if one.role == "admin" and not heard.mine]
        names = {one.name for one in (*steps, *inspectors, *admins)}
        return Listening(tuple(one for one in self._everybody if one.name in names), level)

    def steps(self, mine: str, area: str) -> list[int]:
        """The steps somebody stands on who hears of this place, ascending."""
        return sorted({one.step for one in self._concerned(mine, area)})

    def _concerned(self, mine: str, area: str) -> list[Recipient]:
        return [one for one in self._everybody if concerns(one, mine, area)]

    def _called(self, heard: Heard) -> tuple[list[Recipient], int]:
        """Of those with a step. Who was told before hears what follows, on duty or not; a call is for its own step (and again for all)."""
        concerned = self._concerned(heard.mine, heard.area)
        duty = [one for one in concerned if on_duty(self._rotas, one.name, heard.now)] or concerned
        level = max(heard.level, min((one.step for one in duty), default=0))
        called = [one for one in duty if one.step <= level]
        if heard.change == ESCALATE:
            return [one for one in called if one.step == level or one.name not in heard.before] or called, level
        if heard.change == ANSWER:  # the mine's own word
            return [one for one in called if not one.role], level
        follows = [] if heard.change in (*ENTERING, *CALLS) else [one for one in concerned if one.name in heard.before]
        return called + [one for one in follows if one not in called], level


def concerns(one: Recipient, mine: str, area: str) -> bool:
    """Whether somebody with a step hears of this place. What has no area concerns all of the mine; the centre's own (no mine) those
    who hear of everything."""
    if one.role not in ("", "mine") or not one.hears_of(mine) or (one.role and not mine):
        return False
    return not one.areas or not area or area in one.areas


def _inspects(one: Recipient, heard: Heard) -> bool:
    return heard.referred and heard.change in _INSPECTORS and bool(heard.mine) and one.hears_of(heard.mine)
