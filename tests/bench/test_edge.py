"""What the edge bench rests on: a backlog that is compared item by item, receipts taken as they are meant, a line that is really cut."""

import asyncio

import numpy as np
import pytest

from bench.backlog import Backlog, Kept, kept
from bench.cable import laid
from bench.drain import Behind, all_held, waits
from bench.edge import made_up, missed
from bench.edge_wire import EdgeWire
from bench.processes import ChildFailed
from contracts.clock import BUILD_TIME, SECOND
from contracts.payload import DATA_STREAM, VERSION, Event, Item, Receipt, Told, encode
from contracts.topics import Lane
from edge_agent.outbox import Outbox, OutboxLimits
from tests.waiting import LIMIT_S

POINTS, SOURCES, SECONDS = 60, 3, 130
EPOCH, OLDER = "a" * 16, "b" * 16


@pytest.fixture
def backlog() -> Backlog:
    return made_up(POINTS, SOURCES, SECONDS, BUILD_TIME)


def receipt(*told: Told) -> bytes:
    return encode(Receipt(VERSION, "g", 1, 1, 1, list(told)))


def live(backlog: Backlog, seq: int, due: int) -> bytes:
    return encode(Item(VERSION, EPOCH, seq, due, next(backlog.bodies(due))))


def test_a_backlog_is_read_back_as_it_was_written_and_every_point_of_every_second_is_in_it(tmp_path, backlog):
    items, size = backlog.write(tmp_path / "data", OutboxLimits(segment_bytes=20_000))

    assert backlog.altered(Outbox(tmp_path / "data", DATA_STREAM)) == 0
    found = kept(tmp_path / "data", POINTS, BUILD_TIME + SECOND)
    assert found.readings.tolist() == [SECONDS] * POINTS
    assert {name: sorted(due) for name, due in found.polls.items()} == {f"field{at}": list(backlog.instants()) for at in range(SOURCES)}
    assert items > SECONDS * SOURCES
    assert size == sum(path.stat().st_size for path in (tmp_path / "data").glob("*.seg"))


def test_one_changed_byte_on_disk_is_an_altered_item(tmp_path, backlog):
    backlog.write(tmp_path / "data", OutboxLimits())
    (segment,) = (tmp_path / "data").glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[-20] ^= 1
    segment.write_bytes(data)

    assert backlog.altered(Outbox(tmp_path / "data", DATA_STREAM)) == 1


def test_a_missing_segment_is_altered_items(tmp_path, backlog):
    backlog.write(tmp_path / "data", OutboxLimits(segment_bytes=20_000))
    max((tmp_path / "data").glob("*.seg")).unlink()

    assert backlog.altered(Outbox(tmp_path / "data", DATA_STREAM)) > 0


def test_a_live_item_is_receipted_by_a_range_that_holds_it_though_older_ones_are_missing(backlog):
    wire = EdgeWire()
    for seq in (7, 8):
        wire.take(Lane.LIVE, live(backlog, seq, BUILD_TIME + seq), BUILD_TIME + seq + 1)

    wire.take(Lane.RECEIPT, receipt(Told(EPOCH, "data", 2, [(0, 2, 1), (8, 8, 1)])), BUILD_TIME + 50)

    assert wire.live == [(BUILD_TIME + 8, BUILD_TIME + 50)]
    assert list(wire.waiting) == [(EPOCH, 7)]


def test_a_backlog_is_held_when_neither_the_older_epoch_nor_the_own_one_has_a_gap():
    wire, behind = EdgeWire(), Behind(OLDER, 100, 1, 0)
    older, own = Told(OLDER, "data", 99, [(0, 99, 1)]), Told(EPOCH, "data", 9, [(0, 9, 1)])
    said = []
    for told in (
        [own],
        [own, Told(OLDER, "data", 98, [(0, 98, 1)])],
        [older, Told(EPOCH, "data", 2, [(0, 2, 1), (8, 8, 1)])],
        [older, own],
    ):
        wire.take(Lane.RECEIPT, receipt(*told), BUILD_TIME)
        said.append(all_held(wire, behind))

    assert said == [False, False, False, True]


def test_an_event_is_timed_from_its_decision_to_its_first_arrival(backlog):
    wire = EdgeWire()
    event = Event("T1", "limit.alarm", "raise", BUILD_TIME, 1.2, 1.0, 0, "", "", BUILD_TIME + 7000)
    cut = Event("T1", "limit.cut1", "raise", BUILD_TIME, 1.6, 1.5, 0, "", "", BUILD_TIME + 7000)
    wire.take(Lane.EVENT, encode(Item(VERSION, OLDER, 1, BUILD_TIME, cut)), BUILD_TIME + 12_000)
    assert not wire.raised, "a cut is not what a crossing is matched with"
    for arrived in (12_000, 90_000):
        wire.take(Lane.EVENT, encode(Item(VERSION, OLDER, 0, BUILD_TIME, event)), BUILD_TIME + arrived)
    wire.take(Lane.LIVE, live(backlog, 0, BUILD_TIME), BUILD_TIME + 1)
    wire.take(Lane.RECEIPT, receipt(Told(EPOCH, "data", 0, [(0, 0, 1)])), BUILD_TIME + 40_000)

    crossings = [("T1", BUILD_TIME - 600_000), ("T2", BUILD_TIME - 1_000), ("T1", BUILD_TIME - 400_000), ("T1", BUILD_TIME + 1)]
    figures = waits(wire, crossings, BUILD_TIME, BUILD_TIME + SECOND)

    assert (figures["decision_p99_ms"], figures["event_p99_ms"], figures["live_p99_ms"]) == (7.0, 5.0, 40.0)
    assert figures["crossing_p99_ms"] == 407.0, "from the newest crossing of that point that the reading can show"


def test_a_time_without_events_is_not_a_wait_of_zero():
    with pytest.raises(ChildFailed, match="nothing to measure"):
        waits(EdgeWire(), [], 0, SECOND)


def test_a_poll_that_left_no_answer_and_a_source_that_left_none_at_all_are_missed():
    instants = {BUILD_TIME // SECOND * SECOND + at * SECOND for at in range(1, 5)}
    found = Kept(np.zeros(1, np.int64), {"a": instants, "b": instants - {min(instants)}}, {})

    assert missed(found, min(instants), max(instants) + 1, 2) == 1
    assert missed(found, min(instants), max(instants) + 1, 3) == 5


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other end hung up."""
    async with asyncio.timeout(LIMIT_S):
        try:
            return await reader.read(1) == b""
        except ConnectionError:
            return True


async def test_a_cut_line_hangs_up_and_lets_nobody_in_until_it_is_mended():
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(9))
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as far, laid(far.sockets[0].getsockname()[1]) as cable:
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        await asyncio.sleep(0.05)
        await cable.cut()
        assert await ended(reader)
        writer.close()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.1", cable.port)

        await cable.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        writer.write(b"once more")
        assert await reader.read(9) == b"once more"
        writer.close()
