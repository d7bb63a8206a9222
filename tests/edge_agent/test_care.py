"""Care on the gateway: only what a trusted key vouches for is considered, and what cannot be run is refused before it is run."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.care import Answer, Command, Desired, Reported, Sealed, opened, signed, trusted_by
from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.errors import BadConfig, BadPayload, DavyError
from contracts.keys import BadSignature, new_key, public_of
from contracts.payload import VERSION, decode, encode
from contracts.points import Point, Registry
from contracts.topics import Lane
from edge_agent.care import Care, Commands, Switch
from edge_agent.care.documents import Documents
from edge_agent.config import EdgeSettings
from edge_agent.sources.settings import ReplaySettings
from tests.waiting import until

NOW = BUILD_TIME + 10 * 86_400 * SECOND
KEY = new_key()
REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "处", "place"),))
TOML = """mine = "mine"
gateway = "gate"
folder = "{folder}"
points = "desired:points.json"
trust = ["{trust}"]
[[sources]]
name = "rows"
kind = "replay"
file = "desired:rows.csv"
start = "2026-11-24T08:00:00Z"
"""


class Wire:
    """What care sees of a link."""

    def __init__(self) -> None:
        self.orders, self.receipts, self.said = None, 0, list[tuple[Lane, bytes]]()

    def say(self, lane: Lane, payload: bytes) -> None:
        self.said.append((lane, payload))

    def reported(self) -> Reported:
        return decode(Reported, [payload for lane, payload in self.said if lane is Lane.REPORTED][-1])

    def answers(self) -> list[Answer]:
        return [decode(Answer, payload) for lane, payload in self.said if lane is Lane.ANSWER]


class Site:
    """A gateway with its installed files, and what is offered to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.wire = folder, ManualClock(NOW), Wire()
        (folder / "points.json").write_bytes(REGISTRY.data)
        (folder / "rows.csv").write_text("time,T01\n2014-01-01 00:00:00,0.5\n", encoding="utf-8")
        rows = ReplaySettings(name="rows", file=str(folder / "rows.csv"), start="2026-11-24T08:00:00Z")
        trust, points = [public_of(KEY).hex()], str(folder / "points.json")
        self.installed = EdgeSettings(mine="mine", gateway="gate", folder=str(folder), points=points, sources=[rows], trust=trust)
        self.care = Care(self.installed, "davylamp test", self.clock)

    def documents(self, **changed: str) -> dict[str, str]:
        texts = {
            "edge.toml": TOML.format(folder=self.folder, trust=public_of(KEY).hex()),
            "points.json": REGISTRY.data.decode(),
            "rows.csv": "time,T01\n2014-01-01 00:00:00,0.7\n",
        }
        return texts | {name.replace("_", "."): text for name, text in changed.items()}

    def desired(self, version: int = 1, gateway: str = "mine/gate", **changed: str) -> bytes:
        return signed(Desired(VERSION, gateway, version, NOW, "王工", self.documents(**changed), 30), KEY)

    async def offer(self, payload: bytes, lane: Lane = Lane.DESIRED) -> bool:
        """Let the gateway take an order; whether it wants another agent."""
        watching = self.watch()
        await asyncio.sleep(0)
        assert self.wire.orders is not None
        self.wire.orders(lane, payload)
        await self.looked(watching)
        watching.cancel()
        await asyncio.wait([watching])
        return not watching.cancelled() and isinstance(watching.exception(), Switch)

    def watch(self) -> "asyncio.Task[None]":
        return asyncio.ensure_future(self.care.watch(self.wire, {}))  # type: ignore[arg-type]  # what care sees of it

    async def looked(self, watching: "asyncio.Task[None]") -> None:
        """It has looked at its orders and at the receipts, or wants another agent."""
        obey, looks = Care._obey, 0

        async def counted(*told: Any) -> None:
            nonlocal looks
            await obey(self.care, *told)
            looks += 1

        self.care._obey = counted  # type: ignore[method-assign]
        await until(lambda: watching.done() or looks > 2)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr("edge_agent.care.care.LOOK_S", 0.01)
    return Site(tmp_path)


async def test_a_signed_version_is_run_on_trial_with_its_own_documents(site: Site) -> None:
    assert await site.offer(site.desired())

    chosen = site.care.choose()
    assert chosen.points == str(site.folder / "desired" / "1" / "points.json")
    assert site.care.mind.trial == 1


@pytest.mark.parametrize("spoil", ["unsigned", "stranger", "altered", "garbage"])
async def test_what_no_trusted_key_vouches_for_is_not_even_kept(site: Site, spoil: str) -> None:
    good = decode(Sealed, site.desired())
    bad = {
        "unsigned": encode(Sealed(VERSION, good.key, b"", good.body)),
        "stranger": signed(Desired(VERSION, "mine/gate", 1, NOW, "x", site.documents()), new_key()),
        "altered": encode(Sealed(VERSION, good.key, good.signature, good.body.replace(b"0.7", b"0.9"))),
        "garbage": b"\x00\x01",
    }[spoil]

    assert not await site.offer(bad)
    assert site.care.refused == 1
    assert not (site.folder / "desired").exists()


