"""Which place is which row of the regulation pack: said by a named person, never guessed. Pure, but for reading the list."""

import csv
import io
from pathlib import Path

from msgspec.structs import replace

from alerts.packs.pack import Pack
from contracts.errors import BadConfig
from contracts.points import Registry
from edge_agent.sources.kj_text import decode
from edge_agent.sources.point_import import Doubt, Imported, installations


def read_mapping(path: str) -> list[tuple[int, str, str]]:
    """(row number, point or place, row of the pack) of a CSV with the columns `place` and `row`; BadConfig else."""
    try:
        text, _ = decode(Path(path).read_bytes(), ("utf-8", "gb18030"))
    except OSError as error:
        raise BadConfig("--mapping", path, f"a readable CSV file ({error.strerror})") from error
    table = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    if not {"place", "row"} <= set(table.fieldnames or ()):
        raise BadConfig("--mapping", ", ".join(table.fieldnames or ()), "a CSV with the columns place and row")
    rows = [(at, (row["place"] or "").strip(), (row["row"] or "").strip()) for at, row in enumerate(table, start=2)]
    return [row for row in rows if row[1]]


def map_places(made: Imported, pairs: list[tuple[int, str, str]], by: str, pack: Pack) -> None:
    """Write limit rows to the points whose id, code or place (exactly) is named; (row number, point or place, id of a pack's row)."""
    points = list(made.registry.points)
    for at, named, row in pairs:
        own = installations(points, made.codes.get(named, named))
        in_use = [place for place, point in enumerate(points) if point.valid_to is None]
        chosen = [place for place in in_use if place in own or named in (points[place].place_zh, points[place].place_en)]
        wanted = pack.rows.get(row)
        fits = [place for place in chosen if wanted and points[place].quantity == wanted.quantity]
        if wanted is None:
            known = ", ".join(pack.rows)
            made.doubts.append(Doubt(at, named, "row", row, f"规程中没有此行; 有: {known}", f"no such row; there are: {known}", error=True))
        elif not fits:
            zh, en = f"没有测 {wanted.quantity} 的此测点或位置", f"no point or place of that name that measures {wanted.quantity}"
            made.doubts.append(Doubt(at, named, "point", named, zh, en, error=True))
        for place in fits:
            if points[place].limit_row != row:
                points[place] = replace(points[place], limit_row=row, mapped_by=by)
    made.registry = replace(made.registry, points=tuple(points))


def unmapped(registry: Registry, pack: Pack) -> list[Doubt]:
    """Points in use without a row, of a quantity the pack has rows for."""
    with_rows = {row.quantity for row in pack.rows.values()}
    zh, en = "未选择规定限值 (limit_row, 或 import --mapping)", "no official limit chosen (limit_row, or import --mapping)"
    return [
        Doubt(0, point.id, "limit_row", point.place_zh, zh, en)
        for point in registry.points
        if point.valid_to is None and not point.limit_row and point.quantity in with_rows
    ]
