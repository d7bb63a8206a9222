"""Regulation packs, one YAML file each, checked when read: a key unknown to us, or a value without clause and confidence, is refused."""

from importlib.resources import files
from typing import Annotated

import msgspec
import yaml

from alerts.packs.pack import Action, Cut, Documented, Duty, LimitRow, Pack, Settings, Watching
from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.units import QUANTITIES
from contracts.whereabouts import whereabouts

SCHEMA = 1
CONFIDENT = ("seen", "seen_secondary")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C one where PyYAML was built with it: a pack is read at each start of everything that judges."""
Value = Annotated[float, msgspec.Meta(gt=0, lt=1e6)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of what stands in the file."""


class _Source(_Strict, frozen=True, kw_only=True):
    quantity: str
    unit: str
    document: str
    clause: str = ""
    confidence: str = ""


class _FileCut(_Strict, frozen=True, kw_only=True):
    cut_ge: Value
    restore_lt: Value | None
    scope_zh: str
    scope_en: str
    action: str


class _FileRow(_Source, frozen=True, kw_only=True):
    id: str
    location_zh: str
    location_en: str
    alarm_ge: Value | None
    cuts: tuple[_FileCut, ...] = ()
    action: str = ""
    note: str = ""
    gas_class: tuple[str, ...] = ()
    t_code: tuple[str, ...] = ()


class _File(_Strict, frozen=True, kw_only=True):
    schema: int
    id: str
    title_zh: str
    title_en: str
    as_of: str
    documents: dict[str, Documented]
    settings: Settings
    actions: dict[str, Action]
    rows: list[_FileRow]
    sources: list[_Source] = []
    duties: dict[str, Duty] = {}
    watching: Watching = Watching()


def load(name: str = "cmsr-2025") -> Pack:
    """The pack carried in the product under this name, or BadConfig naming place, value and what is allowed."""
    folder = files("alerts.packs")
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
        raise BadConfig("pack", name, ", ".join(known))
    return read_pack(path.read_bytes())


def read_pack(data: bytes) -> Pack:
    """The pack these YAML bytes describe, or BadConfig."""
    try:
        file = msgspec.convert(yaml.load(data, LOADER), _File)  # noqa: S506  # both are safe loaders
    except yaml.YAMLError as error:
        raise BadConfig("pack", f"{len(data)} bytes", f"YAML ({error})") from error
    except msgspec.ValidationError as error:
        where, value = whereabouts(yaml.load(data, LOADER), str(error))  # noqa: S506
        raise BadConfig(f"pack{where}", value, str(error)) from error
    if file.schema != SCHEMA:
        raise BadConfig("pack.schema", file.schema, str(SCHEMA))
    for name, action in file.actions.items():
        if action.document not in file.documents:
            raise BadConfig(f"pack.actions.{name}.document", action.document, ", ".join(file.documents))
    for name, duty in file.duties.items():
        _check_duty(f"pack.duties.{name}", duty, file)
    rows: dict[str, LimitRow] = {}
    for row in file.rows:
        if row.id in rows:
            raise BadConfig(f"pack.rows.{row.id}.id", row.id, "an id used once in the pack")
        rows[row.id] = _row(row, file)
    return Pack(
        file.id,
        file.title_zh,
        file.title_en,
        file.as_of,
        file.documents,
        file.settings,
        file.actions,
        rows,
        content_name(data),
        file.duties,
        file.watching,
    )


def _check_duty(where: str, duty: Duty, file: _File) -> None:
    if duty.document not in file.documents:
        raise BadConfig(f"{where}.document", duty.document, ", ".join(file.documents))
    if duty.confidence not in CONFIDENT:
        raise BadConfig(f"{where}.confidence", duty.confidence, f"{' or '.join(CONFIDENT)}; what nobody read is no duty")
    if duty.action and duty.action not in file.actions:
        raise BadConfig(f"{where}.action", duty.action, ", ".join(file.actions))


def _row(row: _FileRow, file: _File) -> LimitRow:
    where = f"pack.rows.{row.id}"
    if row.quantity not in QUANTITIES:
        raise BadConfig(f"{where}.quantity", row.quantity, ", ".join(QUANTITIES))
    if row.unit != QUANTITIES[row.quantity].unit:
        raise BadConfig(f"{where}.unit", row.unit, QUANTITIES[row.quantity].unit)
    if row.document not in file.documents:
        raise BadConfig(f"{where}.document", row.document, ", ".join(file.documents))
    if not row.clause:
        raise BadConfig(f"{where}.clause", row.clause, "the clause this row was read in")
    if row.confidence not in CONFIDENT:
        raise BadConfig(f"{where}.confidence", row.confidence, f"{' or '.join(CONFIDENT)}; what nobody read is no limit")
    if row.alarm_ge is None and row.cuts:
        raise BadConfig(f"{where}.alarm_ge", None, "a value, where there are cuts")
    _check_cuts(where, row)
    return LimitRow(
        row.id,
        row.quantity,
        row.unit,
        row.location_zh,
        row.location_en,
        row.alarm_ge,
        tuple(
            Cut(cut.cut_ge, cut.restore_lt, cut.scope_zh, cut.scope_en, _action(f"{where}.cuts", cut.action, cut.cut_ge, row, file))
            for cut in row.cuts
        ),
        row.document,
        row.clause,
        row.confidence,
        row.note,
        row.gas_class,
        row.t_code,
        None if row.alarm_ge is None else _action(where, row.action, row.alarm_ge, row, file),
    )


def _check_cuts(where: str, row: _FileRow) -> None:
    before = row.alarm_ge
    for at, cut in enumerate(row.cuts):
        if before is not None and cut.cut_ge < before:
            raise BadConfig(f"{where}.cuts[{at}].cut_ge", cut.cut_ge, f"at least {before}: the alarm comes first, then the stages in order")
        if cut.restore_lt is not None and cut.restore_lt > cut.cut_ge:
            raise BadConfig(f"{where}.cuts[{at}].restore_lt", cut.restore_lt, f"at most the cut value {cut.cut_ge}")
        before = cut.cut_ge


def _action(where: str, name: str, value: float, row: _FileRow, file: _File) -> Action:
    action = file.actions.get(name)
    if action is None:
        raise BadConfig(f"{where}.action", name, ", ".join(file.actions))
    if action.at_ge is not None and (row.quantity != "methane" or value < action.at_ge):
        raise BadConfig(f"{where}.action", name, f"an action whose clause asks for it at {value} {row.unit} already")
    return action
