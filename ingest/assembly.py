"""Registries as they come in pieces, and the data that wait for them."""

from collections import Counter
from dataclasses import dataclass, field

from contracts.checks import Bounds
from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.payload import RegistryPart
from contracts.points import Registry, read_registry
from ingest.pipeline import Opened

MOST_PARTS = 512
MOST_WAITING = 64 << 20
"""Bytes of items that may wait per gateway, and of pieces of registries beside them. More is left to the outbox, which sends it again."""
MOST_KNOWN = 16
"""Registries of one gateway kept at hand; older ones are read again when data name them."""
MOST_DEAD = 10_000
_NAME_LENGTH, _HEX = 16, "0123456789abcdef"


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

    def add(self, opened: Opened, room: int) -> bool:
        """False where it does not fit into `room` bytes."""
        key = (opened.item.epoch, opened.item.seq, opened.identity.digest)
        if key in self.items:
            return True
        if len(opened.arrival.payload) > room:
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
        self.dead: dict[tuple[str, str], str] = {}
        """(gateway, name) of registries that were refused, with the reason. By gateway: nobody's bad pieces speak for another's data."""
        self._parts: dict[tuple[str, str, int], dict[int, list[Opened]]] = {}
        self._waiting: dict[tuple[str, str], Waiting] = {}
        self._pieces: Counter[str] = Counter()
        self._items: Counter[str] = Counter()
        """Bytes that wait, by gateway."""
        self._brought: dict[str, list[str]] = {}
        """By gateway, the registries it brought, the newest last."""

    def learn(self, registry: Registry, gateway: str = "") -> Known:
        """Know a registry from now on. `gateway`: who brought it; of each only the newest few stay at hand."""
        known = Known(registry, Bounds.of(registry))
        self.known[registry.name] = known
        self.dead.pop((gateway, registry.name), None)
        if gateway:
            brought = self._brought.setdefault(gateway, [])
            brought[:] = [name for name in brought if name != registry.name] + [registry.name]
            for name in brought[:-MOST_KNOWN]:
                brought.remove(name)
                self.known.pop(name, None)
        return known

    def refusal(self, gateway: str, name: str) -> str:
        """Why a registry of that gateway was refused: data that name it go to the dead letters too. Empty: it was not."""
        return self.dead.get((gateway, name), "")

    def part(self, opened: Opened) -> Assembled:
        """Take a piece in. Pieces wait, unreceipted, until the last one settles them all."""
        body = opened.item.body
        assert isinstance(body, RegistryPart)
        if not (1 <= body.parts <= MOST_PARTS and 0 <= body.part < body.parts) or len(body.name) != _NAME_LENGTH or body.name.strip(_HEX):
            return Assembled([opened], why=("registry-part", f"part {body.part} of {body.parts} of {body.name[:40]!r}"))
        known = self.known.get(body.name)
        if known is not None and known.registry.mine == opened.arrival.gateway.mine and body.data in known.registry.data:
            return Assembled([opened], known.registry)  # its other pieces may be received already, and never come again
        gateway = str(opened.arrival.gateway)
        key = (gateway, body.name, body.parts)
        self._make_room(gateway, key, len(opened.arrival.payload))
        pieces = self._parts.setdefault(key, {})
        same = pieces.setdefault(body.part, [])
        if same and _data(same[0]) != body.data:
            return Assembled([opened], why=("registry-part", f"part {body.part} of registry {body.name} is here with other content"))
        if all(piece.identity != opened.identity for piece in same):
            same.append(opened)
            self._pieces[gateway] += len(opened.arrival.payload)
        if len(pieces) < body.parts:
            return Assembled([])
        self._forget(key)
        ordered = [piece for at in sorted(pieces) for piece in pieces[at]]
        try:
            registry = self._read(b"".join(_data(pieces[at][0]) for at in sorted(pieces)), body.name, opened)
        except BadConfig as error:
            if len(self.dead) >= MOST_DEAD:
                self.dead.clear()
            self.dead[gateway, body.name] = str(error)
            return Assembled(ordered, why=("registry-refused", str(error)))
        return Assembled(ordered, registry)

    def _make_room(self, gateway: str, key: tuple[str, str, int], size: int) -> None:
        """Pieces of registries that were never completed go first, the oldest before all: they were not received, and come again."""
        if self._pieces[gateway] + size <= MOST_WAITING:
            return
        for other in [other for other in self._parts if other[0] == gateway and other != key] + [key]:
            self._forget(other)
            if self._pieces[gateway] + size <= MOST_WAITING:
                return

    def _forget(self, key: tuple[str, str, int]) -> None:
        gone = self._parts.pop(key, {})
        self._pieces[key[0]] -= sum(len(piece.arrival.payload) for same in gone.values() for piece in same)

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
        gateway = str(opened.arrival.gateway)
        waiting = self._waiting.get((gateway, name)) or Waiting()
        before = waiting.size
        if not waiting.add(opened, MOST_WAITING - self._items[gateway]):
            return False
        self._waiting[gateway, name] = waiting
        self._items[gateway] += waiting.size - before
        return True

    def released(self, gateway: str, name: str) -> list[Opened]:
        """What waited for that registry."""
        waiting = self._waiting.pop((gateway, name), None)
        if waiting is None:
            return []
        self._items[gateway] -= waiting.size
        return list(waiting.items.values())

    def pools(self) -> list[list[Opened]]:
        """Everything that waits: data for their registry, pieces of a registry for the rest."""
        data = [list(waiting.items.values()) for waiting in self._waiting.values()]
        return data + [piece for pieces in self._parts.values() for piece in pieces.values()]


def _data(piece: Opened) -> bytes:
    body = piece.item.body
    assert isinstance(body, RegistryPart)
    return body.data
