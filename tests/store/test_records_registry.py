"""Which registry a gateway used at a time."""

from contracts.points import Point, Registry
from store.records import registry
from store.records.engine import Records


def named(name: str) -> Registry:
    return Registry("north", "北", "north", (Point(name, "methane", "face", "", ""),))


def test_the_registry_of_a_time_is_the_one_put_last_by_then(records: Records) -> None:
    one, two = named("T1"), named("T2")
    with records.begin() as db:
        assert registry.at(db, "north/g", 100) is None
        registry.put(db, "north/g", one, 10)
        registry.put(db, "north/g", two, 20)
        found = {time: registry.at(db, "north/g", time) for time in (9, 10, 19, 20, 90)}
        assert found == {9: None, 10: one, 19: one, 20: two, 90: two}
        registry.put(db, "north/g", one, 50)
        assert registry.at(db, "north/g", 60) == one
        assert registry.at(db, "north/h", 60) is None
