"""Registries, gateways, epochs and losses."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import GiveUp
from contracts.payload import Birth, Extent
from contracts.points import Point, Registry
from store.records import epochs, gateways, items, losses, registry
from store.records.engine import Records
from store.records.losses import CorrectionRow, LossRow

GW = "north/gw1"
BIRTH = Birth(
    1,
    "davylamp 0.1",
    (1 << 64) - 1,
    900,
    "trusted",
    "abc",
    "pack-1",
    1_000_000,
    "gen",
    [Extent("e1", "data", 5, 0, True), Extent("e2", "data", 0, 0, False)],
)


def registry_of(note: str, mine: str = "north") -> Registry:
    return Registry(mine, "北矿", "North", (Point("T01", "methane", "face", "工作面", "face"),), note)


# registries


def test_a_registry_comes_back_byte_for_byte(records: Records) -> None:
    kept = registry_of("a")
    with records.begin() as db:
        registry.put(db, GW, kept, 1)
        found = registry.get(db, kept.name)
        assert found == kept
        assert found.data == kept.data
        assert registry.get(db, "0" * 16) is None


def test_the_registry_put_last_is_the_current_one(records: Records) -> None:
    first, second = registry_of("a"), registry_of("b")
    with records.begin() as db:
        assert registry.current(db, GW) is None
        for kept in (first, second, second):
            registry.put(db, GW, kept, 1)
        assert registry.current(db, GW) == second
        assert registry.names(db, GW) == [first.name, second.name]
        registry.put(db, GW, first, 2)
        assert registry.names(db, GW) == [second.name, first.name]


def test_all_current_registries_are_told_by_gateway(records: Records) -> None:
    first, second = registry_of("a"), registry_of("b")
    with records.begin() as db:
        for gateway, kept in ((GW, first), (GW, second), ("north/gw2", second), ("south/gw1", registry_of("c", "south"))):
            registry.put(db, gateway, kept, 1)
        assert registry.all_current(db) == {GW: second, "north/gw2": second, "south/gw1": registry_of("c", "south")}


# gateways


def test_a_birth_is_kept_and_replaced_by_the_next(records: Records) -> None:
    with records.begin() as db:
        gateways.born(db, GW, BIRTH, 10)
        gateways.born(db, GW, msgspec.structs.replace(BIRTH, nonce=-5, catalogue=[]), 20)
        gateways.heard(db, GW, 30)
        gateways.heard(db, GW, 25)
        found = gateways.of(db, GW)
    assert found is not None
    assert (found.first_seen, found.born, found.heard, found.nonce, found.newest_epoch) == (10, 20, 30, -5, "")
    assert (found.agent, found.registry, found.period, found.generation, found.clock) == ("davylamp 0.1", "abc", 1_000_000, "gen", 900)


def test_the_newest_epoch_is_the_open_data_epoch(records: Records) -> None:
    with records.begin() as db:
        gateways.born(db, GW, BIRTH, 10)
        found = gateways.of(db, GW)
        assert found is not None
        assert (found.newest_epoch, found.nonce) == ("e2", (1 << 64) - 1)


def test_a_gateway_may_be_heard_before_it_is_born(records: Records) -> None:
    with records.begin() as db:
        gateways.heard(db, "north/gw2", 5)
        gateways.born(db, GW, BIRTH, 10)
        assert [(row.gateway, row.heard, row.born) for row in gateways.every(db)] == [(GW, 10, 10), ("north/gw2", 5, 0)]
        assert gateways.of(db, "south/gw1") is None


# epochs


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(
        st.builds(Extent, st.just("e1"), st.just("data"), st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=6
    )
)
def test_made_only_grows_and_closed_sticks(records: Records, told: list[Extent]) -> None:
    with records.begin() as db:
        for at, extent in enumerate(told):
            epochs.see(db, GW, extent, at)
        (row,) = epochs.of(db, GW)
        assert row.made == max(extent.made for extent in told)
        assert row.closed == any(extent.closed for extent in told)
        assert (row.first_held, row.first_seen, row.last_seen) == (told[-1].first_held, 0, len(told) - 1)
        db.rollback()


def test_an_extent_comes_back_whole(records: Records) -> None:
    extent = Extent("e1", "event", 7, 2, False, "e0", 4, 99)
    with records.begin() as db:
        epochs.see(db, GW, extent, 1)
        (row,) = epochs.of(db, GW)
    assert {name: getattr(row, name) for name in extent.__struct_fields__} == msgspec.structs.asdict(extent)
    assert (row.gateway, row.folded, row.digest) == (GW, False, None)


def test_epochs_are_told_in_the_order_they_were_seen(records: Records) -> None:
    with records.begin() as db:
        for at, name in enumerate(["b", "a", "b", "c"]):
            epochs.see(db, GW, Extent(name, "data", at, 0, False), at)
        assert [(row.epoch, row.made) for row in epochs.of(db, GW)] == [("b", 2), ("a", 1), ("c", 3)]


def test_a_folded_epoch_keeps_its_line_and_the_digest_of_its_items(records: Records) -> None:
    with records.begin() as db:
        for seq in range(3):
            items.hold(db, GW, "e1", "event", seq, (1 << 63) + seq, 1, 1, False, "event")
        epochs.see(db, GW, Extent("e1", "event", 3, 0, False), 1)
        with pytest.raises(GiveUp, match="not closed"):
            epochs.fold_away(db, GW, "e1")
        with pytest.raises(GiveUp, match="unknown"):
            epochs.fold_away(db, GW, "e9")
        epochs.see(db, GW, Extent("e1", "event", 3, 3, True), 2)
        epochs.fold_away(db, GW, "e1", elsewhere=10)
        (row,) = epochs.of(db, GW)
    assert (row.made, row.folded, row.digest) == (3, True, (1 << 63) + 13)


# losses


def test_a_loss_is_declared_once(records: Records) -> None:
    with records.begin() as db:
        for at in (5, 6):
            losses.declare(db, GW, "data", "e1", 3, 9, "disk full", at)
        losses.declare(db, GW, "data", "e1", 8, 12, "torn", 7)
        assert losses.of(db, GW) == [LossRow(GW, "data", "e1", 3, 9, "disk full", 5), LossRow(GW, "data", "e1", 10, 12, "torn", 7)]
        assert losses.of(db, "north/gw2") == []


@pytest.mark.parametrize(("seq", "left"), [(3, [(4, 5)]), (4, [(3, 3), (5, 5)]), (5, [(3, 4)])])
def test_an_item_that_comes_after_all_corrects_its_loss(records: Records, seq: int, left: list[tuple[int, int]]) -> None:
    with records.begin() as db:
        losses.declare(db, GW, "data", "e1", 3, 5, "disk full", 5)
        assert losses.came_after_all(db, GW, "data", "e1", seq, 8)
        assert [(row.first, row.last) for row in losses.of(db, GW)] == left
        assert all((row.reason, row.at) == ("disk full", 5) for row in losses.of(db, GW))
        assert losses.corrections(db, GW) == [CorrectionRow(GW, "data", "e1", seq, "disk full", 5, 8)]


def test_what_was_not_lost_needs_no_correction(records: Records) -> None:
    with records.begin() as db:
        losses.declare(db, GW, "data", "e1", 3, 5, "disk full", 5)
        asked = [("data", "e1", 2), ("event", "e1", 3), ("data", "e2", 3)]
        assert [losses.came_after_all(db, GW, *key, 8) for key in asked] == [False] * 3
        assert losses.corrections(db, GW) == []


def test_a_loss_told_again_does_not_undo_its_correction(records: Records) -> None:
    with records.begin() as db:
        losses.declare(db, GW, "data", "e1", 3, 5, "disk full", 5)
        losses.came_after_all(db, GW, "data", "e1", 4, 8)
        losses.declare(db, GW, "data", "e1", 3, 5, "disk full", 9)
        assert [(row.first, row.last, row.at) for row in losses.of(db, GW)] == [(3, 3, 5), (5, 5, 5)]
