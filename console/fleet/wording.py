"""Packs as the pages word them, each read once."""

import re
from functools import cache

from fleet import packs
from fleet.packs.pack import ALL, Criterion, Pack
from fleet.series.changes import About, Known
from fleet.view import Words

WHOLE = Words("全矿", "whole mine")


@cache
def pack_named(name: str) -> Pack:
    """A pack that comes with the product."""
    return packs.load(name)


def title_of(name: str) -> Words:
    """A pack's title; one that comes with the product no more goes by its id."""
    if name not in packs.names():
        return Words(name, name)
    title = pack_named(name).title
    return Words(title.zh, title.en)


def known(pack: Pack) -> Known:
    """What the pack says of a criterion; one it does not know (of an older text) goes by its id."""
    told = {one.id: about(pack, one) for one in pack.criteria}

    def of(name: str) -> About:
        bare = Words(name, name)
        return told.get(name) or About(bare, "", Words("", ""), "", "")

    return of


def about(pack: Pack, one: Criterion) -> About:
    """Title, system, clause, unit, basis of a criterion."""
    return About(Words(one.zh, one.en), one.system, clause(pack, one), one.unit, one.basis, one.confidence)


def clause(pack: Pack, one: Criterion) -> Words:
    """The paper and the clause it rests on."""
    paper = pack.documents.get(one.document)
    zh, en = (paper.zh, paper.en) if paper else (one.document, one.document)
    return Words(f"{zh} {_chinese(one.clause)}".strip(), f"{en} {one.clause}".strip())


def _chinese(clause: str) -> str:
    """A clause as it is cited in Chinese: 第531条, 表19."""
    return re.sub(r"Table (\d+)", r"表\1", re.sub(r"Art\.\s?(\d+)", r"第\1条", clause)).replace(", ", "、")


def systems(pack: Pack) -> dict[str, Words]:
    """Systems by id in the pack's order, the whole mine first."""
    return {ALL: WHOLE} | {one.id: Words(one.zh, one.en) for one in pack.systems}
