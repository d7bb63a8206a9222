"""Signed commands, each done at most once, each answered."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from contracts.care import Answer, Command
from contracts.errors import DavyError
from contracts.payload import VERSION

Handler = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does what the arguments ask and says what came of it; DavyError: refused, with the reason."""
MOST_KEPT = 200

log = structlog.get_logger("edge.care")


class Commands:
    """`seen`: expiry (µs) by id of the commands that were begun; the caller keeps it on disk before anything is done."""

    def __init__(self, gateway: str, handlers: Mapping[str, Handler], seen: dict[str, int]) -> None:
        self._gateway, self._handlers, self.seen = gateway, handlers, seen
        self._answers: dict[str, Answer] = {}

    def begin(self, command: Command, now: int) -> Answer:
        """Accepted or refused. A command that was begun before gets its answer again and is not to be done again."""
        if command.id in self.seen:
            return self._answers.get(command.id) or self._answer(
                command, now, "refused", "begun before this start; what came of it is not known"
            )
        if command.gateway != self._gateway:
            return self._answer(command, now, "refused", f"meant for {command.gateway}")
        if now > command.expires:
            return self._answer(command, now, "refused", "expired")
        if command.name not in self._handlers:
            return self._answer(command, now, "refused", f"no command {command.name!r}; there are: {', '.join(self._handlers)}")
        self.seen = {name: expires for name, expires in self.seen.items() if expires >= now} | {command.id: command.expires}
        log.info("command", id=command.id, name=command.name, by=command.by, arguments=command.arguments)
        return self._answer(command, now, "accepted", "")

    async def do(self, command: Command, now: int) -> Answer:
        """What came of an accepted command."""
        try:
            detail = await self._handlers[command.name](command.arguments)
        except (DavyError, OSError) as error:
            return self._answer(command, now, "refused", str(error))
        return self._answer(command, now, "done", "", detail)

    def _answer(self, command: Command, now: int, state: str, why: str, detail: str = "") -> Answer:
        answer = Answer(VERSION, command.id, now, state, why, detail)
        self._answers[command.id] = answer
        while len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]
        log.info("answer", id=command.id, name=command.name, state=state, why=why)
        return answer
