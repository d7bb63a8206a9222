"""A lock is tested only where a test that counts is known; what nobody can say is unknown."""

from dataclasses import replace

from msgspec import structs

from alerts.limits import compile_limits
from alerts.lockduty import AHEAD, Filed, Lock, Standing, locks
from contracts.clock import DAY
from contracts.points import Registry
from tests.alerts import pit

NOW = pit.NOW + 100 * DAY


def test(point: str, back: int, **facts) -> Filed:
    return replace(Filed(point, "lock.test", NOW - back, 1, unverified=False), **facts)


test.__test__ = False


def found(*filed: Filed, registry: Registry = pit.REGISTRY, pack=pit.PACK) -> dict[str, Lock]:
    return {lock.point.id: lock for lock in locks(registry, pack, compile_limits(registry, pack), filed, NOW)}


def changed(name: str, **facts) -> Registry:
    points = tuple(structs.replace(point, **facts) if point.id == name else point for point in pit.REGISTRY.points)
    return structs.replace(pit.REGISTRY, points=points)


def test_the_worst_stands_first():
    assert [lock.standing for lock in found(test("T1", 16 * DAY), test("T2", DAY)).values()] == [
        Standing.OVERDUE, Standing.NEVER, Standing.TESTED,
    ]  # fmt: skip


def test_without_a_feed_back_point_no_test_can_be_recognised():
    lock = found(test("T1", DAY), registry=changed("T1", feeds=()))["T1"]
    assert (lock.standing, lock.why) == (Standing.UNKNOWN, "no_feed")


def test_without_a_known_cut_value_no_test_can_be_recognised():
    lock = found(test("T1", DAY), registry=changed("T1", limit_row="", mapped_by=""))["T1"]
    assert (lock.standing, lock.why) == (Standing.UNKNOWN, "no_cut_value")


def test_a_pack_without_a_period_makes_nothing_tested():
    pack = structs.replace(pit.PACK, duties={})
    assert {(lock.standing, lock.why) for lock in found(test("T1", DAY), pack=pack).values()} == {(Standing.UNKNOWN, "no_period")}


def test_a_test_before_the_point_was_installed_is_none_of_it():
    assert found(test("T1", DAY), registry=changed("T1", valid_from=NOW - DAY + 1))["T1"].standing == Standing.NEVER


def test_a_point_whose_installation_has_ended_has_no_duty():
    assert "T1" not in found(registry=changed("T1", valid_to=NOW))


def test_a_test_of_tomorrow_counts_for_nothing():
    assert found(test("T1", -AHEAD - 1))["T1"].standing == Standing.NEVER


def test_a_lock_that_takes_the_local_fan_is_due_in_half_a_year():
    takes = next(row for row in pit.PACK.rows.values() if any("局部通风机" in cut.scope_zh for cut in row.cuts))
    lock = found(test("T1", 100 * DAY), registry=changed("T1", limit_row=takes.id))["T1"]
    assert (lock.standing, lock.every_days) == (Standing.TESTED, 183)
