"""Dead letters come back when what stood against them is gone, and only then."""

from pathlib import Path

import pytest

from contracts.clock import DAY
from contracts.errors import BadConfig
from contracts.payload import RegistryPart
from contracts.topics import Lane
from ingest.pipeline import Arrival, Refused, peek
from ingest.revival import Revival
from store.records import deadletters, items
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.take(registry_item(), data_item(1, 0.7, at=NOW + DAY))
    return desk


def revival(desk: Desk) -> Revival:
    return Revival(desk.holdings, desk.recorder, 90 * DAY)


def refused(raw: bytes) -> Refused:
    arrival = Arrival(GATEWAY, Lane.LIVE, raw, NOW)
    return Refused(arrival, "registry-refused", "", peek(arrival))


def test_a_reading_from_the_future_is_stored_once_its_time_has_come(desk: Desk) -> None:
    assert revival(desk).replay(1, NOW).outcome == "refused"
    assert revival(desk).replay(1, NOW + DAY).outcome == "stored"

    assert desk.values() == [(NOW + DAY, 0.7, 0)]
    with desk.records.read() as db:
        assert deadletters.listing(db) == []
    assert revival(desk).replay(1, NOW + DAY).reason.startswith("resolved already")


def test_what_came_back_is_held_once_and_a_resend_of_it_is_a_duplicate(desk: Desk) -> None:
    revival(desk).replay(1, NOW + DAY)
    desk.restart()
    desk.take(data_item(1, 0.7, at=NOW + DAY))

    assert [(first, last) for first, last, _ in desk.holdings.of(str(GATEWAY)).held[EPOCH, "data"]] == [(0, 1)]
    assert len(desk.values()) == 1


def test_a_number_that_is_no_dead_letter_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(BadConfig, match="dead letter = 99"):
        revival(desk).replay(99, NOW)


def test_a_registry_of_several_pieces_comes_back_whole_whichever_piece_is_replayed(tmp_path: Path) -> None:
    desk, data = Desk(tmp_path), REGISTRY.data
    parts = [RegistryPart(REGISTRY.name, at, 3, piece) for at, piece in enumerate((data[:90], data[90:200], data[200:]))]
    desk.holdings.assembly.dead[str(GATEWAY), REGISTRY.name] = "its pieces are refused below"
    with desk.records.begin() as db:
        for seq, part in enumerate(parts):
            desk.recorder._refuse(db, refused(item(part, seq)))
    desk.take(data_item(3))

    assert [revival(desk).replay(letter, NOW).outcome for letter in (2, 1, 3)] == ["stored"] * 3

    with desk.records.read() as db:
        assert [letter.reason for letter in deadletters.listing(db)] == ["registry-refused"]
        assert sorted({row.kind for row in items.between(db, str(GATEWAY), 0, 1 << 62)}) == ["dead", "registry"]
        assert items.dead(db, str(GATEWAY)) == {(EPOCH, "data"): [(3, 3)]}
    assert revival(desk).replay(4, NOW).outcome == "stored"
    assert len(desk.values()) == 1


def test_a_registry_whose_pieces_are_not_all_here_stays_dead(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    raw = item(RegistryPart(REGISTRY.name, 0, 2, REGISTRY.data[:90]), 0)
    with desk.records.begin() as db:
        desk.recorder._refuse(db, refused(raw))

    revived = revival(desk).replay(1, NOW)

    assert (revived.outcome, "the others are needed too" in revived.reason) == ("refused", True)
