"""Points as installations, and the registry: the numbered list of a gateway's points.

A point is an installation: a move, a swap or a reused code opens the next one (`T01-2`), so histories never mix.
A registry is named by the hash of its content; batches carry that name and point numbers into it.
"""

import re
from functools import cached_property

import msgspec

from contracts.clock import END_OF_TIME
from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.identifiers import check_identifier
from contracts.units import QUANTITIES, Quantity

_POINT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")
STREAM = re.compile(r"(return:[A-Za-z0-9-]{1,32}|pipe:[A-Za-z0-9-]{1,32}(/[A-Za-z0-9-]{1,32}){0,4})\Z")
"""Names of measured streams."""
LARGEST_M2 = 500.0
"""No airway is larger (project)."""
MOST_POINTS, LONGEST_TEXT = 20_000, 1_000
"""Points of one gateway, and characters of one text (project): many times what a mine has. A registry beyond is refused, not carried."""
_TEXTS = ("area", "place_zh", "place_en", "sensor", "serial", "limit_row", "mapped_by")


class Point(msgspec.Struct, frozen=True, omit_defaults=True):
    """One installation of one sensor at one place.

    `limit_row` is the id of the regulation pack's row this place was mapped to by the person in `mapped_by`;
    empty means "limit class unknown": shown, never guessed.
    """

    id: str
    quantity: str
    area: str
    place_zh: str
    place_en: str
    sensor: str = ""
    serial: str = ""
    limit_row: str = ""
    mapped_by: str = ""
    valid_from: int = 0
    valid_to: int | None = None
    feeds: tuple[str, ...] = ()
    """Ids of the feed-state points (馈电) this sensor's cut acts on: one a stage, or one for all its stages. Empty: not known."""
    fans: tuple[str, ...] = ()
    """Ids of the fans (run state) that bring this place its air; on a feed-state point: the fans whose stop cuts it (风电闭锁)."""
    pair: str = ""
    """On an air door: the id of the other door of its pair."""
    stream: str = ""
    """Which measured stream it sits in: `pipe:main` or `pipe:main/district-1` of gas drainage (leads into main), `return:north` of a main
    return. Instruments of one stream are calculated together."""
    section_m2: float = 0.0
    """On an air speed of a return: the airway's section there, corrected as the mine does for its place in it, m². 0: not known."""
    identifier: str = ""
    """Of the asset that hangs here (`contracts.identifiers`): it goes along when the asset moves; points of one asset share it."""

    @property
    def measures(self) -> Quantity:
        return QUANTITIES[self.quantity]


class Registry(msgspec.Struct, frozen=True, dict=True):
    """The points of one gateway in the order of their numbers, with what people read of the mine."""

    mine: str
    mine_zh: str
    mine_en: str
    points: tuple[Point, ...]
    note: str = ""

    @cached_property
    def data(self) -> bytes:
        """Canonical bytes: what is sent, stored and hashed."""
        return _encoder.encode(self)

    @cached_property
    def name(self) -> str:
        """16 hex digits of the content's hash."""
        return content_name(self.data)

    @cached_property
    def number(self) -> dict[str, int]:
        """Point id to point number."""
        return {point.id: at for at, point in enumerate(self.points)}


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Registry)


def check_registry(registry: Registry) -> Registry:
    """The registry itself, or BadConfig naming the first point that is refused."""
    _check_size(registry)
    seen: set[str] = set()
    for at, point in enumerate(registry.points):
        where = f"points[{at}]"
        if not _POINT_ID.match(point.id):
            raise BadConfig(f"{where}.id", point.id, "1 to 32 of letters, digits, _ and -, starting with a letter or digit")
        if point.id in seen:
            raise BadConfig(f"{where}.id", point.id, "an id used once in the registry")
        if point.quantity not in QUANTITIES:
            raise BadConfig(f"{where}.quantity", point.quantity, ", ".join(QUANTITIES))
        if point.limit_row and not point.mapped_by:
            raise BadConfig(f"{where}.mapped_by", "", "the name of the person who mapped this place to a limit row")
        if not 0 <= point.valid_from < END_OF_TIME:
            raise BadConfig(f"{where}.valid_from", point.valid_from, "a time from 1970 to 9999, µs UTC")
        if point.valid_to is not None and not point.valid_from < point.valid_to < END_OF_TIME:
            raise BadConfig(f"{where}.valid_to", point.valid_to, "a time after valid_from, to 9999, µs UTC")
        if point.stream and not STREAM.match(point.stream):
            raise BadConfig(f"{where}.stream", point.stream, "pipe:NAME, pipe:NAME/BRANCH or return:NAME, of letters, digits and -")
        if not 0 <= point.section_m2 <= LARGEST_M2:
            raise BadConfig(f"{where}.section_m2", point.section_m2, f"0 to {LARGEST_M2} m²")
        check_identifier(f"{where}.identifier", point.identifier)
        seen.add(point.id)
    _check_relations(registry)
    return registry


def _check_size(registry: Registry) -> None:
    if len(registry.points) > MOST_POINTS:
        raise BadConfig("points", len(registry.points), f"at most {MOST_POINTS} points")
    for name in ("mine_zh", "mine_en", "note"):
        _check_text(name, getattr(registry, name))
    for at, point in enumerate(registry.points):
        for name in _TEXTS:
            _check_text(f"points[{at}].{name}", getattr(point, name))


def _check_text(where: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadConfig(where, text[:40], f"at most {LONGEST_TEXT} characters")


_RELATIONS = (("feeds", "feed_state"), ("fans", "run_state"), ("pair", "air_door"))


def _check_relations(registry: Registry) -> None:
    """A relation names points of this registry that are of the kind it needs; a pair of doors names each other."""
    for at, point in enumerate(registry.points):
        for field, quantity in _RELATIONS:
            named = getattr(point, field)
            for name in (named,) if isinstance(named, str) else named:
                other = registry.number.get(name)
                if name and (other is None or registry.points[other].quantity != quantity):
                    raise BadConfig(f"points[{at}].{field}", name, f"the id of a point of this registry that is a {quantity}")
        other_door = registry.points[registry.number[point.pair]] if point.pair else point
        if point.pair and (point.quantity != "air_door" or other_door.pair != point.id or other_door is point):
            raise BadConfig(f"points[{at}].pair", point.pair, "the other door of the pair, which names this one")


def read_registry(data: bytes) -> Registry:
    """The registry its canonical (or any) JSON bytes describe, checked; else BadConfig."""
    try:
        registry = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig("registry", f"{len(data)} bytes", f"JSON of a registry ({error})") from error
    return check_registry(registry)
