"""The long night's own arithmetic: its plan, its slopes and its verdict are right, or it proves nothing."""

import random
from dataclasses import replace

import numpy as np
import pytest

from alerts.message import Message
from bench.soak.alarms import RAISE, Expected, Told, expected, heard, judged
from bench.soak.gateway import KeepingGateway
from bench.soak.plan import FILLS, KILLING, KILLS, STRIKING, Kind, broken, kinds, plan
from bench.soak.truth import Stash, made, rows_of
from bench.soak.values import LIMIT, PERIOD, POINTS, TEETH, agent_registry, device_values, load_series, load_values, registers
from bench.soak.vandal import payloads
from bench.soak.verdict import Readings, compare, same_series
from bench.soak.watch import Watch, settled, slope
from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.columns import Block
from contracts.digest import item_digest
from contracts.payload import DATA_STREAM
from contracts.payload import Told as ToldEpoch
from contracts.registers import from_words, to_words
from edge_agent.bodies import batches
from edge_agent.outbox import Outbox

HOUR_S = 3600.0


def night(minutes: float, seed: int = 1, *, influx: bool = False):
    return plan(minutes * 60, seed, kinds(influx=influx, disks=True), agents=4, cables=6)


# ------------------------------------------------------------ the plan


def test_a_night_can_be_had_again_and_another_seed_is_another_night():
    assert night(10, 7) == night(10, 7)
    assert night(10, 7) != night(10, 8)


@pytest.mark.parametrize("minutes", [1, 3, 30, 120])
def test_every_kind_of_fault_strikes_in_order_of_time_and_the_end_is_quiet(minutes):
    faults = night(minutes, influx=True)

    assert {fault.kind for fault in faults} == set(Kind)
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)
    assert faults[-1].at_s <= minutes * 60 * STRIKING


def test_nothing_is_killed_in_the_last_part_so_that_lives_are_long():
    faults = night(120)

    kills = [fault.at_s for fault in faults if fault.kind in KILLS]
    assert max(kills) <= KILLING * 7200 < max(fault.at_s for fault in faults)
    assert len(kills) > 30


def test_what_cannot_be_done_here_is_not_planned():
    able = kinds(influx=False, disks=False)

    assert not {*FILLS, Kind.KILL_STORE} & set(able)
    assert len(able) == len(Kind) - 3


def test_trouble_lasts_from_a_fault_until_a_while_after_it():
    faults = [replace(night(1)[0], at_s=at, lasts_s=lasts) for at, lasts in ((10.0, 5.0), (20.0, 1.0), (100.0, 0.0))]

    assert broken(faults, 10.0) == [(10.0, 31.0), (100.0, 110.0)]


# ------------------------------------------------------------ slopes


def life(start: float, level: float, per_h: float, looks: int = 100):
    """Of the growth all but a quarter are pages of files."""
    return [(start + at, level + per_h * at / HOUR_S, 20.0, level + per_h / 4 * at / HOUR_S) for at in range(looks)]


def test_the_slope_is_that_of_every_life_and_a_fresh_start_is_no_growth():
    stretches = [settled(life(0, 100, 36), 0, 1), settled(life(500, 400, 36), 0, 1)]

    assert slope(stretches) == pytest.approx(36)
    assert slope([settled(life(0, 100, 0), 0, 1), settled(life(500, 400, 0), 0, 1)]) == pytest.approx(0)


def test_a_warm_up_is_not_looked_at_and_without_looks_there_is_no_slope():
    looks = [(at, 100.0 + (at if at < 50 else 50.0), 20.0, 0.0) for at in range(200)]

    assert slope([settled(looks, 50, 1)]) == pytest.approx(0)
    assert slope([settled(looks[:55], 50, 1)]) is None


def test_the_figures_of_a_watch_are_by_role():
    watch = Watch(0.0, {"centre": {1: life(0, 100, 360), 2: life(200, 50, 360)}, "agent": {3: life(0, 70, 0)}})

    figures = watch.figures()
    assert figures["rss_slope_mb_per_h_centre"] == pytest.approx(360)
    assert figures["own_slope_mb_per_h_centre"] == pytest.approx(90)
    assert figures["rss_slope_mb_per_h_agent"] == 0
    assert "own_slope_mb_per_h_agent" not in figures
    assert figures["handles_slope_per_h_centre"] == pytest.approx(0)
    assert figures["stretch_s_centre"] == 99


# ------------------------------------------------------------ readings


def rows(*readings):
    point, time, value, quality = zip(*readings, strict=True) if readings else ((), (), (), ())
    return rows_of(np.array(point, np.int32), np.array(time, np.int64), np.array(value, np.float64), np.array(quality, np.uint16))


