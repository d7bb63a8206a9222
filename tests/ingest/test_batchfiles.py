"""Batch files at the centre: the way of the wire's items, in any order, any number of times, and the ledger tells what is missing."""

import io
from pathlib import Path

import pytest

from contracts.batchfile import FileWriter, Kind, header_for
from contracts.clock import DAY, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.errors import BadConfig, BadPayload, DavyError
from contracts.keys import new_key, public_of
from contracts.payload import DATA_STREAM, EVENT_STREAM, Birth, Event, Extent, Lost, encode
from ingest.batchfiles import Filing, Imported, holes, numbered
from ingest.books import ledger
from ingest.filedrop import PATIENCE, SETTLED, FileDrop, claimed, is_watched
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.ledger import Word
from ingest.live import Live
from store.records import audit, counters, deadletters, gateways, losses
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

KEY = new_key()
NAME = str(GATEWAY)
EVENTS = "00000000000000ee"
OTHER = "00000000000000bb"
SERIES = "0123456789abcdef"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def birth(made: int, at: int = NOW, epoch: str = EPOCH, events: int = 0) -> Birth:
    extents = [Extent(epoch, DATA_STREAM, made, 0, False, last_time=at), Extent(EVENTS, EVENT_STREAM, events, 0, False, last_time=at)]
    return Birth(1, "test", 0, at, "trusted", REGISTRY.name, "", SECOND, "", extents)


def file(born: Birth, *items: bytes, number: int = 1, events: tuple[bytes, ...] = (), secret: bytes = KEY, previous: bytes = b"") -> bytes:
    out = io.BytesIO()
    writer = FileWriter(out, header_for(secret, NAME, SERIES, number, previous, born.clock))
    writer.add(Kind.BIRTH, encode(born))
    if registry_item() not in items:
        writer.add(Kind.REGISTRY, registry_item())
    for data in items:
        writer.add(Kind.DATA, data)
    for data in events:
        writer.add(Kind.EVENT, data)
    writer.finish(secret)
    return out.getvalue()


def digest(data: bytes) -> bytes:
    return data[-96:-64]


def filing(desk: Desk, keys: dict[str, str] | None = None) -> Filing:
    return Filing(desk.worker, keys or {NAME: public_of(KEY).hex()}, ManualClock(NOW + SECOND))


def import_(desk: Desk, *files: bytes) -> list[Imported]:
    told = []
    for data in files:
        one = filing(desk)
        work = one.open(data)
        for _ in one.steps(work):
            pass
        told.append(work.told)
    return told


def held(desk: Desk) -> list[tuple[int, int]]:
    return [(first, last) for first, last, _ in desk.holdings.of(NAME).held.get((EPOCH, DATA_STREAM), [])]


def story(n: int) -> list[bytes]:
    """Files of two items each, the first with the registry's item."""
    files: list[bytes] = []
    for at in range(n):
        own = [registry_item()] if at == 0 else [data_item(2 * at, at=NOW + 2 * at)]
        more = data_item(2 * at + 1, at=NOW + 2 * at + 1)
        files.append(file(birth(2 * at + 2, NOW + at), *own, more, number=at + 1, previous=digest(files[-1]) if files else b""))
    return files


def test_a_file_s_items_are_stored_and_held_as_those_of_the_wire(desk: Desk) -> None:
    [told] = import_(desk, file(birth(3), registry_item(), data_item(1), data_item(2, at=NOW + SECOND)))

    assert (told.items, told.new, told.known, told.refused, told.unheld, told.missing) == (3, 3, 0, 0, 0, [])
    assert desk.values() == [(NOW, 0.5, 0), (NOW + SECOND, 0.5, 0)]
    assert held(desk) == [(0, 2)]
    with desk.records.read() as db:
        row = gateways.of(db, NAME)
    assert row is not None
    assert row.registry == REGISTRY.name


