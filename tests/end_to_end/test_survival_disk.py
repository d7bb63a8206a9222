"""A disk that is full, that turns read-only, that damages what it holds: the agent as a process on a real small ext4."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.payload import Batch, Event, Item, Lost, Poll, decode
from edge_agent.outbox import Outbox, OutboxLimits
from tests.end_to_end.harness import items_on_disk
from tests.end_to_end.lone import Lone, fill_up, small_disk

pytestmark = pytest.mark.servers


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    with small_disk(tmp_path, 12) as made:
        yield made


@pytest.fixture
def alone(tmp_path: Path, disk: tuple[Path, str]) -> Iterator[Lone]:
    """An agent on the small disk; its broker is not there."""
    made = Lone(tmp_path / "lone", disk[0] / "outbox", high_from=35)
    yield made
    made.agent.kill()


def alarms(lone: Lone) -> list[str]:
    bodies = [decode(Item, data).body for _, _, data in items_on_disk(lone.outbox, "event")]
    return [body.rule for body in bodies if isinstance(body, Event) and body.change == "raise"]


def lost(lone: Lone) -> list[Lost]:
    bodies = [decode(Item, data).body for _, _, data in items_on_disk(lone.outbox, "event")]
    return [body for body in bodies if isinstance(body, Lost)]


def test_a_disk_that_fills_up_while_it_runs_costs_no_reading_once_there_is_room_again(alone: Lone, disk: tuple[Path, str]) -> None:
    alone.configure()
    alone.start()
    alone.until(lambda told: told.polled > 0)
    ballast = fill_up(disk[0])
    told = alone.until(lambda told: bool(told.disk) and told.unwritten_items > 15)
    shown = alone.shown()
    ballast.unlink()
    after = alone.until(lambda told: not told.disk and told.unwritten_items < 5)
    alone.until_beyond(max(40, told.unwritten_items + 25))  # the alarm is in row 35
    alone.agent.terminate()

    assert "No space" in told.disk
    assert "磁盘拒绝写入" in shown
    assert "it polls and judges on" in shown
    assert (after.unkept, after.lost_items) == (0, 0)
    places = alone.cursors()
    assert places == list(range(1, len(places) + 1)), "every row once, those of the full disk too"
    assert len(places) > told.unwritten_items + 20
    assert alarms(alone) == ["limit.alarm"]


def test_on_a_disk_full_of_what_nobody_received_the_oldest_samples_go_and_are_told(alone: Lone, disk: tuple[Path, str]) -> None:
    box = Outbox(alone.outbox / "data", "data", OutboxLimits(segment_bytes=1 << 20))
    for at in range(700):
        box.append(Batch("0123456789abcdef", 1_000_000 * at, [0], [0], os.urandom(8192), [], [Poll("rows", 1_000_000, at)]), 1_000_000 * at)
        box.commit()
    box.close()
    alone.configure(max_mb=4096, reserve_mb=2)
    alone.start()
    alone.until(lambda told: told.waiting_items > 700)
    ballast = fill_up(disk[0])
    alone.until(lambda told: told.lost_items > 0 and not told.disk and told.unwritten_items < 5)
    shown = alone.shown()
    alone.agent.terminate()

    assert ballast.exists()
    assert alone.cursors()[-1] > 20
    ranges = [(loss.epoch, loss.first, loss.last, loss.reason) for loss in lost(alone)]
    assert ranges[0][0] == box.epoch
    assert {reason for *_, reason in ranges} == {"outbox full"}
    assert "told lost since the start" in shown


def test_an_agent_starts_on_a_disk_without_a_free_byte(alone: Lone, disk: tuple[Path, str]) -> None:
    (disk[0] / "outbox").mkdir()
    ballast = fill_up(disk[0])
    alone.configure()
    alone.start()
    alone.until_logged("limit.alarm")
    ballast.unlink()
    alone.until(lambda told: not told.disk and told.waiting_items > 40)
    alone.agent.terminate()

    assert alarms(alone) == ["limit.alarm"]
    assert alone.cursors()[:30] == list(range(1, 31))


def test_a_disk_that_turns_read_only_stops_no_alarm_and_harms_nothing_that_was_kept(alone: Lone, disk: tuple[Path, str]) -> None:
    trigger = Path(f"/sys/fs/ext4/{disk[1]}/trigger_fs_error")
    if not trigger.exists():
        pytest.skip("this kernel cannot pretend that an ext4 broke")
    alone.configure()
    alone.start()
    alone.until(lambda told: told.polled > 0)
    trigger.write_text("1")
    alone.until_logged("limit.alarm", "Read-only file system")
    shown = alone.shown()
    alone.agent.terminate()
    kept = alone.cursors()
    again_read_only = Lone(alone.folder / "again", alone.outbox)
    again_read_only.configure()
    again_read_only.start()
    again_read_only.until_logged("disk refuses")
    time.sleep(1.5)  # and it lives on
    assert again_read_only.alive, again_read_only.log[-2000:]
    again_read_only.agent.terminate()
    subprocess.run(["umount", str(disk[0])], check=True)
    subprocess.run(["fsck.ext4", "-f", "-y", str(disk[0].parent / "disk.img")], check=False, capture_output=True)
    subprocess.run(["mount", "-o", "loop", str(disk[0].parent / "disk.img"), str(disk[0])], check=True)
    alone.start()
    alone.until_kept(len(kept) + 5)
    alone.agent.terminate()

    assert "磁盘已变为只读" in shown
    assert "the disk has turned read-only" in shown
    assert alone.agent.process is not None
    assert alone.agent.process.returncode == 0
    assert alone.cursors()[: len(kept)] == kept == list(range(1, len(kept) + 1))
    assert lost(alone) == []


def test_damaged_and_vanished_segments_are_told_and_set_aside_and_it_goes_on(alone: Lone) -> None:
    box = Outbox(alone.outbox / "data", "data", OutboxLimits(segment_bytes=400))
    for at in range(40):
        box.append(Batch("0123456789abcdef", 1_000_000 * at, [0], [0], bytes(8), [], [Poll("rows", 1_000_000, at)]), 1_000_000 * at)
        box.commit()
    box.close()
    files = sorted((alone.outbox / "data").glob("*.seg"))
    files[2].write_bytes(os.urandom(files[2].stat().st_size))
    files[4].unlink()
    gone = [int(files[at].stem.partition("-")[2]) for at in (2, 3, 4, 5)]
    alone.configure()
    alone.start()
    told = alone.until(lambda told: told.lost_items > 0 and told.waiting_items > 30)
    shown = alone.shown()
    alone.until_beyond(10)
    alone.agent.terminate()

    ranges = {(loss.first, loss.last) for loss in lost(alone) if loss.epoch == box.epoch}
    assert ranges == {(gone[0], gone[1] - 1), (gone[2], gone[3] - 1)}
    assert told.damaged_files == 1
    assert files[2].with_suffix(".damaged").exists()
    assert "隔离损坏文件 1 个" in shown
    assert alone.cursors()[-1] > 10
