"""What stands around an alarm, from the live view: its feed-state points, the people counted in its area, the mine's duty phone."""

from collections.abc import Iterator, Mapping

from alerts.around import Around, Known
from alerts.limits import CUT_RULE
from alerts.subject import Subject
from contracts import quality
from contracts.points import Point, Registry
from ingest.live import Live
from store.interface import Last

PERSONS, FEED = "persons", "feed_state"


class LiveSurroundings:
    """Answers from memory. `phones`: by mine, as configured."""

    def __init__(self, live: Live, phones: Mapping[str, str]) -> None:
        self._live, self._phones = live, dict(phones)
        self._counting: dict[str, dict[str, tuple[str, ...]]] = {}

    def around(self, subject: Subject) -> Around:
        """As known now; usable values only, each with its time."""
        phones = self._phones.get(subject.mine, "")
        registry = self._registry(subject)
        if registry is None:
            return Around(phones=phones)
        point = registry.points[registry.number[subject.point]]
        counts = [self._known(subject.mine, name) for name in self._counters(subject.mine, point.area)]
        return Around(
            feeds=tuple((name, self._known(subject.mine, name)) for name in feeds_of(point, subject.rule)),
            people=tuple(known for known in counts if known is not None),
            uncounted=sum(known is None for known in counts),
            phones=phones,
        )

    def _registry(self, subject: Subject) -> Registry | None:
        gateway = self._live.gateways.get(subject.gateway)
        registry = self._live.registries.get(gateway.registry) if gateway else None
        return registry if registry is not None and subject.point in registry.number else None

    def _counters(self, mine: str, area: str) -> Iterator[str]:
        """Points that count the people of an area, whichever gateway of the mine has them."""
        current = {one.registry for one in list(self._live.gateways.values()) if one.gateway.mine == mine}
        for name in sorted(current):
            registry = self._live.registries.get(name)
            if registry is not None:
                yield from self._of(registry).get(area, ()) if area else ()

    def _of(self, registry: Registry) -> dict[str, tuple[str, ...]]:
        if registry.name not in self._counting:
            found: dict[str, tuple[str, ...]] = {}
            for point in registry.points:
                if point.quantity == PERSONS:
                    found[point.area] = (*found.get(point.area, ()), point.id)
            self._counting[registry.name] = found
        return self._counting[registry.name]

    def _known(self, mine: str, point: str) -> Known | None:
        last: Last | None = self._live.last(mine, point)
        if last is None or last.quality & quality.UNUSABLE or last.value != last.value:
            return None
        return Known(last.value, last.time)


def feeds_of(point: Point, rule: str) -> tuple[str, ...]:
    """The feed-state points a rule's cut acts on: of its stage where there is one a stage, else all; a feed-state point is its own."""
    if point.quantity == FEED:
        return (point.id,)
    if rule.startswith(CUT_RULE) and len(point.feeds) > 1:
        stage = int(rule.removeprefix(CUT_RULE))
        return point.feeds[stage : stage + 1] or point.feeds
    return point.feeds
