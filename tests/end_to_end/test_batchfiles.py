"""A gateway without return path, with real processes: its files, carried in any order, make the centre equal to its disk."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.journal import Journal
from alerts.packs import load
from contracts.batchfile import Kind, read_file
from contracts.payload import Item, Poll, decode
from contracts.points import Registry, read_registry
from ingest.books import ledger
from ingest.holdings import Holdings
from ingest.ledger import Gap, LedgerDay, Word
from store.address import open_store
from store.records.engine import open_records
from tests.end_to_end.harness import ROOT, Plant, Proc, Reading, davy, items_on_disk, readings_in_store, readings_of
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
MINE = "alpha"
NAME = f"{MINE}/gate-1"


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """A simulator and an agent that reaches no broker; the centre's configuration, and nothing of it running."""
    plant = Plant(tmp_path / "plant")
    ports = plant.add_sim([MINE])
    agent = plant.add_agent(MINE, ports[MINE])
    config = plant.folder / MINE / "edge.toml"
    config.write_text(
        config.read_text(encoding="utf-8") + f'[files]\nfolder = "{plant.folder / "out"}"\nevery_s = 1.0\nmax_mb = 1\n', encoding="utf-8"
    )
    assert plant.sim is not None
    plant.sim.start()
    agent.start()
    yield plant
    plant.stop()


def made(plant: Plant) -> list[Path]:
    return sorted((plant.folder / "out").glob("*.davy"))


def wait_for(plant: Plant, files: int) -> None:
    wait_until(lambda: len(made(plant)) >= files, told=lambda: (plant.folder / MINE / "edge.log").read_text(encoding="utf-8")[-2000:])


