"""The programme's product file (`fleet/series/shanxi.yaml`): targets and totals told by the press, each with source and confidence."""

from importlib.resources import files

import msgspec
import yaml

from contracts.errors import BadPayload
from fleet.bodies import Reported, Target

CONFIDENCES = ("seen", "seen_secondary")
KINDS = ("increment", "total", "scope")


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds."""

    schema_version: int
    as_of: str
    targets: tuple[Target, ...]
    reported: tuple[Reported, ...]


def shanxi() -> Programme:
    """The programme that comes with the product."""
    return programme(files("fleet.series").joinpath("shanxi.yaml").read_text(encoding="utf-8"))


def programme(text: str) -> Programme:
    """A programme from YAML; BadPayload for what has no source, a target with a number it cannot have, a baseline nobody told."""
    try:
        found = msgspec.convert(yaml.safe_load(text), Programme)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise BadPayload("programme", str(error)[:300]) from error
    for one in found.reported:
        if why := faulty_report(one):
            raise BadPayload("programme", f"{one.id}: {why}")
    told = {one.baseline: one.total for one in found.reported if one.baseline}
    for target in found.targets:
        if why := faulty_target(target):
            raise BadPayload("programme", f"{target.id}: {why}")
        if wrong := {id_ for id_, value in target.baselines.items() if told.get(id_) != value}:
            raise BadPayload("programme", f"{target.id}: baselines nobody told: {', '.join(sorted(wrong))}")
    ids = [*(one.id for one in found.targets), *(one.id for one in found.reported)]
    if len(set(ids)) != len(ids):
        raise BadPayload("programme", "an id that stands twice")
    return found


def faulty_target(one: Target) -> str:
    """Why a target cannot stand as it is; empty where it can."""
    if one.kind not in KINDS:
        return f"kind: one of {', '.join(KINDS)}"
    if (one.kind == "scope") != (one.value is None):
        return "value: none for a scope, a number for all others"
    if one.baselines and one.kind != "increment":
        return "baselines: of an increment only"
    return "" if one.source.strip() and one.confidence in CONFIDENCES else "source and confidence (seen, seen_secondary)"


def faulty_report(one: Reported) -> str:
    """Why a told total cannot stand as it is; empty where it can."""
    if one.total < 0:
        return "total: 0 or more"
    parts = one.date.split("-")
    numbers = all(part.isdigit() for part in parts)
    if not numbers or [len(part) for part in parts] != [4, 2, 2][: len(parts)]:
        return "date: 2023, 2023-04 or 2024-12-31"
    return "" if one.where.strip() and one.confidence in CONFIDENCES else "where, and confidence (seen, seen_secondary)"
