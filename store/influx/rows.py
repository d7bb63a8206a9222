"""Rows of a bucket as InfluxQL answers them in MessagePack: a message for every 2,000 rows, one after the other, without lengths."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.errors import GiveUp, Retry
from store.influx.server import Server

_START = b"\x81\xa7results\x91"
"""How a message begins. It is no UTF-8 and no row of ours (which has two values or more); a cut elsewhere cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one series, ascending by time. A row: ns since 1970, then a value or None for each of `fields`."""

    measurement: str
    tags: dict[str, str]
    fields: list[str]
    rows: list[list[Any]]


def measurements(server: Server, kind: str) -> list[str]:
    """Of a bucket, ascending. GiveUp where a field is named as a tag is: its values could not be told apart."""
    names = {str(row[0]) for series in _series(server.select(kind, "SHOW MEASUREMENTS")) for row in series["values"]}
    tags = _named(server, kind, "SHOW TAG KEYS")
    for name, fields in _named(server, kind, "SHOW FIELD KEYS").items():
        if both := fields & (tags.get(name, set()) | {"time"}):
            raise GiveUp(f"{server.address.bucket(kind)}, {name}: {', '.join(sorted(both))} is a field and a tag")
    return sorted(names)


def _named(server: Server, kind: str, question: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for series in _series(server.select(kind, question)):
        found.setdefault(series["name"], set()).update(row[0] for row in series["values"])
    return found


def parts(server: Server, kind: str, measurement: str, start: int, end: int) -> Iterator[Part]:
    """Everything of a measurement with time in [start, end) (ns), by series and time."""
    name = measurement.replace("\\", "\\\\").replace('"', '\\"')
    question = f'SELECT * FROM "{name}" WHERE time >= {start} AND time < {end} GROUP BY *'  # noqa: S608  # a name of the database's own, quoted
    return _parts(server.select(kind, question))


def _parts(pieces: Iterable[bytes]) -> Iterator[Part]:
    for series in _series(pieces):
        tags = {key: value for key, value in sorted(series.get("tags", {}).items()) if value}
        yield Part(series["name"], tags, series["columns"][1:], series["values"])


def _series(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Retry where InfluxDB broke the answer off."""
    more = True
    for message in _messages(pieces):
        if "error" in message:
            raise Retry(f"InfluxDB broke a query off: {message['error']}")
        for result in message["results"]:
            if "error" in result:
                raise Retry(f"InfluxDB broke a query off: {result['error']}")
            more = result.get("partial", False)
            yield from result["series"]
    if more:
        raise Retry("InfluxDB's answer is not whole: its last part is missing")


def _messages(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    held, looked = bytearray(), 1
    for piece in pieces:
        held += piece
        while (at := held.find(_START, looked)) > 0:
            message = _decoded(held[:at])
            if message is None:
                looked = at + 1
                continue
            del held[:at]
            looked = 1
            yield message
        looked = max(1, looked, len(held) - len(_START) + 1)
    if held:
        message = _decoded(held)
        if message is None:
            raise Retry("InfluxDB's answer is cut off")
        yield message


def _decoded(data: bytearray) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = msgspec.msgpack.decode(data, type=dict)
    except msgspec.DecodeError:
        return None
    return found
