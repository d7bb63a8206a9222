"""`davy alarms inbox|show|acknowledge|answer|close|return|evidence|verify` on the console's own application."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.evidence import Seal
from alerts.referral import refer_now
from console.cli.__main__ import davy
from contracts.errors import BadConfig
from contracts.keys import new_key
from tests.console.cli_network import InProcess, network_of
from tests.console.web_pit import Pit


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.calm()
    pit.alarm()
    return pit


@pytest.fixture
def network(pit: Pit) -> Iterator[InProcess]:
    with network_of(pit.plant) as found:
        yield found


def run(network: InProcess, *typed: str) -> Result:
    return CliRunner().invoke(davy, ["alarms", *typed], obj=network)


def test_an_alarm_is_seen_answered_sent_back_answered_and_closed(pit: Pit, network: InProcess) -> None:
    with pit.records.begin() as db:
        refer_now(db, pit.journal, 1, "unanswered", pit.clock.now())
    assert "overdue" in run(network, "inbox", "--mine", "north").stdout
    assert "没有待办 / nothing to be done" in run(network, "inbox", "--mine", "south").stdout
    seen = run(network, "show", "1").stdout
    assert "limit reached" in seen
    assert "test_gas " in seen
    assert "; 期限 due 20" in seen
    stated = ("--name", "李工", "--cause", "exhaust", "--words", "防爆车", "--peak", "1.4", "--cut", "no", "--reported-to", "王总")
    assert "答复 answer 1" in run(network, "answer", "1", *stated).stdout
    assert "sent back" in run(network, "return", "1", "--name", "赵", "--words", "核对").stdout
    pit.clock.advance(1)
    assert "答复 answer 2" in run(network, "answer", "1", *stated).stdout
    assert "已核销 closed" in run(network, "close", "1", "--name", "赵", "--words", "属实", "--version", "2").stdout
    assert "赵:" in run(network, "show", "1").stdout


def test_an_alarm_is_acknowledged_once_and_is_still_to_be_answered(pit: Pit, network: InProcess) -> None:
    seen = ("acknowledge", "1", "--name", "王工", "--words", "已派人")
    assert "未确认" in run(network, "show", "1").stdout
    told = run(network, *seen).stdout
    assert told.startswith("1 ")
    assert "未确认" not in told
    shown = run(network, "show", "1").stdout
    assert "王工: 已派人" in shown
    assert "矿方待答复" in shown
    assert isinstance(run(network, *seen).exception, BadConfig)


def test_causes_are_listed_while_an_answer_is_owed_and_no_longer(pit: Pit, network: InProcess) -> None:
    assert "exhaust 车辆尾气" in run(network, "show", "1").stdout
    assert "原因 causes" not in run(network, "answer", "1", "--name", "李工", "--cause", "exhaust").stdout


def test_what_is_not_stated_is_not_filled_in(pit: Pit, network: InProcess) -> None:
    run(network, "answer", "1", "--name", "李工", "--cause", "blasting")
    with pit.records.read() as db:
        from store.records import handling  # noqa: PLC0415

        form = handling.newest_answers(db, {1})[1].form
    assert (form["peak"], form["duration_s"]) == (None, None)


def test_evidence_is_written_and_checked_without_the_centre(pit: Pit, network: InProcess, tmp_path: Path) -> None:
    out = tmp_path / "alarm.zip"
    assert "密钥 key" in run(network, "evidence", "1", "--name", "李工", "--out", str(out)).stdout
    assert isinstance(run(network, "evidence", "1", "--name", "李工", "--out", str(out)).exception, BadConfig)
    assert pit.plant.seal is not None
    key = pit.plant.seal.public.hex()
    whole = CliRunner().invoke(davy, ["alarms", "verify", str(out), "--key", key])
    assert (whole.exit_code, "完好 / whole: 10" in whole.stdout) == (0, True)
    strange = CliRunner().invoke(davy, ["alarms", "verify", str(out), "--key", "00" * 32])
    assert (strange.exit_code, "another key" in strange.stdout) == (1, True)
    damaged = bytearray(out.read_bytes())
    damaged[damaged.index(b"evidence.zh.pdf") + 60] ^= 1
    out.write_bytes(bytes(damaged))
    told = CliRunner().invoke(davy, ["alarms", "verify", str(out)])
    assert (told.exit_code, "evidence.zh.pdf" in told.stdout) == (1, True)


@pytest.mark.parametrize("typed", [("show", "one"), ("show", "99"), ("verify", "/nowhere.zip"), ("verify", __file__)])
def test_what_makes_no_sense_is_refused_in_one_line(network: InProcess, typed: tuple[str, str]) -> None:
    done = run(network, *typed)
    assert done.exit_code != 0
    assert "refused" in str(done.exception) or "evidence" in str(done.exception)
