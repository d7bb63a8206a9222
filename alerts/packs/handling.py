"""A handling pack: what a mine states of an alarm, and when an unanswered one goes to the inspector. Frozen data.

What no official source known to us says stays null, and the pages say so; a mine or a province puts its own pack in its place.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from alerts.packs import LOADER
from contracts.clock import MINUTE
from contracts.digest import content_name
from contracts.errors import BadConfig

SCHEMA = 1
USUAL = "handling-project"
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cause a mine may state. `words`: only with words of one's own; `refer`: at once the inspector's."""

    id: Id
    zh: str
    en: str
    words: bool = False
    refer: bool = False


class Grade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grade of an exceedance in an official or provincial rule, with what it rests on."""

    id: Id
    zh: str
    en: str
    document: str
    clause: str


class Unknown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands where no official value is known."""

    zh: str
    en: str


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an alarm nobody answered goes to the inspector: within so many minutes of its beginning, of these rules."""

    basis: Literal["project", "official"]
    answer_within_min: Annotated[float, msgspec.Meta(gt=0, le=1440)]
    rules: tuple[str, ...]
    document: str = ""
    clause: str = ""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the trace is pinned beside an alarm."""

    basis: Literal["project", "official"]
    before_min: Annotated[float, msgspec.Meta(gt=0, le=1440)]
    after_min: Annotated[float, msgspec.Meta(gt=0, le=1440)]


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a statement may differ from the data before it is called a contradiction."""

    basis: Literal["project", "official"]
    duration_s: Annotated[float, msgspec.Meta(ge=0)]
    duration_share: Annotated[float, msgspec.Meta(ge=0, le=1)]
    neighbours_rise: Annotated[float, msgspec.Meta(gt=0)]
    """%CH4 by which a neighbour of the same area may rise while test gas stands at one sensor only."""
    plateau_share: Annotated[float, msgspec.Meta(gt=0, le=1)]
    plateau_within: Annotated[float, msgspec.Meta(gt=0)]
    """Test gas: so much of the time above the limit within so many %CH4 of the peak."""


class Handling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole pack. `grades` and `routes` None: no official value known. `hash` names the bytes it was read from."""

    schema: int
    id: Annotated[str, msgspec.Meta(pattern=r"^handling-[a-z0-9-]{1,40}$")]
    title_zh: str
    title_en: str
    as_of: str
    causes: tuple[Cause, ...]
    routing: Routing
    evidence: Evidence
    tolerance: Tolerance
    unknown: Unknown
    grades: tuple[Grade, ...] | None = None
    routes: tuple[Grade, ...] | None = None
    hash: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        return self.routing.rules

    @property
    def within(self) -> int:
        """µs from the beginning of an alarm to the latest answer."""
        return round(self.routing.answer_within_min * MINUTE)

    @property
    def around(self) -> tuple[int, int]:
        """µs of the trace before and after an alarm."""
        return round(self.evidence.before_min * MINUTE), round(self.evidence.after_min * MINUTE)

    @property
    def name(self) -> str:
        """Id and content hash: stands beside every answer given by it."""
        return f"{self.id}@{self.hash}"

    def cause(self, name: str) -> Cause | None:
        return next((cause for cause in self.causes if cause.id == name), None)


def load_handling(name: str = USUAL) -> Handling:
    """A pack carried in the product by its name, or a file of the mine's own by its path; BadConfig naming place and value."""
    if name.endswith((".yaml", ".yml")):
        try:
            return read_handling(Path(name).read_bytes())
        except OSError as error:
            raise BadConfig("alerts.handling", name, f"a file that can be read ({error.strerror})") from error
    folder = files("alerts.packs")
    known = sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.startswith("handling-"))
    if name not in known:
        raise BadConfig("alerts.handling", name, f"{', '.join(known)}, or the path of a .yaml file")
    return read_handling((folder / f"{name}.yaml").read_bytes())


def read_handling(data: bytes) -> Handling:
    """The pack these YAML bytes describe, or BadConfig."""
    try:
        found = yaml.load(data, LOADER)  # noqa: S506  # both are safe loaders
        pack = msgspec.convert({**found, "hash": content_name(data)} if isinstance(found, dict) else found, Handling)
    except yaml.YAMLError as error:
        raise BadConfig("handling pack", f"{len(data)} bytes", f"YAML ({error})") from error
    except msgspec.ValidationError as error:
        raise BadConfig("handling pack", f"{len(data)} bytes", str(error)) from error
    if pack.schema != SCHEMA:
        raise BadConfig("handling pack.schema", pack.schema, str(SCHEMA))
    ids = [cause.id for cause in pack.causes]
    if len(set(ids)) != len(ids) or not ids:
        raise BadConfig("handling pack.causes", ", ".join(ids), "one or more, each id once")
    if pack.routing.basis == "official" and not (pack.routing.document and pack.routing.clause):
        raise BadConfig("handling pack.routing.basis", "official", "with document and clause, or project")
    return pack
