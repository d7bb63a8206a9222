"""Models on a real gateway: a bundle is learned, signed and sent over the broker; what it finds stands on the centre's pages."""

import contextlib
import subprocess
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from alerts.packs import load
from bench.ports import free_port
from contracts.clock import SECOND, SystemClock
from contracts.points import Registry, read_registry
from edge_agent.advice.word import ModelsWord
from lab.readings import limits_of
from lab.ship import bundle_of
from lab.train import Made, train
from models.base import Frame
from sim_sensors.layout import lay_out
from sim_sensors.mine.preset import HIGH
from sim_sensors.source import SimulatedSource
from tests.end_to_end.cared import GATEWAY, MINE, Cared
from tests.end_to_end.harness import Proc, davy
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
HOUR_S = 3700
HAZARD = '[[devices.script]]\nkind = "fan_stop"\ntarget = "local_fan"\nstart = 10\nduration = 30\n'


@cache
def learned() -> tuple[Registry, Frame, list[Made]]:
    """The simulated mine's detectors, learned from an hour in which nothing happened; about a second."""
    layout, start = lay_out(MINE, MINE, MINE, HIGH), SystemClock().now()
    values, quality, _ = SimulatedSource(layout, HIGH, 7, start).span(0, HOUR_S)
    names = tuple(point.id for point in layout.registry.points)
    frame = Frame(names, start + np.arange(HOUR_S) * SECOND, np.where(quality != 0, np.nan, values))
    limits = limits_of(layout.registry, {name: row.alarm_ge for name, row in load().rows.items()})
    return layout.registry, frame, train(layout.registry, limits, frame, jobs=1)


