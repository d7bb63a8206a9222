"""Commands from somebody on the gateway itself: a file in `requests/`, its answer beside it. Who can write there has the readings too."""

import asyncio
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

from contracts.care import Answer, Command
from contracts.clock import Clock
from contracts.errors import BadPayload
from contracts.payload import decode
from contracts.twin import to_json
from edge_agent.care.commands import Commands, Handler

log = structlog.get_logger("edge.care")

EVERY_S = 0.5
MOST_BYTES, MOST_AT_ONCE = 64 << 10, 20
"""A longer request is none; more of them wait for the next look."""


class Door:
    """Looks for requests while an agent runs."""

    def __init__(self, folder: Path, gateway: str, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._commands = Commands(gateway, handlers, {})
        self._stuck: set[str] = set()
        """Names of what cannot be taken away."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                for path, command in await asyncio.to_thread(self._taken):
                    answer = self._commands.begin(command, self._clock.now())
                    if answer.state == "accepted":
                        answer = await self._commands.do(command, self._clock.now())
                    await asyncio.to_thread(put, path.with_suffix(".answer"), to_json(answer))
            except OSError as error:
                log.error("request not answered", why=str(error))  # noqa: TRY400
            await asyncio.sleep(EVERY_S)

    def _taken(self) -> list[tuple[Path, Command]]:
        """The requests that lie there; their files are gone when it returns, so that none is done twice whatever happens now."""
        found = []
        paths = sorted(path for path in self._folder.glob("*.json") if path.name not in self._stuck)
        for path in paths[:MOST_AT_ONCE]:
            try:
                command = decode(Command, content(path))
            except (BadPayload, OSError) as error:
                log.warning("request refused", file=path.name, why=str(error))
                command = None
            try:
                path.unlink()
            except OSError as error:  # not done, or it would be done at every look
                self._stuck.add(path.name)
                log.error("request cannot be taken away", file=path.name, why=str(error))  # noqa: TRY400
                continue
            if command is not None:
                found.append((path, command))
        return found


def content(path: Path) -> bytes:
    """A request's bytes. BadPayload for one that is no plain file or too long: a pipe would hang, a device never end."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadPayload("malformed", "no plain file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadPayload("too-large", f"more than {MOST_BYTES} bytes")
    return data


def put(path: Path, data: bytes) -> None:
    """The file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(data)
    fresh.rename(path)


def answer_in(path: Path) -> Answer | None:
    """What stands in an answer's file; None while it is not there."""
    try:
        return decode(Answer, path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None