def key(plant: Plant) -> str:
    arguments = davy("edge", "blackbox", "key", "--config", str(plant.folder / MINE / "edge.toml"))
    return subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def import_files(plant: Plant, *files: Path, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    arguments = davy("ingest", "import", *map(str, files), "--config", str(plant.folder / "ingest.toml"), *more)
    return subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


def last_stretch(plant: Plant) -> int:
    """End the agent, and let another run write the rest: what the first one made after its last file. The newest instant of the first."""
    agent, before = plant.agents[MINE], len(made(plant))
    agent.terminate()
    newest = max(at for _, at, _, _ in on_disk(plant)[0])
    agent.start()
    wait_for(plant, before + 2)
    agent.kill()
    return newest


def on_disk(plant: Plant) -> tuple[Counter[Reading], list[Poll]]:
    """Readings and polls on the gateway's disk."""
    return readings_of(items_on_disk(plant.folder / MINE / "outbox"), registry_of(plant))


def registry_of(plant: Plant) -> Registry:
    return read_registry((plant.folder / MINE / "points.json").read_bytes())


def compared(plant: Plant) -> tuple[Counter[Reading], Counter[Reading], list[LedgerDay]]:
    """Readings on the gateway's disk, readings in the store, and the ledger."""
    disk, polls = on_disk(plant)
    store, records = open_store(str(plant.folder / "store")), open_records(f"sqlite:///{plant.folder / 'records.sqlite'}")
    try:
        stored = readings_in_store(store, MINE, registry_of(plant))
        days = ledger(Holdings(store, records, Journal(load())), NAME, min(poll.first for poll in polls), time.time_ns() // 1000)
    finally:
        store.close()
        records.close()
    return disk, stored, days


def items_in(file: Path, public: str) -> set[tuple[str, int]]:
    """Epoch and number of the items that a file is the only one to have."""
    found = read_file(file.read_bytes(), lambda _: bytes.fromhex(public))
    items = [decode(Item, data) for data in found.of(Kind.DATA, Kind.EVENT)]
    return {(item.epoch, item.seq) for item in items}


def holes(days: list[LedgerDay]) -> list[Gap]:
    return [gap for day in days for gap in day.gaps if gap.word in (Word.MISSING, Word.LOST)]


def expect_whole(plant: Plant, filed: int) -> None:
    """The store has nothing but what is on the disk, each reading once, and all of it up to the last file, which is not older than the
    instant `filed`; the ledger has no hole."""
    disk, stored, days = compared(plant)
    newest = max(at for _, at, _, _ in stored)
    assert stored - disk == Counter()
    assert {key: count for key, count in (disk - stored).items() if key[1] <= newest} == {}
    assert max(stored.values()) == 1
    assert len(stored) > 500
    assert newest > filed
    assert holes(days) == []
    assert sum(day.missing + day.lost + day.dead + day.conflict + day.duplicate for day in days) == 0


def test_files_in_any_order_one_missing_one_altered_then_healed(plant: Plant) -> None:
    wait_for(plant, 7)
    filed = last_stretch(plant)
    files = made(plant)
    random.Random(3).shuffle(files)
    missing = sorted(files)[3]
    altered = sorted(files)[5]
    good = altered.read_bytes()
    bad = plant.folder / "bad" / altered.name
    bad.parent.mkdir()
    bad.write_bytes(good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1 :])
    there = [bad if file == altered else file for file in files if file != missing]

    done = import_files(plant, *there, more=("--key", key(plant)))
    assert done.returncode == 1
    assert "cut-or-altered" in done.stdout
    assert "缺文件 files missing: 4, 6" in done.stdout, done.stdout + done.stderr
    disk, stored, days = compared(plant)
    told = {(gap.epoch, seq) for gap in holes(days) for seq in range(gap.first, gap.last + 1)}
    assert told == items_in(missing, key(plant)) | items_in(altered, key(plant))
    assert sum(day.missing for day in days) == len(told) > 0
    assert stored - disk == Counter()

    done = import_files(plant, missing, altered, *files, more=("--key", key(plant)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "missing" not in done.stdout.splitlines()[-1]
    expect_whole(plant, filed)
    done = import_files(plant, *files, more=("--key", key(plant)))
    assert "new 0" in done.stdout
    assert all("new 0;" in line for line in done.stdout.splitlines())
    expect_whole(plant, filed)

    done = import_files(plant, files[0], more=("--key", "00" * 32))
    assert done.returncode == 1
    assert "foreign" in done.stdout


@pytest.mark.long
def test_an_agent_killed_at_random_while_it_writes_loses_and_skips_nothing(plant: Plant) -> None:
    chance, agent = random.Random(9), plant.agents[MINE]
    wait_for(plant, 2)
    for _ in range(8):
        time.sleep(chance.uniform(0.8, 2.6))  # any moment is the point
        agent.kill()
        agent.start()
    wait_for(plant, len(made(plant)) + 2)
    filed = last_stretch(plant)

    done = import_files(plant, *made(plant), more=("--key", key(plant)))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "files missing" not in done.stdout.splitlines()[-1]
    expect_whole(plant, filed)


@pytest.mark.long
def test_an_import_killed_in_the_middle_is_repeated_and_a_running_centre_takes_the_files_in(plant: Plant) -> None:
    wait_for(plant, 6)
    filed = last_stretch(plant)
    files = made(plant)
    for pause in (0.9, 1.3, 1.7):
        broken = Proc(
            davy("ingest", "import", *map(str, files), "--config", str(plant.folder / "ingest.toml"), "--key", key(plant)),
            plant.folder / "import.log",
        )
        broken.start()
        time.sleep(pause)  # any moment is the point
        broken.kill()
    drop, config = plant.folder / "drop", plant.folder / "ingest.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + f'[files]\nfolder = "{drop}"\n[files.keys]\n"{NAME}" = "{key(plant)}"\n', encoding="utf-8")
    plant.broker.start()
    plant.ingest.start()
    wait_until((drop / "watched").exists)
    (drop / files[0].name).write_bytes(files[0].read_bytes())

    done = import_files(plant, *files[1:])

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(files) - 1
    wait_until((drop / "imported" / files[0].name).exists)
    plant.ingest.terminate()
    expect_whole(plant, filed)
