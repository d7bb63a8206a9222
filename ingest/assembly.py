"""Registries as they come in pieces, and the data that wait for them."""

from dataclasses import dataclass, field

from contracts.checks import Bounds
from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.payload import RegistryPart
from contracts.points import Registry, read_registry
from ingest.pipeline import Opened

MOST_PARTS = 512
MOST_WAITING = 64 << 20
"""Bytes of items that may wait per gateway. More are left to the outbox, which sends them again."""


@dataclass(frozen=True, slots=True)
class Known:
    """A registry ready for use."""

    registry: Registry
    bounds: Bounds


@dataclass(slots=True)
class Waiting:
    """Items of one gateway that name a registry which is not here yet."""

    items: dict[tuple[str, int, int], Opened] = field(default_factory=dict)
    size: int = 0

    def add(self, opened: Opened) -> bool:
        key = (opened.item.epoch, opened.item.seq, opened.identity.digest)
        if key in self.items:
            return True
        if self.size + len(opened.arrival.payload) > MOST_WAITING:
            return False
        self.items[key] = opened
        self.size += len(opened.arrival.payload)
        return True


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a piece settled: the pieces it decided about (none while others are missing), and their registry, or why it was refused."""

    pieces: list[Opened]
    registry: Registry | None = None
    why: tuple[str, str] | None = None
    """(reason, detail) of a refusal."""


class Assembly:
    """Every registry known by name, the pieces of those to come, and what waits for them."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.dead: dict[str, str] = {}
        """Registries that were refused, by name, with the reason: data that name them go to the dead letters too."""
        self._parts: dict[tuple[str, str, int], dict[int, list[Opened]]] = {}
        self._waiting: dict[tuple[str, str], Waiting] = {}

    def learn(self, registry: Registry) -> Known:
        known = Known(registry, Bounds.of(registry))
        self.known[registry.name] = known
        self.dead.pop(registry.name, None)
        return known

    def part(self, opened: Opened) -> Assembled:
        """Take a piece in. Pieces wait, unreceipted, until the last one settles them all."""
        body = opened.item.body
        assert isinstance(body, RegistryPart)
        if not (1 <= body.parts <= MOST_PARTS and 0 <= body.part < body.parts):
            return Assembled([opened], why=("registry-part", f"part {body.part} of {body.parts}"))
        known = self.known.get(body.name)
        if known is not None and known.registry.mine == opened.arrival.gateway.mine and body.data in known.registry.data:
            return Assembled([opened], known.registry)  # its other pieces may be received already, and never come again
        key = (str(opened.arrival.gateway), body.name, body.parts)
        pieces = self._parts.setdefault(key, {})
        same = pieces.setdefault(body.part, [])
        if same and _data(same[0]) != body.data:
            return Assembled([opened], why=("registry-part", f"part {body.part} of registry {body.name} is here with other content"))
        if all(piece.identity != opened.identity for piece in same):
            same.append(opened)
        if len(pieces) < body.parts:
            return Assembled([])
        del self._parts[key]
        ordered = [piece for at in sorted(pieces) for piece in pieces[at]]
        try:
            registry = self._read(b"".join(_data(pieces[at][0]) for at in sorted(pieces)), body.name, opened)
        except BadConfig as error:
            self.dead[body.name] = str(error)
            return Assembled(ordered, why=("registry-refused", str(error)))
        return Assembled(ordered, registry)

    @staticmethod
    def _read(data: bytes, name: str, opened: Opened) -> Registry:
        if content_name(data) != name:
            raise BadConfig("registry", content_name(data), f"content whose hash is its name {name}")
        registry = read_registry(data)
        if registry.name != name:
            raise BadConfig("registry", registry.name, f"canonical JSON (its hash would be {name})")
        if registry.mine != opened.arrival.gateway.mine:
            raise BadConfig("registry.mine", registry.mine, f"the mine of the topic, {opened.arrival.gateway.mine}")
        return registry

    def wait(self, opened: Opened, name: str) -> bool:
        """Keep an item until its registry comes; False where there is no room (then it is not received)."""
        return self._waiting.setdefault((str(opened.arrival.gateway), name), Waiting()).add(opened)

    def released(self, gateway: str, name: str) -> list[Opened]:
        """What waited for that registry."""
        waiting = self._waiting.pop((gateway, name), None)
        return list(waiting.items.values()) if waiting else []

    def pools(self) -> list[list[Opened]]:
        """Everything that waits: data for their registry, pieces of a registry for the rest."""
        data = [list(waiting.items.values()) for waiting in self._waiting.values()]
        return data + [piece for pieces in self._parts.values() for piece in pieces.values()]


def _data(piece: Opened) -> bytes:
    body = piece.item.body
    assert isinstance(body, RegistryPart)
    return body.data