class Modelled(Cared):
    """The same plant with the centre's pages, and bundles to send."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.pages = free_port()
        self.plant.ingest = Proc(davy("centre", "--config", str(folder / "ingest.toml"), "--port", str(self.pages)), folder / "centre.log")

    @cached_property
    def token(self) -> str:
        """Of an engineer of the mine: nobody else sees what was not forwarded."""
        centre = ("--config", str(self.folder / "ingest.toml"))
        added = self.run("people", "add", "wang", "--name", "王工", "--role", "engineer", "--mine", MINE, "--generate", *centre)
        assert added.returncode == 0, added.stderr
        return self.run("people", "token", "wang", *centre).stdout.strip()

    def made(self, number: int, *, mine: str = MINE, key: Path | None = None) -> Path:
        """The file of a bundle, signed where there is a key."""
        _, frame, members = learned()
        path = self.folder / f"{mine}-{number}.models"
        path.write_bytes(bundle_of(mine, number, SystemClock().now(), [frame], members, {}))
        if key is not None:
            done = self.run("models", "sign", str(path), "--key", str(key), "--by", "王工")
            assert done.returncode == 0, done.stderr
        return path

    def publish(self, path: Path) -> "subprocess.CompletedProcess[str]":
        told = ("--key", str(self.key), "--by", "王工", "--port", str(self.plant.broker_port))
        return self.run("models", "publish", GATEWAY, str(path), *told)

    @property
    def word(self) -> ModelsWord:
        status = self.plant.status(MINE)
        return status.models or ModelsWord() if status else ModelsWord()

    def in_use(self, number: int) -> None:
        """Wait until the agent that runs says so."""
        wait_until(lambda: self.word.use.startswith(f"{number}@") and self.word.cycles > 0, told=lambda: self.word)

    def asked(self, path: str, **wanted: Any) -> list[dict[str, Any]]:
        with contextlib.suppress(httpx.TransportError):
            bearer = {"Authorization": f"Bearer {self.token}"}
            answer = httpx.get(f"http://127.0.0.1:{self.pages}/api/v1/{path}", params=wanted, headers=bearer, timeout=60)
            return list(answer.json()["items"]) if answer.status_code == 200 else []
        return []

    def findings(self, what: str) -> list[dict[str, Any]]:
        return [found for found in self.asked("findings", mine=MINE) if found["kind"] == what]


@pytest.fixture
def modelled(tmp_path: Path) -> Iterator[Modelled]:
    made = Modelled(tmp_path / "plant")
    made.plant.start()
    made.plant.wait_for_receipts()
    yield made
    made.plant.stop()


def test_models_are_learned_signed_and_sent_and_what_they_find_stands_on_the_pages(modelled: Modelled) -> None:
    learnt, _, _ = learned()
    installed = read_registry((modelled.folder / MINE / "points.json").read_bytes())
    assert learnt.points == installed.points

    done = modelled.publish(modelled.made(1, key=modelled.key))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "models 1@" in done.stdout
    assert "王工" in done.stdout
    modelled.in_use(1)

    def scores() -> dict[str, float]:
        return {point["id"]: point["value"] for point in modelled.asked(f"mines/{MINE}/points") if point["quantity"] == "score"}

    wait_until(lambda: scores().get("S-heading-1103") is not None, told=scores)

    sim = modelled.folder / "sim.toml"
    sim.write_text(sim.read_text(encoding="utf-8") + HAZARD, encoding="utf-8")
    assert modelled.plant.sim is not None
    modelled.plant.sim.kill()
    modelled.plant.sim.start()

    wait_until(lambda: modelled.findings("fan_stop"), told=lambda: modelled.asked("findings"))
    [found] = modelled.findings("fan_stop")
    assert found["points"]
    assert {point["point"] for point in found["points"]} <= {point.id for point in installed.points}
    assert found["title"]["zh"]
    assert found["check_first"]["en"]
    assert found["models"] == modelled.word.use
    assert not any(alarm["point"].startswith("S-") for alarm in modelled.asked("alarms", mine=MINE))

    status = modelled.run("edge", "status", str(modelled.folder / MINE / "outbox"))
    assert f"{modelled.word.use} (signed by 王工)" in status.stdout


def test_what_cannot_be_trusted_is_refused_with_its_reason_and_one_can_go_back(modelled: Modelled) -> None:
    stranger = modelled.folder / "stranger.key"
    modelled.run("care", "key", str(stranger))
    for number in (2, 3):
        assert modelled.publish(modelled.made(number, key=modelled.key)).returncode == 0
        modelled.in_use(number)
    use = modelled.word.use

    damaged = modelled.made(4, key=modelled.key)
    data = bytearray(damaged.read_bytes())
    data[-200] ^= 1
    incoming = modelled.folder / MINE / "outbox" / "models" / "incoming"
    incoming.mkdir()
    (incoming / "bad.models").write_bytes(data)
    wait_until((incoming / "bad.models.refused").exists)
    wait_until(lambda: "cut-or-altered" in modelled.word.refused, told=lambda: modelled.word)
    for path, why in (
        (modelled.made(2, key=modelled.key), "older"),
        (modelled.made(5, mine="beta", key=modelled.key), "foreign"),
        (modelled.made(6, key=stranger), "not trusted"),
    ):
        refused = modelled.publish(path)
        assert refused.returncode != 0
        assert why in refused.stdout + refused.stderr
    unsigned = modelled.publish(modelled.made(7))
    assert unsigned.returncode != 0
    assert "a signed bundle" in unsigned.stderr
    wait_until(lambda: "not trusted" in modelled.word.refused, told=lambda: modelled.word)
    assert modelled.word.use == use

    told = ("--key", str(modelled.key), "--by", "王工", "--port", str(modelled.plant.broker_port))
    back = modelled.run("models", "rollback", GATEWAY, "--to", "2", *told)
    assert back.returncode == 0, back.stdout + back.stderr
    modelled.in_use(2)
    never = modelled.run("models", "rollback", GATEWAY, "--to", "9", *told)
    assert never.returncode != 0
    assert "2, 3" in never.stdout + never.stderr
