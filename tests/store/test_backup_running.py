"""A backup of a store that another process owns and goes on writing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.clock import ManualClock
from store.backup import restore
from store.embedded import EmbeddedStore
from store.records import counters
from store.records.engine import open_records

REPOSITORY = Path(__file__).parents[2]
EVER = (0, 1 << 60)

CHILD = f"""
import sys, threading
from pathlib import Path
sys.path.insert(0, {str(REPOSITORY)!r})
from contracts.clock import SystemClock
from store.backup import back_up
from store.embedded import EmbeddedStore
from store.records import counters
from store.records.engine import open_records
from tests.store.conftest import NOON, delivery_of
from contracts.clock import DAY

folder, address = Path(sys.argv[1]), sys.argv[2]
store, records = EmbeddedStore(folder / "store"), open_records(address)
said = threading.Lock()

def say(line):
    with said:
        print(line, flush=True)

def backups():
    for line in sys.stdin:
        say(f"backup {{back_up(store, records, folder / 'backups', SystemClock(), 'test').place}}")

threading.Thread(target=backups, daemon=True).start()
for seq in range(1_000_000):
    rows = [(point, seq * 20 + n, seq + n / 7, point) for point in range(5) for n in range(20)]
    with records.begin() as db:
        counters.add(db, "north/gw1", 0, "item")
    store.append([delivery_of(seq, rows, received=NOON + seq // 40 * DAY)])
    say(f"item {{seq}}")
"""


@pytest.mark.servers
def test_a_backup_made_while_readings_come_in_is_one_moment(database: str, tmp_path: Path) -> None:
    """Another process owns the store and goes on; every item the backup has is whole, and none is missing that came before."""
    running = tmp_path / "running"
    running.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(running), database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        before, after, place = -1, -1, ""
        for line in child.stdout:
            what, _, value = line.strip().partition(" ")
            if what == "backup":
                place = value
                break
            after = int(value)
            if after == 60:
                before = after
                child.stdin.write("now\n")
        assert child.poll() is None, "it went on"
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
    assert 60 == before < after

    shutil.move(place, tmp_path / "kept")
    shutil.rmtree(running)
    restore(tmp_path / "kept", tmp_path / "again", ManualClock())
    again, records = EmbeddedStore(tmp_path / "again" / "store"), open_records(f"sqlite:///{tmp_path / 'again' / 'records.sqlite'}")
    ((first, last, _),) = again.held("north/gw1")["e1"]
    assert first == 0
    assert before <= last <= after + 1
    for point in range(5):
        found = again.series("north", f"T0{point}", *EVER)
        assert found.value.tolist() == [seq + n / 7 for seq in range(last + 1) for n in range(20)]
    with records.read() as db:
        assert before + 1 <= counters.of(db, "north/gw1", 0)["item"] <= last + 2  # read first: no later than the readings
    records.close()
    again.close()
