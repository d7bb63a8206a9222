"""The plant as one person sees it: everything of mines that are not theirs is not there at all.

Routes are given this instead of the plant, so that one that forgets to ask shows too little rather than too much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from sqlalchemy import Connection, select

from alerts.alarm import Action
from alerts.config import Recipient
from alerts.journal import Journal, Outcome, Timeline
from alerts.lockduty import Lock
from console.web.access import Role, Viewer
from console.web.board import Active
from console.web.days import Days
from console.web.plant import Plant
from console.web.referral import referred
from contracts.points import Registry
from ingest.ledger import LedgerDay
from ingest.live import Live
from ingest.revival import Revived
from store.interface import Store
from store.memory import MemoryStore
from store.records import alarms as table
from store.records import deadletters
from store.records.alarms import AlarmRow, TransitionRow
from store.records.engine import Records

NONE = -1
"""The number of no dead letter."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may see: mines (None: all), and of their alarms only those referred to them (an inspector)."""

    mines: frozenset[str] | None
    referred_only: bool = False

    def sees(self, mine: str) -> bool:
        return self.mines is None or mine in self.mines

    @property
    def everything(self) -> bool:
        return self.mines is None and not self.referred_only


def sight_of(viewer: Viewer) -> Sight:
    """What a viewer may see."""
    return Sight(viewer.mines, viewer.role is Role.INSPECTOR)


def live_of(live: Live, sight: Sight) -> Live:
    """The live view of these mines alone. What ingest keeps by mine or by gateway is copied by its key, registries by their mine."""
    if sight.mines is None:
        return live

    def ours(name: str, kept: dict[str, Any]) -> dict[str, Any]:
        if name == "registries":
            return {key: registry for key, registry in kept.items() if sight.sees(registry.mine)}
        return {key: value for key, value in kept.items() if sight.sees(key.partition("/")[0])}

    return Live(**{field.name: ours(field.name, getattr(live, field.name)) for field in fields(live)})


def plant_of(plant: Plant, sight: Sight) -> Plant:
    """The plant of these mines alone. What is the centre's own (backups, recipients who hear of all) is left out where not all is seen."""
    seen = replace(plant, journal=SeenJournal(plant.journal, sight))
    if sight.mines is None:
        return seen
    return replace(
        seen,
        store=cast("Store", SeenStore(plant.store, sight)),
        live=live_of(plant.live, sight),
        ledger=_ledger(plant.ledger, sight),
        replay=_replay(plant.replay, plant.records, sight),
        backup=None,
        backups=None,
        recipients=_recipients(plant.recipients, sight),
    )


def visible(db: Connection, rows: Sequence[AlarmRow], sight: Sight) -> list[AlarmRow]:
    """Those of the alarms that may be seen, in their order."""
    of_mines = [row for row in rows if sight.sees(row.mine)]
    if not sight.referred_only or not of_mines:
        return of_mines
    among = select(table.ALARMS.c.id).where(table.ALARMS.c.id.in_([row.id for row in of_mines]), table.ALARMS.c.id.in_(referred()))
    told = set(db.execute(among).scalars())
    return [row for row in of_mines if row.id in told]


def active_seen(active: Active, rows: tuple[AlarmRow, ...], sight: Sight) -> Active:
    """The open alarms with only these rows. States and counts of a seen mine stay whole: hiding an alarm makes nothing normal."""
    return replace(
        active,
        rows=rows,
        standing={key: one for key, one in active.standing.items() if sight.sees(key[0])},
        counts={mine: count for mine, count in active.counts.items() if sight.sees(mine)},
        version=hash(tuple((row.id, row.version) for row in rows)),
    )


class SeenJournal(Journal):
    """The journal without the alarms of other mines: they cannot be read, counted or acted upon."""

    def __init__(self, journal: Journal, sight: Sight) -> None:
        self.__dict__.update(vars(journal))
        self._sight = sight

    def active(self, db: Connection, mine: str | None = None) -> list[AlarmRow]:
        return visible(db, super().active(db, mine), self._sight)

    def listing(
        self, db: Connection, *, mine: str | None = None, state: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AlarmRow]:
        among = referred() if self._sight.referred_only else None
        return table.alarms(db, mine=mine, mines=self._sight.mines, among=among, state=state, before_id=after, limit=limit)

    def of(self, db: Connection, alarm_id: int) -> Timeline | None:
        found = super().of(db, alarm_id)
        return found if found is not None and visible(db, [found.alarm], self._sight) else None

    def act(self, db: Connection, alarm_id: int, action: Action, now: int) -> Outcome:
        return super().act(db, alarm_id, action, now) if self.of(db, alarm_id) is not None else Outcome(False, "no_such_alarm")

    def note(self, db: Connection, alarm_id: int, *args: Any, **more: Any) -> TransitionRow | None:
        return super().note(db, alarm_id, *args, **more) if self.of(db, alarm_id) is not None else None

    def lock_tests(self, db: Connection, registry: Registry, now: int) -> list[Lock]:
        return super().lock_tests(db, registry, now) if self._sight.sees(registry.mine) else []


class SeenStore:
    """The telemetry store, read only and of these mines only: of others it knows what a store knows that holds nothing."""

    BY_MINE = ("series", "buckets", "last", "count")
    BY_GATEWAY = ("held", "digest_of", "range_digest", "spans", "items", "item_columns", "polls", "runs", "newest")

    def __init__(self, store: Store, sight: Sight) -> None:
        self._store, self._sight, self.generation, self.read_beside = store, sight, store.generation, store.read_beside

    def __getattr__(self, name: str) -> Any:
        if name not in self.BY_MINE + self.BY_GATEWAY:
            raise AttributeError(name)

        def read(whose: str, *more: Any, **named: Any) -> Any:
            seen = self._sight.sees(whose.partition("/")[0])
            return getattr(self._store if seen else MemoryStore(), name)(whose, *more, **named)

        return read


class SeenDays(Days):
    """The gap ledger of these mines' gateways; counted once for everybody."""

    def __init__(self, days: Days, sight: Sight) -> None:
        self._days, self._sight = days, sight

    async def of(self, gateway: str, start: int, end: int, fresh: bool = False) -> list[LedgerDay]:
        return await self._days.of(gateway, start, end, fresh) if self._sight.sees(gateway.partition("/")[0]) else []


def _ledger(ledger: Callable[[str, int, int], list[LedgerDay]], sight: Sight) -> Callable[[str, int, int], list[LedgerDay]]:
    return lambda gateway, start, end: ledger(gateway, start, end) if sight.sees(gateway.partition("/")[0]) else []


def _replay(replay: Callable[[int], Revived], records: Records, sight: Sight) -> Callable[[int], Revived]:
    """As for a dead letter that does not exist, where it is another mine's."""

    def work(letter: int) -> Revived:
        with records.read() as db:
            found = deadletters.get(db, letter)
        return replay(letter if found is None or sight.sees(found.gateway.partition("/")[0]) else NONE)

    return work


def _recipients(recipients: Sequence[Recipient], sight: Sight) -> tuple[Recipient, ...]:
    """Those who hear of seen mines only: how one is served who hears of others too would tell of them."""
    return tuple(one for one in recipients if one.mines and all(sight.sees(mine) for mine in one.mines))
