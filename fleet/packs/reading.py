"""Reads and checks a criteria pack. A number that its basis, source or confidence does not carry is a guess, and refused."""

from datetime import date
from typing import Any

import msgspec
import yaml

from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.facts import FACTS
from contracts.whereabouts import whereabouts
from fleet.packs.pack import ALL, CONDITIONS, Criterion, Fold, Op, Pack, Query

SCHEMA = 1
CONFIDENT = ("seen", "seen_secondary")
CONFIDENCES = (*CONFIDENT, "memory", "project")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_pack(data: bytes) -> Pack:
    """The pack these YAML bytes describe, or BadConfig naming place, value and what is allowed."""
    tree: Any = None
    try:
        text = data.decode("utf-8")
        tree = yaml.load(text, LOADER)  # noqa: S506  # both are safe loaders
        told = {**tree, "hash": content_name(data), "text": text} if isinstance(tree, dict) else tree
        pack = msgspec.convert(told, Pack)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadConfig("pack", f"{len(data)} bytes", f"YAML in UTF-8 ({error})") from error
    except msgspec.ValidationError as error:
        where, value = whereabouts(tree, str(error))
        raise BadConfig(f"pack{where}", value, str(error)) from error
    if pack.schema != SCHEMA:
        raise BadConfig("pack.schema", pack.schema, str(SCHEMA))
    _check_pack(pack)
    seen: set[str] = set()
    for one in pack.criteria:
        if one.id in seen:
            raise BadConfig(f"pack.criteria.{one.id}.id", one.id, "an id used once in the pack")
        seen.add(one.id)
        _check_criterion(f"pack.criteria.{one.id}", one, pack)
    return pack


def _check_pack(pack: Pack) -> None:
    for name, text in (("as_of", pack.as_of), ("valid_from", pack.valid_from), ("valid_to", pack.valid_to)):
        if text is not None:
            _day(f"pack.{name}", text)
    if pack.valid_to is not None and pack.valid_to < pack.valid_from:
        raise BadConfig("pack.valid_to", pack.valid_to, f"a day from {pack.valid_from} on")
    for name, document in pack.documents.items():
        _confident(f"pack.documents.{name}.confidence", document.confidence, CONFIDENCES)
    if not pack.criteria:
        raise BadConfig("pack.criteria", [], "one or more")
    ids = [system.id for system in pack.systems]
    if len(set(ids)) != len(ids) or ALL not in ids:
        raise BadConfig("pack.systems", ", ".join(ids), f"each id once, `{ALL}` (the whole mine) among them")
    for level in pack.levels:
        _carried(f"pack.levels.{level.id}", level.score_min, level.document, level.confidence, pack)
    for system in pack.systems:
        _carried(f"pack.systems.{system.id}", system.weight, system.document, system.confidence, pack)
    for aim in pack.aims:
        _document(f"pack.aims.{aim.id}", aim.document, pack)
        _confident(f"pack.aims.{aim.id}.confidence", aim.confidence, CONFIDENT)
    if pack.assessing is not None:
        _document("pack.assessing", pack.assessing.document, pack)
        _confident("pack.assessing.confidence", pack.assessing.confidence, CONFIDENT)


def _carried(where: str, number: float | None, document: str, confidence: str, pack: Pack) -> None:
    """A bound or a weight without the paper it was read in is a guess."""
    if number is not None:
        _document(where, document, pack)
        _confident(f"{where}.confidence", confidence, CONFIDENT)


def _check_criterion(where: str, one: Criterion, pack: Pack) -> None:
    systems = [system.id for system in pack.systems]
    if one.system not in systems:
        raise BadConfig(f"{where}.system", one.system, ", ".join(systems))
    if one.document or one.basis == "official":
        _document(where, one.document, pack)
    _confident(f"{where}.confidence", one.confidence, CONFIDENCES)
    _day(f"{where}.valid_from", one.valid_from)
    if one.valid_from < pack.valid_from:
        raise BadConfig(f"{where}.valid_from", one.valid_from, f"the pack's first day {pack.valid_from}, or later")
    if one.query is not None:
        _check_query(f"{where}.query", one.query, one)
    _check_number(where, one, pack)


def _check_number(where: str, one: Criterion, pack: Pack) -> None:
    """Whether what the criterion asks for is carried by a paper that was read."""
    if one.op in CONDITIONS and one.threshold is not None:
        raise BadConfig(f"{where}.threshold", one.threshold, f"null: `{one.op.value}` asks for no number")
    if one.threshold is None and one.op not in CONDITIONS:
        if not (one.open_zh and one.open_en):
            raise BadConfig(f"{where}.open_zh", one.open_zh, "in both languages (open_zh, open_en), why no number stands here")
        return
    if one.basis != "official":
        raise BadConfig(f"{where}.basis", one.basis, "official; a number of our own or of unknown origin is a guess: threshold null")
    _confident(f"{where}.confidence", one.confidence, CONFIDENT)
    document = pack.documents[one.document]
    _confident(f"pack.documents.{one.document}.confidence", document.confidence, CONFIDENT)
    if one.query is None:
        raise BadConfig(f"{where}.query", None, "a query: a number that nothing is held against is no criterion")


def _check_query(where: str, query: Query, one: Criterion) -> None:
    for name in query.facts:
        if name not in FACTS:
            raise BadConfig(f"{where}.fact", name, ", ".join(FACTS))
    if query.least > query.days:
        raise BadConfig(f"{where}.least", query.least, f"at most the window's {query.days} days")
    if (query.fold is Fold.RATIO) != bool(query.per):
        raise BadConfig(f"{where}.per", query.per, "the fact to divide by, for a ratio and for nothing else")
    dated = query.fold in (Fold.STREAK, Fold.SHARE)
    if dated != ((query.at is None) != (query.at_most is None)):
        raise BadConfig(f"{where}.at", query.at, "one of `at` and `at_most` for a streak or a share, and for nothing else")
    if query.fold is Fold.STREAK:
        if one.op is not Op.GE:
            raise BadConfig(f"{where[: -len('.query')]}.op", one.op.value, f"{Op.GE.value}, for a streak")
        if one.threshold is not None and one.threshold > query.days:
            raise BadConfig(f"{where}.days", query.days, f"at least the {one.threshold:g} days in a row that are asked")


def _document(where: str, name: str, pack: Pack) -> None:
    if name not in pack.documents:
        raise BadConfig(f"{where}.document", name, ", ".join(pack.documents))


def _confident(where: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        why = "; what nobody read carries no number" if allowed is CONFIDENT else ""
        raise BadConfig(where, value, f"{' or '.join(allowed)}{why}")


def _day(where: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise BadConfig(where, text, f"a day such as 2025-09-01 ({error})") from error
