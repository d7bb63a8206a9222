"""How many people were on duty for a mine's alarms, by the rota. Pure."""

from collections.abc import Sequence

from alerts.config import Recipient
from alerts.rota import Rota, duty_at
from contracts.clock import HOUR


def operators(rotas: Sequence[Rota], recipients: Sequence[Recipient], mine: str, start: int, end: int) -> float | None:
    """On average in [start, end) (µs UTC), looked at every hour: those a rota names who hear of the mine at once. None where no rota names
    anybody of it: how many there are is then not known."""
    first = {one.name for one in recipients if one.step == 0 and one.role in ("", "mine") and one.hears_of(mine)}
    own = [rota for rota in rotas if first & rota.names]
    if not own or start >= end:
        return None
    times = range(start, end, HOUR)
    return sum(len({name for rota in own for name in duty_at(rota, at).who} & first) for at in times) / len(times)
