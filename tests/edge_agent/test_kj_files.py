"""A folder of KJ files over time: growing, repeated and late files, restarts, refusing disks, silence, and the KJ system's own settings."""

import asyncio
import os
import sqlite3
import stat
import threading
from pathlib import Path

import msgspec
import pytest

from contracts.clock import SECOND
from contracts.errors import BadConfig
from edge_agent.sources.drop_folder import Seen
from edge_agent.sources.file_memory import FileMemory
from edge_agent.sources.settings import KjFilesSettings
from tests.edge_agent.kj_mine import HEADER, NOON, KjMine, record, shown
from tests.waiting import LIMIT_S

A, B = record("T01", "0.45"), record("T02", "0.52")
BOTH = [("T01", 0, "0.45", 0), ("T02", 0, "0.52", 0)]


async def test_a_growing_file_is_waited_for_and_each_of_its_readings_comes_once(tmp_path: Path) -> None:
    mine = KjMine(tmp_path, patience_s=30)
    mine.write("m_CDSS_1.txt", HEADER + A + B[:20])
    first = await mine.poll(5)
    mine.write("m_CDSS_1.txt", HEADER + A + B + "||")
    second = await mine.poll(5)

    assert (first.block, shown(second)) == (None, BOTH)


async def test_after_the_patience_the_whole_records_are_taken_and_the_rest_when_it_comes(tmp_path: Path) -> None:
    mine = KjMine(tmp_path, patience_s=30)
    mine.write("m_CDSS_1.txt", HEADER + A + B[:20])
    await mine.poll(5)
    late = await mine.poll(31)
    mine.write("m_CDSS_1.txt", HEADER + A + B + "||")
    rest = await mine.poll(5)

    assert (shown(late), shown(rest)) == (BOTH[:1], BOTH[1:])
    assert "file_end" in late.why


async def test_a_file_that_grows_for_ever_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    mine, text = KjMine(tmp_path, patience_s=10), HEADER
    found = []
    for at in range(8):
        text += record("T01", f"0.{at + 1}", f"2026-11-24 16:00:{at:02}")
        mine.write("m_CDSS_1.txt", text)
        found += shown(await mine.poll(5))

    assert [row[1] for row in found] == list(range(len(found)))
    assert len(found) >= 6


