"""Facts to verdicts: each criterion of a pack over all mines and days at once. Pure numpy.

Too little data is no evidence, never a pass. Of several subjects (faces, systems, gateways) the worst speaks for the mine.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.bodies import Object, Profile, Workplace
from fleet.criteria.folding import Folded, fold
from fleet.criteria.judged import MET, NO_EVIDENCE, NOT_MET, OPEN, WHY, Codes, Judged, Result
from fleet.packs.pack import Criterion, Fold, Op, Pack
from fleet.table import FactTable

Bools = NDArray[np.bool_]
_WHY = {why: np.int8(at) for at, why in enumerate(WHY)}
_FAILS = {Op.GE: "too_low", Op.LE: "too_high", Op.EQ: "not_equal", Op.HOLDS: "not_so", Op.UNEXPIRED: "expired"}


def judge(pack: Pack, table: FactTable, profiles: Mapping[str, Profile], workplaces: Sequence[Workplace] = ()) -> Judged:
    """Verdicts of every mine of the table on every day of it. Days before the table are unknown, so its first days lack their window.

    `workplaces`: registered faces; one that is registered is asked even where no fact names it, and one that is said not to be
    intelligent is not asked.
    """
    results = {one.id: _result(one, pack, table, workplaces) for one in pack.criteria}
    shape = (len(table.mines), table.days)
    status: dict[str, Codes] = {}
    why: dict[str, Codes] = {}
    speaker: dict[str, NDArray[np.intp]] = {}
    applies: dict[str, Bools] = {}
    for one in pack.criteria:
        kind, unknown = _asked(one, table.mines, profiles)
        applies[one.id] = np.repeat(kind[:, None], table.days, axis=1)
        status[one.id], why[one.id], speaker[one.id] = _speaks(one, results[one.id], shape)
        if one.counted:
            status[one.id][unknown] = np.maximum(status[one.id][unknown], NO_EVIDENCE)
            why[one.id][unknown] = _WHY["no_profile"]
        _open_before(one, pack, table, status[one.id], why[one.id])
        status[one.id][~applies[one.id]] = OPEN
    systems = {system.id: _worst([status[one.id] for one in pack.criteria if one.system == system.id], shape) for system in pack.systems}
    away = np.zeros(shape, np.int16)
    for codes in status.values():
        away += codes > MET
    return Judged(
        pack,
        table.mines,
        table.first,
        table.days,
        status,
        applies,
        why,
        speaker,
        results,
        systems,
        _worst(list(status.values()), shape),
        away,
        tuple(profiles[mine].object if mine in profiles else Object.MINE for mine in table.mines),
        {mine: at for at, mine in enumerate(table.mines)},
        table.present,
    )


def _worst(codes: Sequence[Codes], shape: tuple[int, int]) -> Codes:
    worst = np.full(shape, OPEN)
    for one in codes:
        np.maximum(worst, one, out=worst)
    return worst


def _asked(one: Criterion, mines: tuple[str, ...], profiles: Mapping[str, Profile]) -> tuple[Bools, Bools]:
    """Which mines the criterion is for; and of which nobody knows that."""
    kind, unknown = np.ones(len(mines), np.bool_), np.zeros(len(mines), np.bool_)
    for at, mine in enumerate(mines):
        profile = profiles.get(mine)
        if profile is None:
            unknown[at] = one.applies != "all"
        else:
            for_it = one.applies == "all" or (one.applies == "construction") is profile.under_construction
            kind[at] = profile.object is Object.MINE and for_it
    return kind, unknown


def _open_before(one: Criterion, pack: Pack, table: FactTable, status: Codes, why: Codes) -> None:
    """A paper that came into force after the pack counts from its own first day on."""
    starts = date.fromisoformat(one.valid_from)
    before = 0 if starts <= pack.starts else min(max((starts - table.first).days, 0), table.days)
    if one.counted and before:
        status[:, :before], why[:, :before] = OPEN, _WHY["not_in_force"]


def _result(one: Criterion, pack: Pack, table: FactTable, workplaces: Sequence[Workplace]) -> Result:
    """Each subject of each mine, judged."""
    places = {(place.mine, place.id): place for place in workplaces if place.kind == "face"} if one.scope == "face" else {}
    rows = _rows(one, table, places)
    names = sorted({table.rows[row] for row in rows} | places.keys())
    mine_at = {mine: at for at, mine in enumerate(table.mines)}
    names = [name for name in names if name[0] in mine_at and not _not_intelligent(places.get(name))]
    shape = (len(names), table.days)
    asked = np.zeros(shape, np.bool_)
    value, days = np.full(shape, np.nan), np.zeros(shape, np.int16)
    status, why = np.full(shape, NO_EVIDENCE if one.counted else OPEN), np.full(shape, _WHY["no_fact" if one.counted else _open(one)])
    real = np.array([at for at, name in enumerate(names) if name in table.index], np.intp)
    if one.query is not None and len(real):
        there = np.array([table.index[names[at]] for at in real], np.intp)
        folded = fold(one.query, table, there)
        value[real], days[real] = folded.value, folded.days
        asked[real] = table.stated[one.query.fact][there] if one.query.fact in table.stated else False
        if one.counted:
            status[real], why[real] = _verdicts(one, folded, table)
    for at, name in enumerate(names):
        if name in places:
            asked[at] = _registered(places[name], table)
    _open_before(one, pack, table, status, why)
    bounds = np.searchsorted(np.array([mine_at[mine] for mine, _ in names], np.intp), np.arange(len(table.mines) + 1))
    return Result(one, tuple(names), bounds, status, value, days, why, asked)


def _rows(one: Criterion, table: FactTable, places: Mapping[tuple[str, str], Workplace]) -> list[int]:
    """Rows of the table that have the fact on any day; a criterion of faces takes faces only."""
    if one.query is None or one.query.fact not in table.stated:
        return [table.index[name] for name in places if name in table.index]
    stated = table.stated[one.query.fact].any(axis=1)
    return [int(row) for row in np.flatnonzero(stated) if one.scope == "mine" or table.rows[row][1]]


def _not_intelligent(place: Workplace | None) -> bool:
    return place is not None and place.intelligent is False


def _registered(place: Workplace, table: FactTable) -> Bools:
    """On which days of the table the place is there."""
    days = np.arange(table.days)
    start = (date.fromisoformat(place.valid_from) - table.first).days
    end = (date.fromisoformat(place.valid_to) - table.first).days if place.valid_to else table.days
    there: Bools = (days >= start) & (days <= end)
    return there


def _verdicts(one: Criterion, folded: Folded, table: FactTable) -> tuple[Codes, Codes]:
    """Status and why of folded values."""
    assert one.query is not None
    value, asked = folded.value, _threshold(one, table)
    holds = _holds(one.op, value, asked)
    status = np.where(holds, MET, NOT_MET)
    why = np.where(holds, _WHY[""], _WHY[_FAILS[one.op]])
    if one.query.fold is Fold.STREAK:
        broken = ~holds & _holds(one.op, folded.at_best, asked)
        status, why = np.where(broken, NO_EVIDENCE, status), np.where(broken, _WHY["broken"], why)
    else:
        few = folded.days < one.query.least
        status, why = np.where(few, NO_EVIDENCE, status), np.where(few, _WHY["few_days"], why)
        divided = np.isnan(value) & (folded.days > 0)
        status, why = np.where(divided, NO_EVIDENCE, status), np.where(divided, _WHY["nothing_to_divide"], why)
    none = folded.days == 0
    return np.where(none, NO_EVIDENCE, status), np.where(none, _WHY["no_fact"], why)


def _threshold(one: Criterion, table: FactTable) -> NDArray[np.float64]:
    """What is asked on each day, (1, days)."""
    if one.op is Op.UNEXPIRED:
        return np.array([[float(table.day(column).toordinal()) for column in range(table.days)]])
    return np.full((1, table.days), 1.0 if one.threshold is None else one.threshold)


def _holds(op: Op, value: NDArray[np.float64], asked: NDArray[np.float64]) -> Bools:
    """NaN holds nothing."""
    with np.errstate(invalid="ignore"):
        held: Bools = value <= asked if op is Op.LE else value == asked if op in (Op.EQ, Op.HOLDS) else value >= asked
    return held


def _open(one: Criterion) -> str:
    return "no_query" if one.query is None else "no_number"


def _speaks(one: Criterion, result: Result, shape: tuple[int, int]) -> tuple[Codes, Codes, NDArray[np.intp]]:
    """Per mine: the worst asked subject's status and why, and its row. Nobody asked: no evidence."""
    nobody = NO_EVIDENCE if one.counted else OPEN
    absent = "no_subject" if one.scope == "face" else "no_fact"
    status, why = np.full(shape, nobody), np.full(shape, _WHY[absent if one.counted else _open(one)])
    speaker = np.full(shape, -1, np.intp)
    mines = np.flatnonzero(np.diff(result.bounds))
    if not len(mines):
        return status, why, speaker
    starts = result.bounds[mines]
    key = np.where(result.asked, result.status, np.int8(-1))
    worst = np.maximum.reduceat(key, starts, axis=0)
    at_mine = np.repeat(worst, np.diff(result.bounds)[mines], axis=0)
    numbers = np.arange(len(key))[:, None]
    first = np.minimum.reduceat(np.where(result.asked & (key == at_mine), numbers, len(key)), starts, axis=0)
    said = worst >= 0
    status[mines] = np.where(said, worst, nobody)
    speaker[mines] = np.where(said, first, -1)
    taken = np.take_along_axis(result.why, np.minimum(first, len(key) - 1), axis=0)
    why[mines] = np.where(said, taken, why[mines])
    return status, why, speaker
