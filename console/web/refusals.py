"""Refused requests, told clearly: which place, which value, what is allowed. JSON under /api, a page elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HIDDEN = frozenset({"password", "old", "new", "pin"})
"""Fields of which no refusal repeats the value."""


class Refused(Exception):
    """A request that cannot be served as asked: `status` 400, 404, 409 or 422."""

    def __init__(self, status: int, place: str, value: object, allowed: str) -> None:
        super().__init__(f"{place} = {value!r} is refused; allowed: {allowed}")
        self.status, self.place, self.value, self.allowed = status, place, value, allowed


@dataclass(frozen=True, slots=True)
class Told:
    """Where in the request (`query.start`, `path.mine`, `body.name`), what stood there, what may stand there; `more` complaints besides."""

    place: str
    value: str | int | float | bool
    allowed: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of every 4xx answer."""

    error: Told


def body_of(place: str, value: object, allowed: str) -> dict[str, Any]:
    """The JSON of a refusal."""
    return {"error": {"place": place, "value": value if isinstance(value, str | int | float | bool) else repr(value), "allowed": allowed}}


def from_validation(errors: Sequence[Any]) -> dict[str, Any]:
    """The first of pydantic's complaints as a refusal, the rest counted. Neither a secret nor what stands beside it is repeated."""
    first = errors[0]
    place, value = ".".join(str(part) for part in first["loc"]), first.get("input")
    if place.rpartition(".")[2] in HIDDEN or not isinstance(value, str | int | float | bool | None):
        value = "(hidden)" if value else value
    body = body_of(place, str(value)[:200], str(first["msg"]))
    body["error"]["more"] = len(errors) - 1
    return body
