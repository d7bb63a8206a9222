"""100,000 random and mutated payloads: no crash, each is stored or dead with a reason, and good data beside them keep flowing."""

import random
from pathlib import Path

import pytest

from contracts.clock import SECOND
from contracts.digest import item_digest
from contracts.payload import Event, Lost, RegistryPart
from contracts.topics import Lane
from ingest.pipeline import Arrival
from store.embedded import EmbeddedStore
from store.records import deadletters, items
from store.records.engine import open_records
from tests.ingest.desk import GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

pytestmark = pytest.mark.slow

LANES = (Lane.LIVE, Lane.REPLAY, Lane.EVENT)
EVENTS = "00000000000000ee"


def seeds() -> list[bytes]:
    event = Event("T01", "limit.alarm", "raise", NOW, 1.2, 1.0, 0, "Art.536", "limit_reached", NOW, numbers={"peak": 1.2})
    return [
        registry_item(),
        data_item(3),
        data_item(4, float("nan")),
        item(event, 1, EVENTS),
        item(Lost("data", "00000000000000aa", 5, 9, "torn tail"), 2, EVENTS),
        item(RegistryPart(REGISTRY.name, 1, 3, REGISTRY.data[:50]), 5),
        b'{"v":1,"epoch":"00000000000000aa","seq":9,"made":1,"body":{"kind":"batch","registry":"x","t0":1,"points":[0,1],"times":[0,1],"values":[1.0]}}',
    ]


def mutate(chance: random.Random, data: bytes) -> bytes:
    raw = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(raw) + 1)
        kind = chance.randrange(5)
        if kind == 0 and raw:
            raw[at % len(raw)] = chance.randrange(256)
        elif kind == 1:
            del raw[at : at + chance.randint(1, 9)]
        elif kind == 2:
            raw[at:at] = chance.randbytes(chance.randint(1, 9))
        elif kind == 3 and raw:
            raw[at % len(raw)] ^= 1 << chance.randrange(8)
        else:
            raw[at:at] = raw[: chance.randint(0, 40)]
    return bytes(raw)


def run(desk: Desk, many: int, seed: int) -> None:
    chance, kinds = random.Random(seed), seeds()
    desk.take(registry_item())
    seen: set[int] = set()
    good = 0
    while len(seen) < many:
        arrivals = []
        for _ in range(200):
            lane = chance.choice(LANES)
            payload = chance.randbytes(chance.randint(0, 90)) if chance.random() < 0.3 else mutate(chance, chance.choice(kinds))
            if len(payload) and item_digest(payload) not in seen:
                seen.add(item_digest(payload))
                arrivals.append(Arrival(GATEWAY, lane, payload, NOW))
        good += 1
        arrivals.insert(
            chance.randrange(len(arrivals)), Arrival(GATEWAY, Lane.LIVE, data_item(good, 0.5, NOW - good * SECOND, "0000000000000060"), NOW)
        )
        outcome = desk.worker.take(arrivals, NOW)
        assert outcome.stored >= 1
    expect(desk, seen, good)


def expect(desk: Desk, seen: set[int], good: int) -> None:
    """Every payload that came is somewhere, and what is held is one of them."""
    holding = desk.holdings.of(str(GATEWAY))
    in_store = {row.digest for row in desk.store.items(str(GATEWAY), -(1 << 62), 1 << 62)}
    letters, after = set(), 0
    with desk.records.read() as db:
        in_records = {row.digest for row in items.between(db, str(GATEWAY), -(1 << 62), 1 << 62)}
        while page := deadletters.listing(db, after=after, limit=5000):
            letters |= {letter.digest for letter in page}
            assert all(letter.reason and letter.detail for letter in page)
            after = page[-1].id
    waiting = {waiting.identity.digest for pool in desk.holdings.assembly.pools() for waiting in pool}
    duplicates_and_conflicts = seen - in_store - in_records - letters - waiting
    assert not duplicates_and_conflicts, f"{len(duplicates_and_conflicts)} payloads are nowhere"
    assert len(in_store) >= good
    assert holding.held["0000000000000060", "data"].missing(1, good) == []


def test_ten_thousand_payloads_all_find_a_place(tmp_path: Path) -> None:
    run(Desk(tmp_path), 10_000, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_hundred_thousand_payloads_all_find_a_place(tmp_path: Path) -> None:
    run(Desk(tmp_path, open_records(f"sqlite:///{tmp_path / 'records'}"), EmbeddedStore(tmp_path / "store")), 100_000, seed=2)
