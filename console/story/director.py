"""Directs the story: looks once a second, lets the machine decide, orders the simulated mines, pulls the line, sends the demo's people.

It lives in the process of the demo and nowhere else. What it does not see it does not tell.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from console.story.deeds import Hands, Refused
from console.story.levers import linked, orders_of
from console.story.look import Eyes
from console.story.play import Command, Mode, Story, command, tick, took
from console.story.plot import Deed
from console.web.watch import Watch
from sim_sensors.orders import Wanted, write_orders

log = structlog.get_logger("story")

EVERY_S = 1.0


class Cable(Protocol):
    """The other mine's line to the broker (`sim_sensors.field.line.Line`)."""

    @property
    def stands(self) -> bool: ...
    async def mend(self) -> None: ...
    async def cut(self) -> None: ...


class Director:
    """Of one demo. `orders`: the file that the simulated mines follow; it is written empty at once: a demo begins with nothing ordered."""

    def __init__(self, watch: Watch, orders: Path, cable: Cable, speed: float = 1.0) -> None:
        self._plant, self._watch, self._file, self._cable = watch.plant, watch, orders, cable
        self._eyes, self._hands = Eyes(watch), Hands(watch.plant)
        self._ordered: Wanted = {}
        self.story = Story(speed=speed)
        write_orders(orders, {})

    async def run(self) -> None:
        """Until cancelled; then nothing stays ordered, and the line stands."""
        try:
            self.story = replace(self.story, mode=Mode.ENDING, again=True)  # what a demo before left behind is taken back first
            while True:
                await self._step()
                await asyncio.sleep(EVERY_S)
        finally:
            write_orders(self._file, {})

    def ask(self, asked: Command) -> None:
        """What a person asks for; it shows at once, and is done with the next look."""
        self.story = command(self.story, asked, self._plant.clock.now())

    async def _step(self) -> None:
        story = self.story
        try:
            facts = await self._eyes.look(story)
            if self.story is not story:  # somebody asked for something meanwhile: that counts, and the next look is for it
                return
            self.story, deeds = tick(story, facts)
            for deed in deeds:
                await self._do(deed)
            await self._pull()
        except (SQLAlchemyError, OSError) as error:
            log.warning("story not looked at", why=f"{type(error).__name__}: {error}")

    async def _do(self, deed: Deed) -> None:
        noted, now = self.story.noted, self._plant.clock.now()
        try:
            found = await self._plant.run(lambda: self._hands.do(deed, noted, now))
        except Refused as error:
            log.warning("a deed of the story was refused", deed=str(deed), why=str(error))
            self.story = took(self.story, deed, {}, str(error))
        else:
            self.story = took(self.story, deed, found)
        self._watch.forget()

    async def _pull(self) -> None:
        """Order what the story wants now, and cut or mend the line."""
        wanted = orders_of(self.story)
        if wanted != self._ordered:
            write_orders(self._file, wanted)
            self._ordered = wanted
        if linked(self.story) != self._cable.stands:
            await (self._cable.mend() if linked(self.story) else self._cable.cut())