async def test_a_file_under_another_name_and_a_record_in_another_file_are_known_again(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    await mine.poll()
    mine.write("m_CDSS_2.txt", HEADER + A + "||")
    mine.write("m_CDSS_3.txt", HEADER + A + B + "||")

    assert shown(await mine.poll()) == BOTH[1:]
    assert (mine.source.counts["repeated_files"], mine.source.counts["repeated_readings"]) == (1, 1)


async def test_a_file_written_over_in_place_is_read_again_even_where_its_time_and_size_stay(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    path = mine.write("m_CDSS_1.txt", HEADER + A + "||")
    os.utime(path, (1, 1))
    await mine.poll(1)
    mine.write("m_CDSS_1.txt", HEADER + record("T01", "0.46") + "||")
    os.utime(path, (1, 1))

    assert shown(await mine.poll(5)) == [("T01", 0, "0.46", 0)]


async def test_over_a_restart_nothing_comes_twice(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    cursor = (await mine.poll()).polls[0].cursor
    await mine.source.close()
    mine.source = mine.fresh(cursor)
    mine.write("m_CDSS_2.txt", HEADER + A + B + "||")

    assert shown(await mine.poll()) == BOTH[1:]


async def test_what_no_answer_on_disk_vouches_for_is_read_again_after_a_crash(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    cursor = (await mine.poll()).polls[0].cursor
    mine.write("m_CDSS_2.txt", HEADER + B + "||")
    await mine.poll()
    await mine.source.close()
    mine.source = mine.fresh(cursor)

    assert shown(await mine.poll()) == BOTH[1:]


async def test_every_poll_carries_the_newest_place(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    taken = (await mine.poll()).polls[0].cursor

    assert (await mine.poll()).polls[0].cursor == taken > 0


async def test_no_new_file_for_the_periods_named_is_no_answer(tmp_path: Path) -> None:
    mine = KjMine(tmp_path, absent_after=3)
    before = await mine.poll()
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    polls = [await mine.poll() for _ in range(5)]

    assert [answer.polls[0].answered for answer in [before, *polls]] == [0, 1, 1, 1, 0, 0]
    assert "no new readings" in polls[-1].why


async def test_files_that_say_the_same_again_and_again_are_no_answer(tmp_path: Path) -> None:
    mine = KjMine(tmp_path, absent_after=2)
    answered = []
    for at in range(4):
        mine.write(f"m_CDSS_{at}.txt", HEADER.replace("16:00:00", f"16:00:0{at}") + A + "||")
        answered.append((await mine.poll()).polls[0].answered)

    assert answered == [1, 1, 0, 0]


async def test_a_state_nobody_explained_is_listed_once_and_not_with_every_file(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    for at in range(3):
        mine.write(f"m_CDSS_{at}.txt", HEADER + record("T01", "0.45", f"2026-11-24 16:00:0{at}", "检修") + "||")
    await mine.poll()

    assert len((mine.own / "quarantine.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert mine.source.counts["refused"] == 3


async def test_a_folder_that_is_not_there_is_no_answer_and_comes_back(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.drop.rename(tmp_path / "away")
    gone = await mine.poll()
    (tmp_path / "away").rename(mine.drop)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")

    assert (gone.polls[0].answered, "No such file" in gone.why) == (0, True)
    assert shown(await mine.poll()) == BOTH[:1]


async def test_the_folder_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDSS_1.txt", HEADER + A + "||").chmod(0o444)
    mine.write("m_CDDY_1.txt", HEADER + "broken~||")
    os.mkfifo(mine.drop / "m_CDSS_pipe.txt")
    before = [(path.name, path.lstat().st_mtime_ns, path.lstat().st_mode) for path in sorted(mine.drop.iterdir())]
    mine.drop.chmod(stat.S_IRUSR | stat.S_IXUSR)
    opened: list[tuple[str, int]] = []
    plain = os.open

    def watched(path: str | Path, flags: int, *more: int) -> int:
        opened.append((Path(path).name, flags & (os.O_ACCMODE | os.O_CREAT | os.O_TRUNC)))
        return plain(path, flags, *more)

    monkeypatch.setattr(os, "open", watched)

    assert shown(await mine.poll()) == BOTH[:1]
    await mine.poll()
    assert set(opened) == {("m_CDSS_1.txt", os.O_RDONLY), ("m_CDDY_1.txt", os.O_RDONLY)}
    assert [(path.name, path.lstat().st_mtime_ns, path.lstat().st_mode) for path in sorted(mine.drop.iterdir())] == before


async def test_the_newest_file_goes_ahead_of_a_backlog_of_which_nothing_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_agent.sources.file_poll.MOST_ROWS", 2)
    mine = KjMine(tmp_path)
    for at in range(5):
        path = mine.write(f"m_CDSS_{at}.txt", HEADER + record("T01", "0.4", f"2026-11-24 16:00:0{at}") + "||")
        os.utime(path, (at + 1, at + 1))

    answers = [shown(await mine.poll()) for _ in range(3)]

    assert [[row[1] for row in rows] for rows in answers] == [[4, 0], [3, 1], [2]]


async def test_a_folder_that_hangs_costs_polls_and_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, go = KjMine(tmp_path, timeout_s=0.1), threading.Event()
    mine.write("m_CDSS_1.txt", HEADER + A + "||")
    look = mine.source.folder.look

    def hang() -> list[Seen]:
        go.wait(LIMIT_S)
        return look()

    monkeypatch.setattr(mine.source.folder, "look", hang)
    async with asyncio.timeout(LIMIT_S / 2):
        hung = await mine.poll()
    go.set()
    monkeypatch.setattr(mine.source, "_timeout", LIMIT_S)

    assert (hung.polls[0].answered, hung.why) == (0, "the folder does not answer; no new readings")
    back = await mine.poll()
    assert (shown(back), back.polls[0].first, back.polls[0].answered) == (BOTH[:1], mine.clock.now(), 1)


async def test_a_name_that_is_no_text_hides_no_reading_and_breaks_no_log(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    (mine.drop / os.fsdecode(b"m_CDSS_\xff.txt")).write_text(HEADER + A + "broken~||", encoding="utf-8")
    answer = await mine.poll()

    assert shown(answer) == BOTH[:1]
    assert "m_CDSS_?.txt" in answer.why


async def test_a_folder_of_its_own_that_cannot_be_made_stops_no_reading(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    mine = KjMine(tmp_path, memory=str(tmp_path / "file" / "own"))
    mine.write("m_CDSS_1.txt", HEADER + A + record("T02", "much") + "||")
    mine.write("m_CDDY_1.txt", HEADER + definition("1.2", "1.5", "1") + "||")
    answer = await mine.poll()

    assert (shown(answer), "memory" in answer.why) == (BOTH[:1], True)
    assert (await mine.poll()).block is None


def refuse(*_: object) -> None:
    raise sqlite3.OperationalError("disk is full")


async def test_a_memory_that_cannot_be_written_stops_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = KjMine(tmp_path)
    monkeypatch.setattr(FileMemory, "begin", refuse)
    mine.write("m_CDSS_1.txt", HEADER + A + record("T09", "1") + "||")
    first, second = await mine.poll(), await mine.poll()

    assert (shown(first), second.block) == (BOTH[:1], None)
    assert "disk is full" in first.why


async def test_a_refusing_disk_at_the_start_does_not_hide_what_nobody_vouches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.sources.file_poll.MOST_ROWS", 1)
    mine = KjMine(tmp_path)
    for at, text in enumerate((A, B)):
        os.utime(mine.write(f"m_CDSS_{at}.txt", HEADER + text + "||"), (at + 1, at + 1))
        await mine.poll()
    await mine.source.close()
    mine.source = mine.fresh(0)
    with monkeypatch.context() as full:
        full.setattr(FileMemory, "resume", refuse)
        during = shown(await mine.poll())

    assert (during, shown(await mine.poll())) == (BOTH[1:], BOTH[:1])


async def test_a_damaged_memory_is_set_aside(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.own.mkdir()
    (mine.own / "taken.sqlite").write_bytes(b"no database at all" * 100)
    mine.write("m_CDSS_1.txt", HEADER + A + "||")

    assert shown(await mine.poll()) == BOTH[:1]
    assert (mine.own / "taken.damaged").exists()


def definition(alarm: str, cut: str, restore: str, code: str = "T01") -> str:
    return f"{code};F01;0001;%CH4;4.00;0.00;{alarm};0.95;{cut};{restore};通;断;回风;2026-11-24 15:00:00~"


async def test_a_setting_looser_than_the_regulation_is_a_finding_with_its_clause(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDDY_1.txt", HEADER + definition("1.2", "1.5", "") + definition("9", "9", "9", "T02") + "||")
    await mine.poll()

    found = {(one.point, one.setting, one.found, one.official) for one in mine.source.findings}
    assert found == {("T01", "alarm", 1.2, 1.0), ("T01", "restore", None, 1.0)}
    assert mine.source.compared == {"T01"}, "T02 is mapped to no row: nothing to compare it with"
    alarm = mine.source.findings[0]
    assert "Art.536" in alarm.clause
    assert "规程" in alarm.zh
    assert "looser" in alarm.en
    mirrored = msgspec.json.decode((mine.own / "kj-settings.json").read_bytes())
    assert [one["point"] for one in mirrored["definitions"]] == ["T01", "T02"]
    assert len(mirrored["findings"]) == 2


async def test_settings_that_fit_give_no_finding_and_a_mended_one_takes_it_back(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDDY_1.txt", HEADER + definition("1.2", "1.5", "1") + "||")
    await mine.poll()
    mine.write("m_CDDY_2.txt", HEADER + definition("1.0", "1.5", "0.99") + "||")
    await mine.poll()

    assert mine.source.findings == []


async def test_definitions_are_known_after_a_restart_and_their_words_are_read(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write("m_CDDY_1.txt", HEADER + definition("", "", "", "K01") + "||")
    cursor = (await mine.poll()).polls[0].cursor
    await mine.source.close()
    mine.source = mine.fresh(cursor)
    mine.write("m_CDSS_1.txt", HEADER + record("K01", "通") + "||")

    assert shown(await mine.poll()) == [("K01", 0, "1", 0)]


async def test_alarms_of_the_kj_system_are_mirrored_once(tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    for name in ("m_YCBJ_1.txt", "m_YCBJ_2.txt"):
        mine.write(name, HEADER.replace("示例", name) + "T01;回风;报警;2026-11-24 15:00:00;2026-11-24 15:05:00;1.21~||")
    await mine.poll()

    lines = (mine.own / "kj-alarms.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert "start=2026-11-24 15:00:00" in lines[1]


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"memory": "drop/own"}, "memory"),
        ({"memory": "drop"}, "memory"),
        ({"folder": ""}, "folder"),
        ({"layout": ""}, "layout"),
        ({"absent_after": 0}, "absent_after"),
        ({"patience_s": -1}, "patience_s"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(told: dict[str, object], key: str) -> None:
    settings = KjFilesSettings(**{"name": "kj", "folder": "drop", "layout": "l.toml", "memory": "own", **told})  # type: ignore[arg-type]

    with pytest.raises(BadConfig, match=rf"s\.{key} "):
        settings.check("s")


def test_noon_is_four_in_the_afternoon_in_shanghai() -> None:
    assert NOON % (24 * 3600 * SECOND) == 8 * 3600 * SECOND
