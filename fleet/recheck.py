"""A span of days judged anew from the log on all cores, and held against the verdicts that stand in it. Nothing is written.

Mines are judged apart from each other, so each process takes some of them with a reader of its own.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context

from msgspec.structs import replace

from fleet import judging
from fleet.bodies import Status
from fleet.packs import Pack, read_pack
from store.records.engine import Records, open_records

AT_ONCE = 50
"""Mines in one order to a process: small enough that all cores end together."""


@dataclass(slots=True)
class Recheck:
    """`days`: mines by outcome of each day (ISO); `sets`: verdict sets made; `same`: as they stand in the log;
    `differ`: (mine, day) that stand there otherwise; `absent`: not in the log, or by another text of the pack."""

    days: dict[str, dict[str, int]] = field(default_factory=dict)
    sets: int = 0
    same: int = 0
    absent: int = 0
    differ: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: "Recheck") -> None:
        """Of other mines."""
        for day, counts in other.days.items():
            mine = self.days.setdefault(day, dict.fromkeys(counts, 0))
            for status, number in counts.items():
                mine[status] += number
        self.sets += other.sets
        self.same += other.same
        self.absent += other.absent
        self.differ += other.differ


@dataclass(frozen=True, slots=True)
class _Order:
    """What a process is told to do."""

    address: str
    pack: str
    first: date
    last: date
    mines: tuple[str, ...]


def recheck(records: Records, address: str, pack: Pack, first: date, last: date, processes: int) -> Recheck:
    """All mines of the log on these days. `address`: of the same records, for the other processes; with one process there are none."""
    with records.read() as db:
        mines = judging.known_mines(db)
    orders = [_Order(address, pack.text, first, last, tuple(mines[at : at + AT_ONCE])) for at in range(0, len(mines), AT_ONCE)]
    done = Recheck()
    if processes < 2 or len(orders) < 2:
        for order in orders:
            done.add(_some(records, pack, order))
        return done
    with ProcessPoolExecutor(min(processes, len(orders)), get_context("spawn")) as pool:
        for part in pool.map(_apart, orders):
            done.add(part)
    return done


def _apart(order: _Order) -> Recheck:
    records = open_records(order.address)
    try:
        return _some(records, read_pack(order.pack.encode()), order)
    finally:
        records.close()


def _some(records: Records, pack: Pack, order: _Order) -> Recheck:
    done = Recheck()
    days = [order.first + timedelta(days=ahead) for ahead in range((order.last - order.first).days + 1)]
    done.days = {day.isoformat(): {status.value: 0 for status in Status} for day in days}
    with records.read() as db:
        for part in judging.parts(db, pack, order.first, order.last, order.mines):
            held = judging.held(db, pack, part.judged.mines, (order.first, order.last))
            for mine in part.judged.mines:
                _mine(done, part, mine, (order.first, order.last), held)
    return done


def _mine(done: Recheck, part: judging.Part, mine: str, span: tuple[date, date], held: judging.Held) -> None:
    for said in part.days(mine, *span):
        stands = held.get((mine, said.day))
        done.days[said.day][said.outcome.value] += 1
        done.sets += 1
        if stands is None or stands.pack_hash != said.pack_hash:
            done.absent += 1
        elif replace(stands, correction="") == said:
            done.same += 1
        else:
            done.differ.append((mine, said.day))