THREE = [(0, 1, 0.5, 0), (0, 2, 0.6, 0), (1, 1, 0.7, 0)]


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (THREE, Readings(3)),
        (THREE[:2], Readings(3, lost=1)),
        ([*THREE[:2], (1, 1, 0.7000000000000001, 0)], Readings(3, altered=1)),
        ([*THREE[:2], (1, 1, 0.7, 4)], Readings(3, altered=1)),
        ([*THREE, (1, 9, 0.7, 0)], Readings(3, altered=1)),
        ([*THREE, THREE[0]], Readings(3, duplicate=1)),
        ([*THREE, (0, 1, 0.9, 0)], Readings(3, altered=1)),
        ([], Readings(3, lost=3)),
    ],
)
def test_each_difference_is_seen_and_called_by_its_name(stored, found):
    assert compare(rows(*THREE), rows(*stored)) == found


def test_two_readings_of_one_time_are_two_and_the_same_one_again_is_one():
    offered = [*THREE, (0, 1, 0.9, 0), (0, 1, 0.5, 0)]

    assert compare(rows(*offered), rows(*THREE, (0, 1, 0.9, 0))) == Readings(4)
    assert compare(rows(*offered), rows(*THREE)) == Readings(4, altered=1)


def test_what_was_told_as_lost_is_declared_unless_another_copy_of_it_was_not():
    offered, told = rows(*THREE, THREE[0]), np.array([True, False, True, False])

    assert compare(offered, rows(THREE[1]), told) == Readings(3, lost=1, declared=1)


def test_a_series_is_the_same_bit_for_bit_only():
    times, values = np.array([1, 2]), np.array([0.5, 0.6])

    assert same_series((times, values), (times.copy(), values.copy()))
    assert not same_series((times, values), (times, np.array([0.5, 0.6000000000000001])))
    assert not same_series((times, values), (times[:1], values[:1]))


def test_the_stash_keeps_what_a_full_disk_frees(tmp_path):
    box = Outbox(tmp_path / "box" / DATA_STREAM, DATA_STREAM)
    stash, registry = Stash(tmp_path / "box", tmp_path / "copies"), agent_registry("soak-0")
    block = rows_block(registry)
    for body in batches(block, registry.name, (), 0):
        box.append(body, BUILD_TIME)
    box.commit()
    stash.take()
    box.close()
    for path in (tmp_path / "box" / DATA_STREAM).glob("*.seg"):
        path.unlink()

    found = made(stash.items())

    assert found.rows["point"].tolist() == list(range(POINTS))
    assert np.array_equal(np.ascontiguousarray(found.rows["value"]).view(np.float64), block.value)


def rows_block(registry):
    return Block.of(np.arange(len(registry.points), dtype=np.int32), BUILD_TIME, device_values(0, 5))


# ------------------------------------------------------------ values


def test_what_a_device_shows_passes_its_registers_unaltered():
    table = registers(agent_registry("soak-2")).registers
    for step in range(PERIOD):
        values = device_values(2, step)
        assert [from_words(register, to_words(register, value)) for register, value in zip(table, values, strict=True)] == values.tolist()


def test_every_tooth_is_over_its_limit_once_in_its_period_and_nothing_else_is():
    shown = np.stack([device_values(1, step) for step in range(3 * PERIOD)])

    above = shown[:, :TEETH] >= LIMIT
    assert (np.count_nonzero(above[1:] & ~above[:-1], axis=0) >= 2).all()
    assert above.any(axis=0).all()
    assert not above.all(axis=0).any()
    assert (shown[:, TEETH:] < LIMIT).all()


def test_the_load_is_a_formula_of_mine_point_and_item():
    assert load_series(5, 17, 30).tolist() == [load_values(5, item)[17] for item in range(30)]
    assert load_values(5, 3).tolist() != load_values(6, 3).tolist()


def test_a_burst_is_never_an_item_that_could_be_taken():
    assert len(payloads(random.Random(1))) > 60


# ------------------------------------------------------------ the load's gateways


def test_a_gateway_keeps_what_is_not_received_and_frees_nothing_under_another_digest():
    gateway = KeepingGateway(3, "pack", ManualClock())
    gateway.make(BUILD_TIME)
    gateway.make(BUILD_TIME + SECOND)
    kept = [gateway._kept[seq][0] for seq in range(3)]
    epoch, total = gateway._epoch, sum(map(item_digest, kept[:2])) & ((1 << 64) - 1)

    gateway._take(ToldEpoch(epoch, DATA_STREAM, 1, [(0, 1, total)]))
    assert (gateway.waiting, gateway.altered) == (1, 0)
    gateway._take(ToldEpoch(epoch, DATA_STREAM, 2, [(0, 2, total)]))
    assert (gateway.waiting, gateway.altered) == (1, 1)
    assert len(gateway.waits) == 1, "the registry is no reading"