def test_a_file_imported_twice_changes_nothing(desk: Desk) -> None:
    data = file(birth(2), registry_item(), data_item(1), events=(item(Lost(DATA_STREAM, EPOCH, 5, 6, "x"), 0, EVENTS),))
    import_(desk, data)
    with desk.records.read() as db:
        before = (audit.head(db), counters.of(db, NAME, NOW - NOW % DAY), losses.of(db, NAME))
    desk.restart()

    [told] = import_(desk, data)

    assert (told.new, told.known) == (0, 3)
    with desk.records.read() as db:
        assert (audit.head(db), counters.of(db, NAME, NOW - NOW % DAY), losses.of(db, NAME)) == before
    assert len(desk.values()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_files_come_in_any_order_and_end_in_the_same(desk: Desk, order: tuple[int, ...]) -> None:
    files = story(4)
    told = import_(desk, *(files[at] for at in order))

    assert held(desk) == [(0, 7)]
    assert len(desk.values()) == 7
    assert told[-1].missing == []
    assert [one.notes for one in told] == [[]] * 4
    with desk.records.read() as db:
        row = gateways.of(db, NAME)
        assert counters.of(db, NAME, NOW - NOW % DAY) == {}, "no conflict, no clone, no duplicate"
    assert row is not None
    assert row.clock == NOW + 3, "the newest birth stands"


def test_a_missing_file_stands_in_the_ledger_until_it_comes(desk: Desk) -> None:
    files = story(4)
    told = import_(desk, files[0], files[3])
    assert told[-1].missing == [(2, 3)]
    assert gaps(desk) == [(Word.MISSING, 2, 5)]

    told = import_(desk, files[2], files[1])

    assert [one.missing for one in told] == [[(2, 2)], []]
    assert gaps(desk) == []


def test_what_a_birth_tells_of_and_no_file_brought_is_missing_from_the_first_file_on(desk: Desk) -> None:
    import_(desk, file(birth(6), registry_item(), data_item(1)))
    assert gaps(desk) == [(Word.MISSING, 2, 5)]

    import_(desk, file(birth(2, NOW - 1), registry_item(), data_item(1), number=2))
    assert gaps(desk) == [(Word.MISSING, 2, 5)], "an older birth takes nothing back"


def gaps(desk: Desk) -> list[tuple[Word, int, int]]:
    days = ledger(desk.holdings, NAME, NOW, NOW + DAY)
    return [(gap.word, gap.first, gap.last) for day in days for gap in day.gaps if gap.epoch]


def test_nothing_of_a_file_that_is_altered_foreign_or_without_a_key_is_stored(desk: Desk) -> None:
    good = file(birth(2), registry_item(), data_item(1))
    altered = good.replace(data_item(1), data_item(1, 0.6))
    assert altered != good
    for bad in (altered, good[:-1], file(birth(2), data_item(1), secret=new_key()), b"", b"DAVYFIL1" + bytes(400)):
        with pytest.raises(DavyError):
            filing(desk).open(bad)
    with pytest.raises(BadPayload, match="no public key"):
        filing(desk, {"mine/other": public_of(KEY).hex()}).open(good)

    assert desk.values() == []
    with desk.records.read() as db:
        assert gateways.every(db) == []
        assert deadletters.listing(db) == []


def test_a_key_that_is_none_is_refused_by_name(desk: Desk) -> None:
    for text in ("zz", "00"):
        with pytest.raises(BadConfig, match=r"files\.keys\.mine/gate-1"):
            filing(desk, {NAME: text})


def test_a_number_used_twice_with_other_content_is_a_conflict_and_what_was_held_stays(desk: Desk) -> None:
    [_, told] = import_(desk, file(birth(2), registry_item(), data_item(1)), file(birth(2), data_item(1, 0.9), number=2))

    assert (told.new, told.known, told.refused) == (0, 0, 1)
    assert desk.values() == [(NOW, 0.5, 0)]
    assert told.notes == ["file 2 does not follow the file 1 that came: one number was used twice"]
    with desk.records.read() as db:
        assert [letter.reason for letter in deadletters.listing(db)] == ["conflict"]


def test_what_cannot_be_placed_is_a_dead_letter_as_from_the_wire(desk: Desk) -> None:
    [told] = import_(desk, file(birth(3), registry_item(), data_item(1, at=NOW + DAY), item(Lost(DATA_STREAM, EPOCH, 0, 0, ""), 2)))

    assert (told.new, told.refused, told.unheld) == (1, 2, 0)
    assert held(desk) == [(0, 2)]


def test_an_import_ended_in_the_middle_is_done_again_and_completes(desk: Desk) -> None:
    data = file(birth(600), registry_item(), *(data_item(seq, at=NOW - seq) for seq in range(1, 600)))
    one = filing(desk)
    steps = one.steps(one.open(data))
    for _ in range(2):
        next(steps)
    desk.restart()
    assert 0 < len(desk.values()) < 599

    [told] = import_(desk, data)

    assert told.new + told.known == 600
    assert min(told.new, told.known) > 0
    assert len(desk.values()) == 599
    assert held(desk) == [(0, 599)]


def test_what_was_declared_lost_and_comes_in_a_file_is_corrected(desk: Desk) -> None:
    lost = item(Lost(DATA_STREAM, EPOCH, 1, 1, "outbox full"), 0, EVENTS)
    import_(desk, file(birth(3), registry_item(), data_item(2), number=2, events=(lost,)))
    assert gaps(desk) == [(Word.LOST, 1, 1)]

    import_(desk, file(birth(2, NOW - 1), data_item(1)))

    assert gaps(desk) == []


def test_an_alarm_that_came_late_in_files_and_is_over_is_a_past_one(desk: Desk) -> None:
    at = NOW - 600 * SECOND

    def event(change: str, when: int, seq: int) -> bytes:
        return item(
            Event("T01", "limit.alarm", change, when, 1.2 if change == "raise" else 0.6, 1.0, 0, "x", "limit_reached", when),
            seq,
            EVENTS,
            when,
        )

    raised, over = event("raise", at, 0), event("return", at + 60 * SECOND, 1)
    import_(
        desk, file(birth(2, NOW, events=2), data_item(1), events=(over,), number=2), file(birth(1, at), registry_item(), events=(raised,))
    )

    with desk.records.read() as db:
        [alarm] = desk.journal.listing(db)
    assert (alarm.active, alarm.late) == (False, True)


def test_a_birth_in_a_file_never_takes_the_place_of_one_from_the_wire(desk: Desk) -> None:
    desk.bear(Extent(OTHER, DATA_STREAM, 0, 0, False), nonce=7)
    import_(desk, file(birth(2, NOW + DAY // 48), registry_item(), data_item(1)))

    receipt = desk.holdings.receipt(GATEWAY, 1)
    assert receipt is not None
    assert receipt.nonce == 7
    with desk.records.read() as db:
        assert gateways.of(db, NAME).nonce == 7  # type: ignore[union-attr]  # it was born


def test_rows_of_file_numbers_join_and_tell_what_is_missing() -> None:
    rows, why = numbered([], 2, "a", "b")
    assert (holes(rows), why) == ([(1, 1)], "")
    rows, why = numbered(rows, 4, "c", "d")
    assert (holes(rows), why) == ([(1, 1), (3, 3)], "")
    rows, why = numbered(rows, 3, "b", "c")
    assert (rows, why) == ([(2, 4, "a", "d")], "")
    assert numbered(rows, 3, "x", "y") == (rows, "")
    rows, why = numbered(rows, 5, "other", "e")
    assert (rows, "does not follow" in why) == ([(2, 5, "a", "e")], True)


class Drop:
    """A watched folder whose time is ours."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.folder, self.clock, self.live = folder, ManualClock(NOW + SECOND), Live()
        intake = Intake(
            desk.worker, Judge(desk.records, desk.journal, desk.journal._pack, self.live), self.live, BrokerAddress(), "x", 1, self.clock
        )
        self.drop = FileDrop(folder, filing(desk), intake, self.clock)

    async def look(self, after: int = SETTLED) -> None:
        self.clock.advance(after)
        for path in self.drop._ready():
            await self.drop._one(path)

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.davy"))


async def test_a_file_dropped_is_taken_in_put_aside_and_its_gateway_stays_silent(desk: Desk, tmp_path: Path) -> None:
    drop = Drop(desk, tmp_path)
    (tmp_path / "a.davy").write_bytes(file(birth(2), registry_item(), data_item(1)))
    (tmp_path / "b.davy.half").write_bytes(b"not yet")
    await drop.look()
    assert drop.names() == ["a.davy"], "it may still be written"
    await drop.look()

    assert drop.names() == ["imported/a.davy"]
    assert b'"new": 2' in (tmp_path / "imported" / "a.davy.json").read_bytes()
    assert len(desk.values()) == 1
    assert drop.live.values("mine")["T01"].value == 0.5
    assert drop.live.gateways[NAME].silent(NOW)


async def test_a_file_still_being_copied_is_not_refused_and_one_that_stays_bad_is(desk: Desk, tmp_path: Path) -> None:
    drop, data = Drop(desk, tmp_path), file(birth(2), registry_item(), data_item(1))
    (tmp_path / "slow.davy").write_bytes(data[:200])
    (tmp_path / "bad.davy").write_bytes(data[:-1] + b"x")
    for _ in range(4):
        await drop.look()
    assert drop.names() == ["bad.davy", "slow.davy"]
    (tmp_path / "slow.davy").write_bytes(data)
    for _ in range(2):
        await drop.look()
    assert drop.names() == ["bad.davy", "imported/slow.davy"]

    await drop.look(PATIENCE)

    assert drop.names() == ["imported/slow.davy", "refused/bad.davy"]
    assert b"signature" in (tmp_path / "refused" / "bad.davy.json").read_bytes()


def test_a_folder_is_watched_by_one_centre(tmp_path: Path) -> None:
    lock = claimed(tmp_path)
    assert is_watched(tmp_path)
    lock.close()
    assert not is_watched(tmp_path)
