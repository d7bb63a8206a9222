"""Each promise of the delivery, under the fault it is made for, with real processes."""

import contextlib
import os
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from alerts.journal import Journal
from alerts.packs import load
from bench.ports import free_port
from contracts.clock import MINUTE, SECOND, iso
from contracts.codec import unpack
from contracts.payload import Batch, Item, Lost, Poll, decode
from contracts.points import Registry, read_registry
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import Word
from store.embedded import EmbeddedStore
from store.records import deadletters, losses
from store.records.engine import Records, open_records
from tests.end_to_end.harness import ROOT, Plant, Reading, davy, items_on_disk, readings_in_store, readings_of
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE = "alpha"


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path / "plant")
    ports = plant.add_sim([MINE])
    plant.add_agent(MINE, ports[MINE])
    yield plant
    plant.stop()


def registry_of(plant: Plant) -> Registry:
    return read_registry((plant.folder / MINE / "points.json").read_bytes())


def on_disk(*outboxes: Path, registry: Registry) -> Counter[Reading]:
    """Readings of several disks, each reading once: two copies of an item are one item."""
    items = {(epoch, seq): data for outbox in outboxes for epoch, seq, data in items_on_disk(outbox)}
    return readings_of(((epoch, seq, data) for (epoch, seq), data in items.items()), registry)[0]


class Centre:
    """The centre's folder, opened after its process ended."""

    def __init__(self, plant: Plant) -> None:
        self.store = EmbeddedStore(plant.folder / "store")
        self.records: Records = open_records(f"sqlite:///{plant.folder / 'records.sqlite'}")
        self.journal = Journal(load())
        self.holdings = Holdings(self.store, self.records, self.journal)
        self.registry = registry_of(plant)

    def readings(self) -> Counter[Reading]:
        return readings_in_store(self.store, MINE, self.registry)

    def rules(self) -> list[str]:
        with self.records.read() as db:
            return [row.rule for row in self.journal.active(db)]

    def close(self) -> None:
        self.store.close()
        self.records.close()


@pytest.fixture
def opened() -> Iterator[list[Centre]]:
    centres: list[Centre] = []
    yield centres
    for centre in centres:
        centre.close()


