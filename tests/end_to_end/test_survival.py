"""A link that is no link, a clock that is wrong, memory that runs out, ten thousand points: the agent as a process goes on reading."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.clock import BUILD_TIME, DAY, HOUR, SECOND
from contracts.payload import CLOCK_UNSURE, Batch, Item, Poll, decode
from edge_agent.outbox import Outbox, OutboxLimits
from edge_agent.outbox.segment import Segment
from tests.end_to_end.harness import ROOT, items_on_disk
from tests.end_to_end.lone import PERIOD_S, HangingBroker, Lone

pytestmark = pytest.mark.servers


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Lone]:
    made = Lone(tmp_path)
    yield made
    made.agent.kill()


ONE_LOOKUP = round(2.0 / PERIOD_S) - 1
"""Instants that pass while one lookup of a resolver that never answers lasts, or one wait for a broker that hangs (which is longer)."""


def every_row(alone: Lone, at_least: int) -> None:
    """Every row was read once and kept."""
    places = alone.cursors()
    assert places == list(range(1, len(places) + 1))
    assert len(places) >= at_least


# ------------------------------------------------------------ the link


def test_a_resolver_that_never_answers_stops_nothing_but_the_link(alone: Lone, tmp_path: Path) -> None:
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("a resolver of its own needs root and a mount namespace")
    try:
        deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        deaf.bind(("127.0.0.99", 53))
    except OSError as error:
        pytest.skip(f"no port 53 on loopback: {error}")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.99\noptions timeout:2 attempts:1\n", encoding="ascii")
    alone.broker_host = "centre.mine.example"
    alone.configure()
    inside = f'mount --bind {tmp_path / "resolv.conf"} "$(readlink -f /etc/resolv.conf)" && exec "$@"'
    alone.agent.arguments = ["unshare", "-m", "sh", "-c", inside, "sh", *alone.agent.arguments]
    alone.start()
    told = alone.until(lambda told: told.waiting_items > 40)
    alone.until(lambda told: "name resolution" in told.link)
    shown = alone.shown()
    deaf.setblocking(False)
    asked = deaf.recv(512)
    begun = time.monotonic()
    alone.agent.terminate()

    assert b"centre" in asked
    assert time.monotonic() - begun < 10
    assert told.skipped < ONE_LOOKUP, "a busy machine passes over an instant; a lookup that stops reading passes over many"
    assert not told.connected
    assert "域名解析失败" in shown
    every_row(alone, 40)


LETS_IN = (HangingBroker.CONNECT, HangingBroker.SUBSCRIBE, HangingBroker.PING)


@pytest.mark.parametrize(
    ("answers", "word"),
    [pytest.param((), "without an answer", marks=pytest.mark.long), (LETS_IN, "timed out")],
    ids=["takes the connection and says nothing", "lets it in and acknowledges no publish"],
)
def test_a_broker_that_hangs_is_left_and_tried_again_and_reading_goes_on(alone: Lone, answers: tuple[int, ...], word: str) -> None:
    broker = HangingBroker(*answers)
    alone.broker_port = broker.port
    alone.configure()
    alone.start()
    told = alone.until(lambda told: word in told.link_ended and broker.connections > 1)
    shown = alone.shown()
    alone.agent.terminate()
    broker.close()

    assert told.skipped < ONE_LOOKUP
    assert told.lost_items == 0
    assert "消息代理接受连接但不应答" in shown
    every_row(alone, 20)


def test_a_broker_that_takes_everything_and_a_centre_that_never_says_so_free_nothing(alone: Lone) -> None:
    broker = HangingBroker(*LETS_IN, HangingBroker.PUBLISH)
    alone.broker_port = broker.port
    alone.configure(keep_days=0)
    alone.start()
    told = alone.until(lambda told: told.sent_items > 40)
    shown = alone.shown()
    alone.agent.terminate()
    broker.close()

    assert (told.receipts, told.receipt_age_s) == (0, None)
    assert told.in_flight_bytes <= told.credit_bytes
    assert "0 个, 最近 - 秒前" in shown
    assert told.waiting_items >= told.sent_items
    every_row(alone, 40)


# ------------------------------------------------------------ the clock


def with_clock(alone: Lone, offset: int) -> Path:
    """The agent's wall clock is off by so many µs, from now on settable by the file."""
    path = alone.folder / "offset"
    path.write_text(str(offset / SECOND), encoding="ascii")
    alone.agent.arguments = [sys.executable, str(ROOT / "tests/end_to_end/agent_with_clock.py"), str(alone.folder / "edge.toml"), str(path)]
    return path


