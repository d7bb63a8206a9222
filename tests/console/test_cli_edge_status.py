"""`davy edge status`: every fault has its line, in both languages, with what to do."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from console.cli import edge_status
from console.cli.checks.agent import SUBJECTS, Seen
from console.cli.checks.locks import Lock
from console.cli.checks.verdict import State
from console.cli.edge_status import command, read_only
from contracts.clock import BUILD_TIME, DAY, MINUTE, SECOND, ClockState
from edge_agent.advice.word import ModelsWord
from edge_agent.batchfiles import FilesWord
from edge_agent.diary import Facts, Status
from edge_agent.polling import Word
from edge_agent.process import own

NOW = BUILD_TIME + 10 * DAY
GOOD = Status(
    NOW - SECOND, "mine/gate", "e1", True, "connected", 3, 5 << 20, 100, 262144, 40, 90, 1000, 999, 0, ClockState.TRUSTED, "",
    started=NOW - 10 * MINUTE, points=12, receipt_age_s=1.0, resident_mb=64.0, connections=1,
)  # fmt: skip


def seen(*, held: bool = True, ro: bool = False, **facts: object) -> Seen:
    return Seen(msgspec.structs.replace(GOOD, **facts), Lock(held, 77), NOW, ro)


FAULTS = {
    "it does not run": ("process", seen(held=False), State.WRONG, "没有运行", "not running"),
    "it writes no word": ("process", seen(at=NOW - MINUTE), State.WARNING, "没有写出自述", "has written no word for 60 s"),
    "disk full": ("disk", seen(disk="No space left on device", unwritten_items=9, unkept=2), State.WRONG, "拒绝写入", "9 items in memory"),
    "disk read-only": ("disk", seen(ro=True), State.WRONG, "只读", "turned read-only"),
    "a damaged segment": ("outbox", seen(damaged_files=1, lost_items=6), State.WARNING, "隔离损坏文件 1 个", "6 items told lost"),
    "a copied disk": ("copy", seen(conflicts=1), State.WRONG, "副本也在用", "this disk was copied"),
    "a clock from 1970": ("clock", seen(clock=ClockState.SUSPECT), State.WARNING, "1970", "started in 1970"),
    "a clock set back": ("clock", seen(set_back=True), State.WARNING, "时钟被调回", "set back"),
    "memory": ("memory", seen(resident_mb=300.0), State.WARNING, "多于通常", "more than usual"),
    "too many points": ("reading", seen(skipped=50), State.WARNING, "来不及 50", "50 passed while busy"),
    "silent devices": ("reading", seen(answered=900), State.WARNING, "有应答 900", "900 answered"),
    "no source answers yet": ("reading", seen(polled=0), State.WARNING, "应采 0", "none so far"),
    "dead DNS": (
        "link",
        seen(connected=False, link="[Errno -3] Temporary failure in name resolution"),
        State.WARNING,
        "域名解析失败",
        "cannot be resolved",
    ),
    "a broker that hangs": ("link", seen(receipts=0, link_ended="Operation timed out"), State.WARNING, "不应答", "does not answer"),
    "a broker that refuses": ("link", seen(connected=False, link="Connection refused"), State.WARNING, "拒绝连接", "refuses"),
    "a source that is silent": (
        "sources",
        seen(sources=[Word("plc", True, NOW), Word("kj", False, NOW - MINUTE, why="folder: No such file or directory")]),
        State.WARNING,
        "2 个来源, 1 个没有应答; kj (自 ",
        "): folder: No such file or directory",
    ),
    "a file with refused records": (
        "sources",
        seen(sources=[Word("kj", True, NOW, why="m.txt: 2 refused or doubted, first value", why_at=NOW - MINUTE)]),
        State.WARNING,
        "0 个没有应答; kj (",
        "m.txt: 2 refused or doubted",
    ),
    "refused records since the start": (
        "counts",
        seen(counts={"kj": {"files": 12, "damaged_files": 1, "refused": 2, "repeated_files": 0}}),
        State.WARNING,
        "kj: 文件 12, 有拒收或存疑的文件 1, 拒收或存疑的记录 2",
        "kj: files 12, files with something refused or doubted 1, records refused or doubted 2",
    ),
    "no batch file can be written": (
        "files",
        seen(files=FilesWord("usb", 3, 40, "m_3.davy", NOW - MINUTE, "9 MB free")),
        State.WRONG,
        "写不出签名文件: 9 MB free; usb: 自启动以来 3 个, 待写 40 条",
        "40 items in none yet",
    ),
    "a folder that hangs": (
        "files",
        seen(files=FilesWord("usb", 3, 40, "m_3.davy", NOW - 5 * MINUTE, every_s=60.0)),
        State.WARNING,
        "299 秒没有写出文件",
        "no file for 299 s",
    ),
    "models that fail": (
        "models",
        seen(models=ModelsWord("3@ab", failed=2, failure="KeyError: 'x'")),
        State.WARNING,
        "模型出错 2 次",
        "KeyError: 'x'; readings and alarms go on; 3@ab",
    ),
    "models that were refused": (
        "models",
        seen(models=ModelsWord("3@ab", 5, NOW - DAY, "王工", [2, 3], "unsigned: nobody vouches", 9, 0.1, 0, "", 4.2, 7, 1)),
        State.WARNING,
        "最近一个包未被接受: unsigned: nobody vouches; 在用: 3@ab (签名 王工)",
        "5 detectors, 4.2 ms a cycle (p99 7.0); 1 findings stand; kept: 2, 3",
    ),
    "no receipts": ("receipts", seen(receipts=0, receipt_age_s=None), State.WARNING, "没有回执", "nothing without a receipt is freed"),
    "receipts that stopped": ("receipts", seen(receipt_age_s=300.0), State.WARNING, "300 秒前", "the last 300 s ago"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_words_in_both_languages_and_says_what_to_do(fault: str) -> None:
    name, what, state, zh, en = FAULTS[fault]

    told = SUBJECTS[name][1](what)

    assert (told.state, zh in told.zh, en in told.en) == (state, True, True), told
    assert told.do_zh
    assert told.do_en


@pytest.mark.parametrize("name", SUBJECTS)
def test_an_agent_that_is_well_is_told_so(name: str) -> None:
    calm = {"sources": [Word("kj", True, NOW, why="an old story", why_at=NOW - DAY)], "counts": {"kj": {"files": 9, "refused": 0}}}
    assert SUBJECTS[name][1](seen()).state is State.OK
    assert SUBJECTS[name][1](seen(**calm, files=FilesWord("usb", 3, 5, "m_3.davy", NOW - MINUTE))).state is State.OK
    assert SUBJECTS[name][1](seen(models=ModelsWord("3@ab", 5, NOW - DAY, "王工", [3]))).state is State.OK


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "agent.json").write_bytes(msgspec.json.encode(Facts(status=GOOD)))
    return tmp_path


def test_the_command_shows_every_subject_and_its_exit_code_says_whether_something_is_wrong(folder: Path) -> None:
    alone = CliRunner().invoke(command, [str(folder)])
    lock = own(folder)
    running = CliRunner().invoke(command, [str(folder)])
    lock.close()

    assert (alone.exit_code, running.exit_code) == (1, 0)
    assert all(name in running.output for name in SUBJECTS)


def test_an_agent_that_runs_and_could_never_write_its_word_is_named(tmp_path: Path) -> None:
    lock = own(tmp_path)
    told = CliRunner().invoke(command, [str(tmp_path)])
    lock.close()

    assert "runs here and could not write it: is the disk full or read-only?" in str(told.exception)


def test_as_json_it_has_the_agent_s_figures_and_the_findings(folder: Path) -> None:
    told = msgspec.json.decode(CliRunner().invoke(command, [str(folder), "--json"]).output)

    assert told["status"]["points"] == 12
    assert told["findings"]["process"]["state"] == "wrong"


def test_the_word_of_an_older_agent_is_still_understood(tmp_path: Path) -> None:
    old = msgspec.to_builtins(Facts(status=GOOD))
    old["status"] = dict(list(old["status"].items())[:16])
    (tmp_path / "agent.json").write_bytes(msgspec.json.encode(old))

    assert "points" in CliRunner().invoke(command, [str(tmp_path)]).output


@pytest.mark.parametrize(("options", "answer"), [("rw", False), ("ro,relatime", True), ("rw,errors=remount-ro,emergency_ro", True)])
def test_a_read_only_disk_is_seen_in_the_table_of_mounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, answer: bool
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\n/dev/b {tmp_path} ext4 {options} 0 0\n", encoding="utf-8")
    monkeypatch.setattr(edge_status, "MOUNTS", mounts)

    assert read_only(tmp_path / "outbox") is answer
