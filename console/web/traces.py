"""The readings around an alarm, as the console reads them: through the plant, in the store's thread."""

from alerts.form import Facts
from alerts.traces import Trace, facts_of, traces, window
from console.web.plant import Plant
from contracts.points import Registry
from store.records import alarms as table
from store.records import permits
from store.records.alarms import AlarmRow

KIN = 50
"""Newest alarms of a point looked through for cuts and lock tests beside this one."""


def facts(plant: Plant, row: AlarmRow, now: int) -> Facts:
    """What the data say of an alarm now."""
    return facts_from(plant, row, read(plant, row, now), now)


def read(plant: Plant, row: AlarmRow, now: int) -> list[Trace]:
    """The traces around it, its own point's first."""
    return traces(plant.store, registry_of(plant, row), row, window(row, plant.handling, now))


def facts_from(plant: Plant, row: AlarmRow, found: list[Trace], now: int) -> Facts:
    with plant.records.read() as db:
        kin = [other for other in table.alarms(db, mine=row.mine, subject=row.subject, limit=KIN) if other.id != row.id]
        end = now if row.active else row.changed
        permit = row.planned or permits.covering(db, row.mine, row.point, row.raised_at, end) is not None
    return facts_of(row, kin, found, plant.handling, now, permit=permit)


def registry_of(plant: Plant, row: AlarmRow) -> Registry | None:
    """The registry of the gateway that reported it, as far as it was heard."""
    gateway = plant.live.gateways.get(row.gateway)
    return None if gateway is None else plant.live.registries.get(gateway.registry)