def batches(alone: Lone) -> list[Batch]:
    bodies = [decode(Item, data).body for _, _, data in items_on_disk(alone.outbox)]
    return [body for body in bodies if isinstance(body, Batch)]


def test_a_clock_that_starts_in_1970_goes_on_from_the_build_date_marked_until_it_is_right(alone: Lone) -> None:
    now = time.time_ns() // 1000
    offset = with_clock(alone, -now)
    alone.configure(start=BUILD_TIME)
    alone.start()
    told = alone.until(lambda told: told.waiting_items > 10)
    shown = alone.shown()
    offset.write_text("0", encoding="ascii")
    right = alone.until(lambda told: told.clock == "trusted")
    alone.agent.terminate()

    assert told.clock == "suspect"
    assert BUILD_TIME <= told.at < BUILD_TIME + HOUR
    assert "1970" in shown
    assert abs(right.at - time.time_ns() // 1000) < 30 * SECOND
    marked = [bool(batch.flags & CLOCK_UNSURE) for batch in batches(alone)]
    assert marked[0]
    assert not marked[-1]


def test_a_clock_that_jumps_a_year_ahead_and_back_loses_no_reading_and_is_told(alone: Lone) -> None:
    offset = with_clock(alone, 0)
    alone.configure()
    alone.start()
    alone.until_kept(11)
    offset.write_text(str(365 * DAY / SECOND), encoding="ascii")
    ahead = alone.until(lambda told: told.at > time.time_ns() // 1000 + 300 * DAY)
    alone.until_kept(1500)  # all of them are due now
    offset.write_text("0", encoding="ascii")
    back = alone.until(lambda told: told.set_back)
    shown = alone.shown()
    alone.agent.terminate()

    assert max(ahead.skipped, back.skipped) < ONE_LOOKUP, "not the instants of a year"
    assert ahead.lost_items == 0
    assert "时钟被调回" in shown
    every_row(alone, 1500)


def newest(alone: Lone) -> list[tuple[str, int, bytes]]:
    """Items of the newest segment."""
    path = max((alone.outbox / "data").glob("*.seg"), key=lambda path: path.stat().st_mtime_ns)
    segment = Segment.open(path)
    return [] if segment is None else [(segment.epoch, seq, segment.read(seq) or b"") for seq in range(segment.first, segment.last + 1)]


# ------------------------------------------------------------ memory, size, time


def watch_over(alone: Lone, told: socket.socket, wait_s: float) -> bool:
    """Do as systemd does: kill what gives no sign of life for so long. Whether that was needed; it may end by itself."""
    assert alone.agent.process is not None
    told.settimeout(0.2)
    last = time.monotonic()
    while alone.alive:
        with contextlib.suppress(TimeoutError):
            last = time.monotonic() if b"WATCHDOG=1" in told.recv(4096) else last
        if time.monotonic() - last > wait_s:
            alone.agent.kill()
            return True
    return False


@pytest.mark.long
def test_an_agent_whose_memory_ends_gives_no_sign_of_life_and_comes_back_with_everything_it_kept(alone: Lone) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not installed")
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(f"\0davy-{alone.broker_port}")
    plain = alone.agent.arguments
    alone.agent.arguments = ["env", f"NOTIFY_SOCKET=@davy-{alone.broker_port}", "WATCHDOG_USEC=4000000", *plain]
    alone.configure()
    alone.start()
    alone.until_kept(11)
    assert alone.agent.process is not None
    subprocess.run(["prlimit", "--pid", str(alone.agent.process.pid), f"--as={64 << 20}"], check=True)
    request = alone.outbox / "requests" / "large.json"
    request.parent.mkdir(exist_ok=True)
    with request.open("wb") as file:
        file.truncate(512 << 20)
    hung = watch_over(alone, told, 4.0)
    before = alone.cursors()
    request.unlink(missing_ok=True)
    alone.start()
    alone.until_kept(len(before) + 10)
    alone.agent.terminate()

    assert hung or "MemoryError" in alone.log
    assert len(before) > 10
    every_row(alone, len(before) + 10)


@pytest.mark.long
def test_an_agent_sends_a_backlog_larger_than_its_memory_under_a_hard_limit_of_it(alone: Lone) -> None:
    group = Path("/sys/fs/cgroup/memory/davy-test")
    try:
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(str(112 << 20), encoding="ascii")
    except OSError as error:
        pytest.skip(f"a memory limit cannot be set here: {error}")
    box = Outbox(alone.outbox / "data", "data", OutboxLimits(segment_bytes=4 << 20))
    for at in range(2500):
        box.append(Batch("0123456789abcdef", 1_000_000 * at, [0], [0], os.urandom(60_000), [], [Poll("x", 1_000_000, at)]), 1_000_000 * at)
        if at % 50 == 49:
            box.commit()
    box.close()
    broker = HangingBroker(*LETS_IN, HangingBroker.PUBLISH)
    alone.broker_port = broker.port
    alone.configure()
    alone.agent.arguments = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh", *alone.agent.arguments]
    alone.start()
    try:
        for path in (alone.outbox / "data").glob("*.seg"):
            os.posix_fadvise(file := os.open(path, os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)
        told = alone.until(lambda told: told.waiting_items > 2510)
        peak = int((group / "memory.max_usage_in_bytes").read_text(encoding="ascii"))
    finally:
        alone.agent.kill()
        broker.close()
        with contextlib.suppress(OSError):
            group.rmdir()

    assert told.resident_mb < 112
    assert peak > 0
    assert told.skipped == 0
    assert [place for place in alone.cursors() if place][-1] > 10


@pytest.mark.long
def test_ten_thousand_points_a_second_are_read_on_time_and_kept_in_bounded_memory(tmp_path: Path) -> None:
    alone = Lone(tmp_path, points=10_000, rows=40)
    alone.period_s = 1.0
    alone.configure()
    alone.start()
    try:
        told = alone.until(lambda told: told.polled >= 25)
        assert alone.agent.process is not None
        spent = sum(int(part) for part in Path(f"/proc/{alone.agent.process.pid}/stat").read_text(encoding="ascii").split()[13:15])
        shown = alone.shown()
    finally:
        alone.agent.terminate()

    print(f"10,000 points at 1 Hz: {told.resident_mb} MiB, {spent / os.sysconf('SC_CLK_TCK') / 25:.3f} of a core, start included")  # noqa: T201
    assert told.skipped <= 3, "on a machine that does other things too"
    assert told.resident_mb < 256
    assert "测点 10000" in shown
    readings = sum(len(batch.values) // 8 for batch in batches(alone))
    assert readings >= 25 * 10_000


@pytest.mark.long
def test_the_first_reading_is_on_disk_within_five_seconds_of_the_start_beside_a_week_of_segments(alone: Lone) -> None:
    box = Outbox(alone.outbox / "data", "data", OutboxLimits(segment_bytes=2000))
    for at in range(6000):
        box.append(Batch("0123456789abcdef", 1_000_000 * at, [0], [0], bytes(300), [], [Poll("x", 1_000_000, at)]), 1_000_000 * at)
        box.commit()
    box.close()
    segments = len(list((alone.outbox / "data").glob("*.seg")))
    alone.configure()
    begun = time.monotonic()
    alone.start()
    while not any(epoch != box.epoch and seq > 0 for epoch, seq, _ in newest(alone)):
        assert time.monotonic() - begun < 30
        time.sleep(0.02)
    took = time.monotonic() - begun
    print(f"start to the first reading on disk beside {segments} segments: {took:.2f} s")  # noqa: T201

    assert segments > 600
    assert took < 15
