"""Care beside a running agent: takes orders off the link, watches for the receipt that confirms, and asks to be started anew."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

from contracts.care import Command, Desired, Reported, opened, trusted_by
from contracts.clock import SECOND, Clock
from contracts.errors import BadConfig, BadPayload
from contracts.keys import BadSignature
from contracts.payload import VERSION, encode
from contracts.topics import Lane
from edge_agent.care import mind as minds
from edge_agent.care.commands import Commands, Handler
from edge_agent.care.documents import Documents
from edge_agent.care.mind import Mind
from edge_agent.config import EdgeSettings
from edge_agent.link import EdgeLink

log = structlog.get_logger("edge.care")

LOOK_S = 0.25


class Switch(Exception):  # no error: the agent is to be started with another version
    """End, and start again with what is chosen now."""


class Kept(msgspec.Struct):
    """`care.json`."""

    mind: Mind = Mind()
    confirm: dict[int, int] = {}
    """Seconds a version has to get a receipt."""
    seen: dict[str, int] = {}


class Care:
    """One gateway's. It outlives the agents that are started under it."""

    def __init__(self, installed: EdgeSettings, agent: str, clock: Clock) -> None:
        folder = Path(installed.folder)
        self._path, self._agent, self._clock, self._name = folder / "care.json", agent, clock, str(installed.name)
        self.documents = Documents(folder, installed)
        self._trusted = trusted_by(installed.trust)
        self._kept = self._read()
        self._orders: asyncio.Queue[tuple[Lane, bytes]] = asyncio.Queue(100)
        self._told: tuple[EdgeLink, minds.Told] | None = None
        self.refused = 0
        """Orders that nobody trusted vouches for, or that are damaged."""

    @property
    def mind(self) -> Mind:
        return self._kept.mind

    def choose(self) -> EdgeSettings:
        """What to run with now. A version that cannot be read any more is given up."""
        self._turn(minds.started(self.mind))
        try:
            return self.documents.settings(minds.chosen(self.mind))
        except BadConfig as error:
            self.give_up(str(error))
            return self.documents.settings(minds.chosen(self.mind))

    def give_up(self, fault: str) -> None:
        """What is on trial cannot be set up; BadConfig again where it is what the gateway was installed with."""
        if not self.mind.trial:
            raise BadConfig("configuration", self.mind.running, fault)
        self._turn(minds.broken(self.mind, fault))

    async def watch(self, link: EdgeLink, handlers: Mapping[str, Handler]) -> None:
        """Beside an agent. Switch: it is to be ended and another one started."""
        commands = Commands(self._name, handlers, self._kept.seen)
        if self._trusted:
            link.orders = self._take
        self._report(link)
        start, before, receipts = self._clock.monotonic(), minds.chosen(self.mind), link.receipts
        while True:
            await self._obey(link, commands)
            if minds.chosen(self.mind) == before:  # else receipts and silence up to here say nothing of what is to run next
                if link.receipts != receipts:
                    receipts = link.receipts
                    self._turn(minds.received(self.mind))
                    start = self._clock.monotonic()
                limit = self._kept.confirm.get(self.mind.trial or self.mind.proving, 60)
                if self._clock.monotonic() - start > limit * SECOND:
                    self._turn(minds.late(self.mind, f"no receipt in {limit} s"))
                    start = self._clock.monotonic()
            self._report(link)
            if minds.chosen(self.mind) != before:
                raise Switch

    def _take(self, lane: Lane, payload: bytes) -> None:
        if not self._orders.full():
            self._orders.put_nowait((lane, payload))

    async def _obey(self, link: EdgeLink, commands: Commands) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                lane, payload = await self._orders.get()
        except TimeoutError:
            return
        try:
            if lane is Lane.DESIRED:
                await self._consider(opened(Desired, payload, self._trusted))
            else:
                await self._do(opened(Command, payload, self._trusted), link, commands)
        except (BadSignature, BadPayload, BadConfig) as error:
            self.refused += 1
            log.warning("order refused", lane=str(lane), why=str(error))
        except OSError as error:
            log.error("order not kept", lane=str(lane), why=str(error))  # noqa: TRY400

    async def _consider(self, desired: Desired) -> None:
        if desired.gateway != self._name:
            raise BadPayload("gateway", f"version {desired.version} is meant for {desired.gateway}")
        if minds.wanted(self.mind, desired.version) == self.mind:
            return
        self.documents.keep(desired)
        self._kept.confirm[desired.version] = desired.confirm_s
        fault = await self.documents.fault(desired.version)
        log.info("version offered", version=desired.version, by=desired.by, fault=fault)
        self._turn(minds.wanted(self.mind, desired.version, fault))

    async def _do(self, command: Command, link: EdgeLink, commands: Commands) -> None:
        answer = commands.begin(command, self._clock.now())
        if answer.state == "accepted":
            self._kept.seen = commands.seen
            self._write()
            link.say(Lane.ANSWER, encode(answer))
            answer = await commands.do(command, self._clock.now())
        link.say(Lane.ANSWER, encode(answer))

    # ------------------------------------------------------------ telling, keeping

    def _report(self, link: EdgeLink) -> None:
        """At the start of each agent, and again at each change."""
        told = minds.told(self.mind)
        if self._told != (link, told):
            self._told = (link, told)
            link.say(Lane.REPORTED, encode(Reported(VERSION, self._clock.now(), self._agent, **told)))

    def _turn(self, mind: Mind) -> None:
        if mind == self.mind:
            return
        log.info("care", **minds.told(mind))
        self._kept.mind = mind
        alive = {mind.running, mind.trial, mind.proving, mind.waiting}
        self._kept.confirm = {version: limit for version, limit in self._kept.confirm.items() if version > mind.running or version in alive}
        self._write()
        self.documents.sweep(alive)

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()
        except (msgspec.DecodeError, OSError) as error:
            log.warning("care.json not read: the installed files are run", why=str(error))
            return Kept()

    def _write(self) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(self._kept))
            fresh.rename(self._path)
        except OSError as error:
            log.error("care.json not written", why=str(error))  # noqa: TRY400