async def test_a_version_for_another_gateway_is_left_alone(site: Site) -> None:
    assert not await site.offer(site.desired(gateway="mine/other"))
    assert site.care.mind.trial == 0


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"edge_toml": "mine = 3"}, "mine = 3"),
        ({"edge_toml": ""}, "mine"),
        ({"points_json": "{}"}, "registry"),
        ({"rows_csv": "time,T99\n2014-01-01,1\n"}, "T99"),
    ],
)
async def test_a_version_that_cannot_be_run_is_refused_and_remembered(site: Site, changed: dict[str, str], why: str) -> None:
    assert not await site.offer(site.desired(**changed))
    told = site.wire.reported()
    assert (told.state, told.wanted, told.running) == ("refused", 1, 0)
    assert why in told.why

    again = Care(site.installed, "davylamp test", site.clock)

    assert list(again.mind.refused) == [1]
    assert not (site.folder / "desired" / "1").exists()


async def test_nobody_can_change_from_afar_who_the_gateway_is_or_whom_it_trusts(site: Site) -> None:
    stranger = TOML.format(folder=site.folder, trust=public_of(new_key()).hex())

    assert not await site.offer(site.desired(edge_toml=stranger))
    assert "cannot be changed from afar" in site.wire.reported().why


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "a/../../x", ""])
def test_a_document_cannot_leave_its_version(site: Site, name: str) -> None:
    with pytest.raises(BadConfig):
        Documents(site.folder, site.installed).keep(Desired(VERSION, "mine/gate", 1, NOW, "x", {name: "y"}))


async def test_without_a_receipt_in_time_it_goes_back_and_says_why(site: Site) -> None:
    await site.offer(site.desired())
    site.care.choose()
    watching = site.watch()
    await asyncio.sleep(0)
    site.clock.advance(31 * SECOND)
    await asyncio.wait([watching])

    assert isinstance(watching.exception(), Switch)
    told = site.wire.reported()
    assert (told.state, told.wanted, told.running, told.why) == ("reverted", 1, 0, "no receipt in 30 s")


async def test_a_receipt_confirms_it_also_over_a_restart(site: Site) -> None:
    await site.offer(site.desired())
    site.care.choose()
    watching = site.watch()
    await asyncio.sleep(0)
    site.wire.receipts = 1
    await site.looked(watching)
    watching.cancel()
    await asyncio.wait([watching])

    assert Care(site.installed, "davylamp test", site.clock).mind.running == 1


async def test_receipts_and_silence_while_a_version_is_looked_at_say_nothing_of_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of what runs: a configuration that cuts the link was confirmed by the last receipt of the one before."""
    look = site.care.documents.fault

    async def slow(version: int) -> str:
        site.clock.advance(31 * SECOND)
        site.wire.receipts += 1
        return await look(version)

    monkeypatch.setattr(site.care.documents, "fault", slow)

    assert await site.offer(site.desired())
    assert (site.care.mind.trial, site.care.mind.running) == (1, 0)


# ------------------------------------------------------------ commands


def order(name: str = "greet", ident: str = "c1", **arguments: str) -> Command:
    return Command(VERSION, "mine/gate", ident, NOW, NOW + 60 * SECOND, "王工", name, arguments)


class Greeter:
    def __init__(self) -> None:
        self.greeted = 0

    async def __call__(self, arguments: object) -> str:
        self.greeted += 1
        return "hello"


async def test_a_command_is_done_once_however_often_it_comes() -> None:
    greet, seen = Greeter(), dict[str, int]()
    commands = Commands("mine/gate", {"greet": greet}, seen)
    assert commands.begin(order(), NOW).state == "accepted"
    done = await commands.do(order(), NOW)

    assert done == commands.begin(order(), NOW)
    assert (done.state, done.detail, greet.greeted) == ("done", "hello", 1)
    after_a_restart = Commands("mine/gate", {"greet": greet}, commands.seen).begin(order(), NOW)
    assert after_a_restart.state == "refused"


@pytest.mark.parametrize(
    ("late", "changed", "why"),
    [
        (61 * SECOND, {}, "expired"),
        (0, {"name": "cut-power"}, "no command 'cut-power'"),
        (0, {"gateway": "mine/other"}, "meant for mine/other"),
    ],
)
def test_a_command_that_is_late_unknown_or_for_somebody_else_is_refused(late: int, changed: dict[str, str], why: str) -> None:
    answer = Commands("mine/gate", {"greet": Greeter()}, {}).begin(msgspec.structs.replace(order(), **changed), NOW + late)

    assert answer.state == "refused"
    assert why in answer.why


async def test_a_command_that_cannot_be_done_is_answered_with_the_reason() -> None:
    async def refuse(_: object) -> str:
        raise BadConfig("source", "fan-9", "fan-1")

    commands = Commands("mine/gate", {"probe": refuse}, {})

    assert (await commands.do(order("probe"), NOW)).why == "source = 'fan-9' is refused; allowed: fan-1"


def test_opened_gives_what_was_signed_and_nothing_else() -> None:
    command, trusted = order(), trusted_by([public_of(KEY).hex()])

    assert opened(Command, signed(command, KEY), trusted) == command
    with pytest.raises(BadSignature):
        opened(Command, signed(command, new_key()), trusted)
    with pytest.raises((BadPayload, DavyError)):
        opened(Desired, signed(command, KEY), trusted)


@pytest.mark.parametrize("key", ["zz", "00", "00" * 31])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(BadPayload):
        trusted_by([key])