# ------------------------------------------------------------ alarms


def readings(*values, first=BUILD_TIME):
    return rows(*((0, first + at * SECOND, value, 0) for at, value in enumerate(values)))


def told(number, change, at, state="done", reason=""):
    return Told(number, "soak-0", "P000", change, BUILD_TIME + at * SECOND, state, "r" if state else "", reason)


DUE = expected("soak-0", readings(0.2, 1.0, 1.1, 0.9, 0.2))


def test_a_raise_and_a_clear_are_expected_where_readings_cross():
    second = BUILD_TIME + SECOND
    assert [
        Expected("soak-0", "P000", True, BUILD_TIME, second, BUILD_TIME, second),
        Expected("soak-0", "P000", False, second + SECOND, second + 2 * SECOND, BUILD_TIME, second),
    ] == DUE


def verdict(*rows_told, keys=None):
    return judged(DUE, rows_told, {(row.id, "r"): {f"key {row.id}"} for row in rows_told} if keys is None else keys, 0)


def test_both_told_is_all_delivered():
    found = verdict(told(1, "raise", 1), told(2, "return", 3))

    assert (found.expected, found.delivered, found.missing, found.unasked) == (2, 2, (), 0)


def test_a_past_alarm_says_both():
    assert verdict(told(1, "past", 1)).delivered == 2


def test_a_clear_after_the_clock_was_set_back_is_told_at_a_stamp_after_its_raise():
    before, after = readings(0.2, 1.0), readings(0.2, 0.2, first=BUILD_TIME - 40 * SECOND)
    due = expected("soak-0", np.concatenate([before, after]))
    assert [(one.entering, one.raised > one.time) for one in due] == [(True, False), (False, True)]
    for at, found in ((2, 2), (-40, 1)):
        rows_told = [told(1, "raise", 1), told(2, "return", at)]
        assert judged(due, rows_told, {(row.id, "r"): {"k"} for row in rows_told}, 0).delivered == found


def merged(*rows_told):
    found = judged(DUE, rows_told, {(row.id, "r"): {"k"} for row in rows_told if row.state}, 0)
    return found.delivered, found.within, len(found.missing)


def test_what_came_while_the_point_was_told_to_be_in_alarm_is_within_that_alarm():
    assert merged(told(1, "raise", 0), told(2, "return", 9)) == (0, 2, 0)
    assert merged(told(1, "raise", 0), told(2, "return", 3)) == (1, 1, 0)
    merges = (told(3, "raise", 1, "", "earlier_start"), told(4, "return", 3, "", "older_than_the_last_raise"))
    assert merged(*merges, told(1, "raise", 8), told(2, "return", 9)) == (0, 2, 0)


def test_what_came_while_the_point_was_told_to_be_well_is_missing():
    assert merged(told(1, "raise", -9), told(2, "return", 0), told(5, "raise", 8), told(6, "return", 9)) == (0, 0, 2)
    swallowed = told(3, "raise", 1, "", "within_the_told_span")
    assert merged(swallowed, told(1, "raise", -9), told(2, "return", 0), told(5, "raise", 8), told(6, "return", 9)) == (0, 0, 2)
    assert merged(told(1, "raise", 0)) == (0, 0, 2), "nobody heard that it was over"


@pytest.mark.parametrize(
    ("rows_told", "keys"),
    [
        ([told(1, "raise", 1)], None),
        ([told(2, "return", 3)], None),
        ([told(1, "raise", 2), told(2, "return", 3)], None),
        ([told(1, "raise", 1), told(2, "return", 3)], {(1, "r"): {"a"}}),
    ],
)
def test_what_was_not_told_or_did_not_arrive_is_missing(rows_told, keys):
    assert len(verdict(*rows_told, keys=keys).missing) == 1


def test_a_transition_in_two_messages_is_told_twice_and_the_same_message_again_is_not():
    def message(key, number):
        return Message(key, "r", "zh", {}, {}, {"id": number})

    keys, repeated = heard([message("a", 1), message("a", 1), message("b", 2), message("c", 2)])

    assert keys == {(1, "r"): {"a"}, (2, "r"): {"b", "c"}}
    assert repeated == 1
    assert judged(DUE, [told(1, "raise", 1), told(2, "return", 3)], keys, repeated).twice == 1


def test_a_delivery_that_failed_or_is_not_at_the_webhook_is_unsettled():
    assert verdict(told(1, "raise", 1, "failed"), told(2, "return", 3)).unsettled == 1
    assert verdict(told(1, RAISE, 1), told(2, "return", 3), keys={(2, "r"): {"b"}}).unsettled == 1
