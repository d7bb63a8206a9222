"""Which point a vendor's code means at a time: an installation of the registry (`T01`, then `T01-2`), chosen by its validity. Pure."""

import re
from pathlib import Path

import msgspec

from contracts.clock import END_OF_TIME
from contracts.errors import BadConfig
from contracts.points import Point, Registry

_NEXT = re.compile(r"(.+)-[0-9]+\Z")


class PointIndex:
    """Code to installations. A code without an entry in `codes` is the point's id.

    `T01-2` is taken for the next installation of `T01` only where it begins when that has ended; two at one time are two points.
    """

    def __init__(self, registry: Registry, codes: dict[str, str]) -> None:
        self.registry = registry
        by_id = {point.id: [_row(point, number)] for number, point in enumerate(registry.points)}
        for number, point in enumerate(registry.points):
            later = _NEXT.match(point.id)
            first = registry.points[registry.number[later[1]]] if later and later[1] in registry.number else None
            if first is not None and first.valid_to is not None and first.valid_to <= point.valid_from:
                by_id[first.id].append(_row(point, number))
        own = {name: name for name in by_id if name not in codes.values()}
        self._codes = {code: sorted(by_id[name], reverse=True) for code, name in {**own, **codes}.items()}

    def __contains__(self, code: str) -> bool:
        return code in self._codes

    def find(self, code: str, time: int) -> int | None:
        """The number of the installation of that code at that time (the newest where several are valid); None where there is none."""
        for begin, end, number in self._codes.get(code, ()):
            if begin <= time < end:
                return number
        return None


def _row(point: Point, number: int) -> tuple[int, int, int]:
    return (point.valid_from, END_OF_TIME if point.valid_to is None else point.valid_to, number)


def read_codes(path: str, registry: Registry) -> dict[str, str]:
    """A JSON object of vendor's code to point id, as `davy edge import` writes it; an empty path: none. BadConfig else."""
    if not path:
        return {}
    try:
        codes = msgspec.json.decode(Path(path).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig("codes", path, f"a JSON object of code to point id ({error})") from error
    for code, point in codes.items():
        if point not in registry.number:
            raise BadConfig(f"codes.{code}", point, "a point id of the registry")
    return codes