def told_by_ingest(plant: Plant) -> str:
    """Have the centre count what it takes in; the address to ask."""
    port, path = free_port(), plant.folder / "ingest.toml"
    path.write_text(f"metrics_port = {port}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return f"http://127.0.0.1:{port}/metrics"


def counted(metrics: str, what: str = "readings_total") -> float:
    """By the centre since its start: readings stored, where nothing else is asked for; 0 before it answers."""
    with contextlib.suppress(httpx.TransportError):
        found = re.search(rf"^davy_ingest_{what} ([0-9.e+]+)$", httpx.get(metrics, timeout=60).text, re.MULTILINE)
        return float(found[1]) if found else 0.0
    return 0.0


def polls(outbox: Path) -> list[Poll]:
    """Those on disk, in the order they were made."""
    bodies = [decode(Item, data).body for _, _, data in items_on_disk(outbox)]
    return [poll for body in bodies if isinstance(body, Batch) for poll in body.polls]


def stamps(outbox: Path) -> list[int]:
    return [poll.first for poll in polls(outbox)]


def went_back_and_caught_up(outbox: Path) -> bool:
    """The clock was set back by more than a second at some poll, and the newest poll is the latest of all again."""
    made = stamps(outbox)
    return made[-1] == max(made) and any(later < earlier - SECOND for earlier, later in pairwise(made))


def values_of(items: Iterable[tuple[str, int, bytes]]) -> set[float]:
    bodies = [decode(Item, data).body for _, _, data in items]
    return {value for body in bodies if isinstance(body, Batch) for value in unpack(body).value.tolist()}


def centre_of(plant: Plant, opened: list[Centre]) -> Centre:
    opened.append(Centre(plant))
    return opened[-1]


def test_a_segment_truncated_at_a_random_byte_loses_only_what_the_ledger_names(plant: Plant, opened: list[Centre]) -> None:
    agent, begun = plant.agents[MINE], time.time_ns() // 1000
    plant.start()
    plant.wait_for_receipts()
    plant.cable.pull()
    sent = plant.items(MINE)
    wait_until(lambda: plant.items(MINE) > 3 * sent)  # what is cut off was not sent: it stands in the last two thirds
    agent.kill()
    outbox = plant.folder / MINE / "outbox"
    before = on_disk(outbox, registry=registry_of(plant))
    victim = max((outbox / "data").glob("*.seg"), key=lambda path: path.stat().st_mtime)
    os.truncate(victim, random.Random(5).randrange(victim.stat().st_size // 2, victim.stat().st_size))
    plant.cable.plug()
    agent.start()
    plant.wait_for_receipts()
    plant.settle()

    centre = centre_of(plant, opened)
    stored = centre.readings()
    assert (on_disk(outbox, registry=centre.registry) - stored) == Counter()
    gone = before - stored
    with centre.records.read() as db:
        lost = losses.of(db, f"{MINE}/gate-1")
    told = [decode(Item, data).body for _, _, data in items_on_disk(outbox, "event")]
    assert [body.reason for body in told if isinstance(body, Lost)] == ["torn tail"]
    assert sum(loss.last - loss.first + 1 for loss in lost) == len({at for _, at, _, _ in gone}) > 0
    days = ledger(centre.holdings, f"{MINE}/gate-1", begun - MINUTE, time.time_ns() // 1000)
    assert sum(day.lost for day in days) == sum(gap.last - gap.first + 1 for day in days for gap in day.gaps if gap.word is Word.LOST) > 0
    assert max(stored.values()) == 1


def test_an_agent_put_back_to_an_old_copy_of_its_disk_repeats_and_overwrites_nothing(plant: Plant, opened: list[Centre]) -> None:
    agent, outbox = plant.agents[MINE], plant.folder / MINE / "outbox"
    plant.start()
    plant.wait_for_receipts()
    agent.kill()
    shutil.copytree(outbox, plant.folder / "old-copy")
    agent.start()
    plant.wait_for_receipts()
    wait_until(lambda: len(sent_of(plant, outbox)) > 20)
    agent.kill()
    wait_until(lambda: plant.cable.idle)
    shutil.move(outbox, plant.folder / "newer")
    shutil.copytree(plant.folder / "old-copy", outbox)
    agent.start()
    plant.wait_for_receipts()
    plant.settle()

    centre = centre_of(plant, opened)
    stored = centre.readings()
    everything = on_disk(outbox, plant.folder / "newer", registry=centre.registry)
    assert on_disk(outbox, registry=centre.registry) - stored == Counter()
    assert stored - everything == Counter()
    assert max(stored.values()) == 1
    sent = sent_of(plant, plant.folder / "newer")
    assert len(sent) > 20
    assert readings_of(iter(sent), centre.registry)[0] - stored == Counter(), "only what the lost disk had not sent may be missing"


def sent_of(plant: Plant, outbox: Path) -> list[tuple[str, int, bytes]]:
    """The items of a disk that went up the cable."""
    return [item for item in items_on_disk(outbox) if item[2] in plant.cable.went_up]


def test_two_agents_from_one_copied_disk_are_alarmed_and_nothing_is_overwritten(plant: Plant, opened: list[Centre]) -> None:
    agent, home = plant.agents[MINE], plant.folder / MINE
    plant.start()
    plant.wait_for_receipts()
    agent.kill()
    shutil.copytree(home / "outbox", plant.folder / "twin")
    text = (home / "edge.toml").read_text(encoding="utf-8").replace(str(home / "outbox"), str(plant.folder / "twin"))
    (plant.folder / "twin.toml").write_text(text, encoding="utf-8")
    twin = plant.add_agent(MINE, 1)
    (home / "edge.toml").write_text(text.replace(str(plant.folder / "twin"), str(home / "outbox")), encoding="utf-8")
    twin.arguments = davy("edge", "--config", str(plant.folder / "twin.toml"))
    try:
        agent.start()
        twin.start()
        wait_until(lambda: "gateway.conflict" in plant.rules())
    finally:
        agent.terminate()
        twin.terminate()
    shutil.move(home / "outbox", plant.folder / "first")
    shutil.copytree(plant.folder / "twin", home / "outbox")
    plant.agents = {MINE: twin}
    plant.ingest.kill()
    plant.ingest.start()
    plant.settle()
    plant.ingest.start()
    shutil.rmtree(home / "outbox")
    shutil.move(plant.folder / "first", home / "outbox")
    plant.settle()

    centre = centre_of(plant, opened)
    stored = centre.readings()
    both = on_disk(home / "outbox", plant.folder / "twin", registry=centre.registry)
    assert "gateway.conflict" in centre.rules()
    assert stored.keys() == both.keys()
    assert max(stored.values()) == 1


def test_with_receipts_blocked_for_the_whole_run_nothing_is_freed_and_nothing_is_lost(plant: Plant, opened: list[Centre]) -> None:
    acl = plant.folder / "acl"
    lanes = "".join(f"topic readwrite davy/v1/+/+/{lane}\n" for lane in ("birth", "state", "live", "replay", "event"))
    acl.write_text(f"{lanes}topic read davy/v1/+/+/receipt\n", encoding="ascii")
    configuration = plant.folder / "mosquitto.conf"
    plain = configuration.read_text(encoding="ascii")
    configuration.write_text(f"{plain}acl_file {acl}\n", encoding="ascii")
    outbox, registry, metrics = plant.folder / MINE / "outbox", registry_of(plant), told_by_ingest(plant)
    for proc in (plant.sim, plant.broker, plant.ingest):
        assert proc is not None
        proc.start()
    wait_until(lambda: counted(metrics, "broker_connected"))  # what is sent before would only come in once it is sent again
    plant.agents[MINE].start()
    most = 0.0

    def most_is_stored() -> bool:
        nonlocal most
        most = 0.8 * sum(on_disk(outbox, registry=registry).values())
        return counted(metrics) > most

    wait_until(lambda: plant.items(MINE) > 50)
    wait_until(most_is_stored)
    plant.agents[MINE].terminate()
    plant.ingest.terminate()
    centre = Centre(plant)
    arrived, kept = centre.readings(), on_disk(outbox, registry=centre.registry)
    centre.close()
    assert arrived - kept == Counter()
    assert sum(arrived.values()) > most, "the centre stores although it cannot answer"

    plant.broker.kill()
    configuration.write_text(plain, encoding="ascii")
    plant.broker.start()
    plant.ingest.start()
    plant.settle()

    centre = centre_of(plant, opened)
    assert centre.readings() == on_disk(outbox, registry=centre.registry)


def test_a_centre_put_back_to_a_backup_gets_again_what_it_lacks(plant: Plant, opened: list[Centre]) -> None:
    plant.start()
    plant.wait_for_receipts()
    plant.ingest.terminate()
    backup = plant.folder / "backup"
    backup.mkdir()
    shutil.copytree(plant.folder / "store", backup / "store")
    shutil.copy(plant.folder / "records.sqlite", backup)
    generation = EmbeddedStore(plant.folder / "store")
    before = generation.generation
    generation.close()
    plant.ingest.start()
    plant.wait_for_more_receipts(MINE)
    plant.ingest.kill()
    shutil.rmtree(plant.folder / "store")
    for name in plant.folder.glob("records.sqlite*"):
        name.unlink()
    shutil.copytree(backup / "store", plant.folder / "store")
    shutil.copy(backup / "records.sqlite", plant.folder)
    plant.ingest.start()
    plant.wait_for_more_receipts(MINE)
    plant.settle()

    centre = centre_of(plant, opened)
    assert centre.store.generation != before
    assert centre.readings() == on_disk(plant.folder / MINE / "outbox", registry=centre.registry)


@pytest.mark.parametrize("back", [6, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(300)])])
def test_a_clock_set_back_keeps_both_readings_of_a_time(plant: Plant, opened: list[Centre], back: int) -> None:
    agent, offset = plant.agents[MINE], plant.folder / "offset"
    offset.write_text("0")
    agent.arguments = [
        sys.executable,
        str(ROOT / "tests/end_to_end/agent_with_clock.py"),
        str(plant.folder / MINE / "edge.toml"),
        str(offset),
    ]
    outbox = plant.folder / MINE / "outbox"
    plant.start()
    wait_until(lambda: (made := stamps(outbox)) and made[-1] - made[0] > (back + 2) * SECOND)
    offset.write_text(str(-back))
    wait_until(lambda: went_back_and_caught_up(outbox))
    plant.settle()

    centre = centre_of(plant, opened)
    kept = on_disk(outbox, registry=centre.registry)
    assert centre.readings().keys() == kept.keys()
    folds = Counter(fold for point in centre.registry.points for fold in centre.store.series(MINE, point.id, 0, 1 << 62).fold.tolist())
    assert folds[1] > 20
    times = Counter((point, at) for point, at, _, _ in kept)
    assert folds[1] == sum(count - 1 for count in times.values())


def test_a_poison_item_in_the_middle_becomes_a_dead_letter_and_the_line_goes_on(plant: Plant, opened: list[Centre]) -> None:
    home = plant.folder / MINE
    registry = registry_of(plant)
    number = next(point.id for point in registry.points if point.quantity == "methane")
    rows = "\n".join(f"2014-01-01 00:{at // 60:02d}:{at % 60:02d},{6.66 if at == 20 else 0.1 + at / 1000:.3f}" for at in range(3600))
    (plant.folder / "rows.csv").write_text(f"time,{number}\n{rows}\n", encoding="utf-8")
    plant.sim = None
    plant.add_agent(MINE, 1, plant.folder / "rows.csv", iso(time.time_ns() // 1000))
    plant.ingest.arguments = [sys.executable, str(ROOT / "tests/end_to_end/deadly_ingest.py"), str(plant.folder / "ingest.toml")]
    plant.start()
    for _ in range(3):
        wait_until(lambda: plant.ingest.ended)
        assert plant.ingest.process is not None
        assert plant.ingest.process.returncode == 9
        plant.ingest.start()
    plant.wait_for_more_receipts(MINE)

    def with_readings_behind(written: int) -> int:
        return sum(1 for item in list(items_on_disk(home / "outbox"))[written:] if values_of([item]))

    dead_at = len(list(items_on_disk(home / "outbox")))
    wait_until(lambda: with_readings_behind(dead_at) >= 5)  # the line goes on
    plant.settle()

    centre = centre_of(plant, opened)
    with centre.records.read() as db:
        dead = deadletters.listing(db)
    assert [letter.reason for letter in dead] == ["poison"]
    poison = (dead[0].epoch, dead[0].seq)
    items = list(items_on_disk(home / "outbox"))
    assert 6.66 in values_of(item for item in items if item[:2] == poison)
    assert centre.readings() == readings_of((item for item in items if item[:2] != poison), registry)[0]
    behind = [item for item in items if item[0] == poison[0] and item[1] > poison[1]]
    assert sum(1 for item in behind if values_of([item])) >= 5  # and each of their readings is in the store, as said above
