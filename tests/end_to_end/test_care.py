"""Remote care over a real broker: a configuration that cuts the link is taken back by the gateway itself, and it says why."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.ports import free_port
from contracts.keys import key_id, public_of
from tests.end_to_end.cared import GATEWAY, MINE, Cared
from tests.end_to_end.harness import ROOT, davy
from tests.waiting import wait_until


@pytest.fixture
def cared(tmp_path: Path) -> Iterator[Cared]:
    made = Cared(tmp_path / "plant")
    made.plant.start()
    made.plant.wait_for_receipts()
    yield made
    made.plant.stop()


@pytest.mark.servers
def test_a_configuration_that_cuts_the_link_is_taken_back_and_one_that_works_is_kept(cared: Cared) -> None:
    cut = cared.push(cared.installed.replace(f"port = {cared.plant.cable.port}", f"port = {free_port()}"), 5)
    assert cut.returncode != 0
    assert "no receipt in 5 s" in cut.stdout + cut.stderr
    assert "reverted" in cut.stdout

    again = cared.push(cared.installed.replace("period_s = 0.2", "period_s = 0.5"))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "运行 / running 2" in again.stdout

    told = cared.care("status")
    assert "运行 / running 2" in told.stdout
    assert "已拒绝 / refused 1: no receipt in 5 s" in told.stdout


@pytest.mark.servers
def test_commands_are_done_and_answered_and_a_stranger_is_not_heard(cared: Cared) -> None:
    probed = cared.order("probe", "source=field")
    assert probed.returncode == 0, probed.stdout + probed.stderr
    assert "1-PIPE" in probed.stdout

    resent = cared.order("resend", "from=2020-01-01T00:00:00Z", "to=2100-01-01T00:00:00Z")
    assert resent.returncode == 0
    assert int(resent.stdout.split("items")[0].split()[-1]) > 5

    unknown = cared.order("cut-power")
    assert unknown.returncode != 0
    assert "no command 'cut-power'" in unknown.stderr

    stranger = cared.folder / "stranger.key"
    cared.run("care", "key", str(stranger))
    assert key_id(public_of(bytes.fromhex(stranger.read_text()))) not in cared.installed
    unheard = cared.care("command", "probe", "source=field", "--key", str(stranger), "--by", "x", "--within", "3")
    assert unheard.returncode != 0
    assert "does not answer" in unheard.stderr


@pytest.mark.servers
def test_a_span_is_sent_again_from_the_gateway_itself(cared: Cared) -> None:
    done = cared.run("edge", "resend", "--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z", "--config", str(cared.edge))

    assert done.returncode == 0, done.stderr
    assert "items" in done.stdout


@pytest.mark.servers
@pytest.mark.long
def test_a_broker_that_is_gone_during_the_trial_blames_nobody(cared: Cared) -> None:
    place = cared.folder / "push"
    place.mkdir()
    (place / "edge.toml").write_text(cared.installed.replace("period_s = 0.2", "period_s = 0.5"), encoding="utf-8")
    told = ["--key", str(cared.key), "--by", "x", "--confirm", "5", "--port", str(cared.plant.broker_port)]
    pushing = subprocess.Popen(davy("care", "push", GATEWAY, str(place), *told), cwd=ROOT)
    care = cared.folder / MINE / "outbox" / "care.json"
    wait_until(lambda: care.exists() and b'"trial":1' in care.read_bytes())
    cared.plant.broker.kill()
    wait_until(lambda: b'"waiting":1' in care.read_bytes())
    pushing.kill()
    pushing.wait()
    assert b'"refused":{}' in care.read_bytes()

    cared.plant.broker.start()

    wait_until(lambda: b'"running":1' in care.read_bytes())
