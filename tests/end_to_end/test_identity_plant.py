"""The plant behind the wall: real agent and ingest over TLS, a certificate exchanged while readings flow, and one that was stolen."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.config import BrokerAddress
from contracts.points import read_registry
from ingest.broker.production import INGEST
from store.embedded import EmbeddedStore
from tests.end_to_end.harness import Plant, Proc, Reading, davy, items_on_disk, readings_in_store, readings_of, status_in
from tests.end_to_end.walled import Walled, now, refused, wall
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE = "alpha"
NAME = f"{MINE}/gate-1"


def behind(path: Path, address: BrokerAddress) -> None:
    """Name the certificates in a configuration."""
    text = re.sub(r'^(ca|cert|key)_file = ".*"\n', "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = "".join(f'{key} = "{getattr(address, key)}"\n' for key in ("ca_file", "cert_file", "key_file"))
    path.write_text(text.replace("[broker]\n", f"[broker]\n{lines}"), encoding="utf-8")


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path / "plant")
    ports = plant.add_sim([MINE])
    plant.add_agent(MINE, ports[MINE])
    yield plant
    plant.stop()


@pytest.fixture
def walled(plant: Plant) -> Walled:
    """The plant's broker in its production configuration, and certificates for those who are in it."""
    walled = wall(plant.folder / "certs", plant.broker_port)
    plant.broker = walled.broker
    behind(plant.folder / "ingest.toml", walled.issue(INGEST))
    behind(plant.folder / MINE / "edge.toml", walled.issue(NAME))
    return walled


def serials(walled: Walled) -> list[str]:
    return [row.serial for row in walled.ca.listing(now(), 30) if row.name == NAME]


def on_disk(*outboxes: Path, plant: Plant) -> Counter[Reading]:
    items = {(epoch, seq): data for outbox in outboxes for epoch, seq, data in items_on_disk(outbox)}
    registry = read_registry((plant.folder / MINE / "points.json").read_bytes())
    return readings_of(((epoch, seq, data) for (epoch, seq), data in items.items()), registry)[0]


def in_store(plant: Plant) -> Counter[Reading]:
    store = EmbeddedStore(plant.folder / "store")
    try:
        return readings_in_store(store, MINE, read_registry((plant.folder / MINE / "points.json").read_bytes()))
    finally:
        store.close()


def test_readings_and_receipts_go_over_tls_and_nothing_is_lost(plant: Plant, walled: Walled) -> None:
    plant.start()
    plant.wait_for_receipts()
    wait_until(lambda: sum(on_disk(plant.folder / MINE / "outbox", plant=plant).values()) > 100)
    plant.settle()

    stored = in_store(plant)
    assert stored == on_disk(plant.folder / MINE / "outbox", plant=plant)
    assert sum(stored.values()) > 50


def test_a_certificate_is_exchanged_while_readings_flow_and_nothing_is_lost(plant: Plant, walled: Walled) -> None:
    agent, config = plant.agents[MINE], plant.folder / MINE / "edge.toml"
    plant.start()
    plant.wait_for_receipts()
    [old] = serials(walled)
    [before] = (walled.ca.folder / "clients" / NAME).iterdir()

    behind(config, walled.issue(NAME))
    agent.terminate()
    agent.start()
    plant.wait_for_receipts()
    walled.ca.revoke(NAME, old, now())
    walled.reload()
    plant.wait_for_more_receipts(MINE)
    plant.settle()

    refused(walled.address(before))
    stored = in_store(plant)
    assert stored == on_disk(plant.folder / MINE / "outbox", plant=plant)
    assert sum(stored.values()) > 50


def test_a_stolen_certificate_beside_its_owner_is_noticed_and_can_be_shut_out_at_once(plant: Plant, walled: Walled) -> None:
    config, thief = plant.folder / MINE / "edge.toml", thief_of(plant)
    plant.start()
    plant.wait_for_receipts()
    try:
        thief.start()
        wait_until(lambda: "gateway.conflict" in plant.rules())

        [stolen] = (walled.ca.folder / "clients" / NAME).iterdir()
        walled.ca.revoke(NAME, None, now())
        walled.reload()
        refused(walled.address(stolen))
        behind(config, walled.issue(NAME))
        plant.agents[MINE].terminate()
        plant.agents[MINE].start()
        plant.wait_for_receipts()
        wait_until(lambda: shut_out(plant.folder / "thief"))
    finally:
        thief.kill()
    plant.settle()

    stored, own = in_store(plant), on_disk(plant.folder / MINE / "outbox", plant=plant)
    assert own.keys() - stored.keys() == set()
    assert stored.keys() - on_disk(plant.folder / MINE / "outbox", plant.folder / "thief", plant=plant).keys() == set()
    assert max(stored.values()) == 1


def thief_of(plant: Plant) -> Proc:
    """Another agent with the same certificate and an empty disk of its own: so it has other epochs."""
    text = (plant.folder / MINE / "edge.toml").read_text(encoding="utf-8")
    path = plant.folder / "thief.toml"
    path.write_text(text.replace(str(plant.folder / MINE / "outbox"), str(plant.folder / "thief")), encoding="utf-8")
    return Proc(davy("edge", "--config", str(path)), plant.folder / "thief.log")


def shut_out(outbox: Path) -> bool:
    status = status_in(outbox)
    return status is not None and not status.connected
