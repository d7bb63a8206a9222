"""A gateway measures its own link: what it says reaches the store, and a link that was down was measured while it was down."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import DAY, iso
from contracts.links import link_of, linked
from contracts.points import read_registry
from contracts.topics import Gateway
from contracts.units import LINK_QUANTITIES
from fleet.facts.day import Day
from fleet.facts.links import LinkDay, links
from store.address import open_store
from tests.end_to_end.harness import Plant, items_on_disk, readings_of
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE, NAME = "alpha", "gate-1"
KIND = '[link]\nkind = "fibre"\n'


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path / "plant")
    device = plant.add_sim([MINE])
    plant.add_agent(MINE, device[MINE])
    edge = plant.folder / MINE / "edge.toml"
    edge.write_text(edge.read_text(encoding="utf-8") + KIND, encoding="utf-8")
    yield plant
    plant.stop()


def test_round_trip_receipts_repeats_and_availability_are_measured_over_a_pulled_cable(plant: Plant) -> None:
    home = plant.folder / MINE
    registry = linked(read_registry((home / "points.json").read_bytes()), Gateway(MINE, NAME), "fibre")
    ids = link_of(registry, NAME)[1]

    def said(quantity: str) -> list[float]:
        found, _ = readings_of(items_on_disk(home / "outbox"), registry)
        return [float(np.frombuffer(value)[0]) for point, _, value, _ in sorted(found) if point == ids[quantity]]

    plant.start()
    plant.wait_for_receipts()
    wait_until(lambda: said("link_round_trip") and said("link_receipt_delay"))
    plant.cable.pull()
    wait_until(lambda: 0.0 in said("link_up"))
    plant.cable.plug()
    wait_until(lambda: said("link_up")[-1] == 1.0 and max(said("link_repeated")) > 0.0)
    plant.settle()

    store = open_store(str(plant.folder / "store"))
    series = {quantity: store.series(MINE, ids[quantity], 0, 1 << 62) for quantity in LINK_QUANTITIES}
    store.close()
    assert set(series["link_up"].value.tolist()) == {0.0, 1.0}
    assert 0.0 < series["link_round_trip"].value.min() <= series["link_round_trip"].value.max() < 60_000
    assert series["link_receipt_delay"].value.min() > 0.0
    assert 0.0 < series["link_repeated"].value.max() <= 100.0
    assert {int(at) % 10_000_000 for at in series["link_up"].time} == {0}
    start = int(series["link_up"].time[0]) // DAY * DAY
    told = links(Day(MINE, iso(start)[:10], start, start + DAY, start + DAY), [LinkDay(NAME, "fibre", ids, series)])
    assert {fact.why for fact in told} == {"too_little_data"}  # a minute of a day
    assert all(fact.numbers["samples"] > 0 and "link:fibre" in fact.evidence for fact in told)
