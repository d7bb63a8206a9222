"""A receipt always fits into a payload, and a registry's late pieces are received."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.digest import MASK, item_digest
from contracts.payload import DATA_STREAM, MAX_BYTES, Birth, Extent, RegistryPart, encode
from contracts.ranges import Ranges
from contracts.topics import Gateway
from ingest.receipts import Holding
from store.records import owners
from store.records.owners import Claimant, NotOwner
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

OTHER = "00000000000000bb"


def test_a_receipt_of_many_torn_epochs_fits_into_a_payload_and_tells_the_lowest_ranges() -> None:
    holding = Holding()
    extents = [Extent(f"{at:016x}", DATA_STREAM, 10**6, 0, True) for at in range(60)]
    for extent in extents:
        holding.held[extent.epoch, DATA_STREAM] = Ranges((10_000 * at, 10_000 * at, MASK) for at in range(100))
    holding.birth = Birth(1, "a", 1, 1, "trusted", "", "", 1, "", extents)

    receipt = holding.receipt("g", 1, lambda *_: 0)

    assert receipt is not None
    assert len(encode(receipt)) <= MAX_BYTES
    assert {told.held[0] for told in receipt.epochs} == {(0, 0, MASK)}


def test_a_piece_of_a_known_registry_is_received_though_the_others_never_come_again(tmp_path: Path) -> None:
    desk, data = Desk(tmp_path), REGISTRY.data
    first, second = RegistryPart(REGISTRY.name, 0, 2, data[:100]), RegistryPart(REGISTRY.name, 1, 2, data[100:])
    desk.take(item(first, 0), item(second, 1, epoch=OTHER))

    desk.take(item(second, 1))

    assert [(low, high) for low, high, _ in desk.holdings.of(str(GATEWAY)).held[EPOCH, DATA_STREAM]] == [(0, 1)]


def test_receipts_of_several_gateways_ask_once_who_owns_the_centre(tmp_path: Path) -> None:
    desk, asked = Desk(tmp_path), list[int]()
    desk.holdings._confirm = lambda: asked.append(1)
    desk.take(registry_item(0), data_item(1))
    desk.bear(Extent(EPOCH, DATA_STREAM, 2, 0, False))
    receipt, nobody = desk.holdings.receipts([(GATEWAY, 5), (Gateway("mine", "unborn"), 5)])
    assert nobody is None
    assert receipt is not None
    assert (receipt.credit, receipt.epochs[0].through, asked) == (5, 1, [1])


def test_who_is_the_owner_no_more_receipts_nothing_commits_nothing_and_blames_no_item(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with desk.records.begin() as db:
        owner = owners.take(db, Claimant("pit-1", "here", 1, 1), 30, NOW, dead=False)

    def confirm() -> None:
        with desk.records.read() as db:
            owners.require(db, owner)

    desk.records.fence = lambda db: owners.require(db, owner)
    desk.holdings._confirm = confirm
    desk.take(registry_item(0), data_item(1))
    desk.bear(Extent(EPOCH, DATA_STREAM, 2, 0, False))
    assert desk.holdings.receipt(GATEWAY, 1) is not None

    with desk.records.engine.begin() as db:
        owners.take(db, Claimant("pit-2", "there", 1, 1), 30, NOW, dead=True)

    with pytest.raises(NotOwner):
        desk.holdings.receipt(GATEWAY, 1)
    bad = b"no item at all"
    for _ in range(5):
        with pytest.raises(NotOwner):
            desk.take(bad)
    assert item_digest(bad) not in desk.worker.suspects


@given(
    ranges=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4)), max_size=6),
    made=st.integers(0, 30),
    most=st.integers(1, 6),
)
def test_an_epoch_of_which_nothing_is_dead_or_lost_is_told_as_any_other(ranges: list[tuple[int, int]], made: int, most: int) -> None:
    held = Ranges()
    for first, more in ranges:
        for low, high in held.missing(first, first + more):
            held.add(low, high, high + 1)
    extent = Extent("e", "data", made, 0, False)
    short = Holding(held={("e", "data"): held} if ranges else {})
    whole = Holding(held=dict(short.held), dead={("e", "data"): Ranges()})  # nothing is dead, but it was asked

    assert short._told(extent, lambda *_: 0, most) == whole._told(extent, lambda *_: 0, most)
