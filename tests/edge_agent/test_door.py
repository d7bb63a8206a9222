"""The door in the gateway's own folder: whatever lies there, requests are done once and the agent is not held up."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest_asyncio

from contracts.care import Answer, Command
from contracts.clock import BUILD_TIME, MINUTE, ManualClock
from contracts.twin import to_json
from edge_agent.care import door as door_module
from edge_agent.care.door import MOST_AT_ONCE, MOST_BYTES, Door, answer_in, put
from tests.waiting import until

NOW = BUILD_TIME


def asked(name: str) -> bytes:
    return to_json(Command(1, "mine/gate", name, NOW, NOW + MINUTE, "op", "freeze", {"why": name}))


class Gate:
    """A door that is looked through, and what was done."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.done = folder / "requests", list[str]()
        self.folder.mkdir()

    async def freeze(self, arguments: Mapping[str, str]) -> str:
        self.done.append(arguments["why"])
        return "frozen"

    def ask(self, name: str) -> Path:
        path = self.folder / f"{name}.json"
        put(path, asked(name))
        return path

    async def answer(self, name: str) -> Answer:
        path = self.folder / f"{name}.answer"
        await until(path.exists)
        found = answer_in(path)
        assert found is not None
        return found


@pytest_asyncio.fixture
async def gate(tmp_path: Path, monkeypatch) -> AsyncIterator[Gate]:
    monkeypatch.setattr(door_module, "EVERY_S", 0.01)
    gate = Gate(tmp_path)
    task = asyncio.ensure_future(Door(gate.folder, "mine/gate", {"freeze": gate.freeze}, ManualClock(NOW)).run())
    yield gate
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_request_is_done_once_and_answered(gate: Gate) -> None:
    path = gate.ask("b")

    assert ((await gate.answer("b")).state, gate.done, path.exists()) == ("done", ["b"], False)


async def test_a_pipe_that_nobody_writes_to_holds_up_nothing(gate: Gate) -> None:
    os.mkfifo(gate.folder / "a.json")
    gate.ask("b")

    assert (await gate.answer("b")).state == "done"
    assert not (gate.folder / "a.json").exists()


async def test_endless_bytes_are_read_to_the_bound_only(gate: Gate, monkeypatch) -> None:
    (gate.folder / "a.json").symlink_to("/dev/zero")
    with (gate.folder / "c.json").open("wb") as endless:
        endless.truncate(1 << 40)
    gate.ask("d")

    assert (await gate.answer("d")).state == "done"
    assert sorted(path.name for path in gate.folder.iterdir()) == ["d.answer"]


async def test_a_request_of_the_greatest_length_is_read_and_one_byte_more_is_not(gate: Gate) -> None:
    for name, size in (("a", MOST_BYTES), ("b", MOST_BYTES + 1)):
        put(gate.folder / f"{name}.json", asked(name).ljust(size))
    gate.ask("c")
    await gate.answer("c")

    assert gate.done == ["a", "c"]


async def test_what_cannot_be_taken_away_stays_and_the_others_are_done_all_the_same(gate: Gate) -> None:
    (gate.folder / "b.json").mkdir()
    for name in ("a", "c"):
        gate.ask(name)
        assert (await gate.answer(name)).state == "done"

    assert gate.done == ["a", "c"]


async def test_more_than_are_taken_at_once_are_done_too(gate: Gate) -> None:
    names = [f"n{at:03}" for at in range(3 * MOST_AT_ONCE)]
    for name in names:
        gate.ask(name)
    await gate.answer(names[-1])

    assert gate.done == names
