"""docs/security.md and its Chinese twin say what is so: every test they name exists, and their tables of rights are those of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from console.web.access import RIGHTS, Right, Role
from contracts.topics import every
from ingest.broker.production import CARE, INGEST, access
from tests.console.apps import app_of
from tests.console.web_pit import Pit

ROOT = Path(__file__).parents[2]
PAGES = {"en": ROOT / "docs" / "security.md", "zh": ROOT / "docs" / "security.zh.md"}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREAT = re.compile(r"^\| (\d+)\. (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
LANG = pytest.mark.parametrize("lang", PAGES)


@cache
def page(lang: str) -> str:
    return PAGES[lang].read_text(encoding="utf-8")


@cache
def names_in(path: str) -> set[str]:
    """Functions and names at the top of a file of tests."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    named = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return named | {target.id for one in tree.body if isinstance(one, ast.Assign) for target in one.targets if isinstance(target, ast.Name)}


@LANG
def test_every_test_that_is_named_exists(lang: str) -> None:
    named = TEST.findall(page(lang))

    assert len(named) > 80
    assert [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in names_in(path)] == []


@LANG
def test_every_threat_has_an_answer_and_a_test_and_they_are_numbered(lang: str) -> None:
    threats = THREAT.findall(page(lang))

    assert [int(number) for number, *_ in threats] == list(range(1, len(threats) + 1))
    assert len(threats) >= 35
    assert [number for number, _, answer, proof in threats if not answer or not TEST.search(proof)] == []


def test_both_languages_name_the_same_threats_and_tests() -> None:
    proofs = [[proof for *_, proof in THREAT.findall(page(lang))] for lang in PAGES]

    assert proofs[0] == proofs[1]


@LANG
def test_the_table_of_rights_is_that_of_the_code(lang: str) -> None:
    rows = {
        found[1]: [cell.strip() == "✓" for cell in found[2].split("|")]
        for found in re.finditer(r"^\| `(\w+)` \|((?: [✓–] \|){6})$", page(lang), re.MULTILINE)
    }
    told = {right: cells[: len(Role)] for right, cells in rows.items()}

    assert told == {str(right): [right in RIGHTS[role] for role in Role] for right in Right}
    assert " | ".join(f"`{role}`" for role in Role) in page(lang)


@LANG
def test_the_lanes_are_those_of_the_access_list(lang: str) -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for name, right, lanes in re.findall(r"^\| `(mine/gateway|davy-\w+)` \| ([^|]+) \| ((?:`\w+` ?)+)\|$", page(lang), re.MULTILINE):
        for way, words in (("read", ("read", "读")), ("write", ("write", "写"))):
            if any(word in right for word in words):
                told.setdefault((name, way), set()).update(re.findall(r"\w+", lanes))
    assert told == listed()


def listed() -> dict[tuple[str, str], set[str]]:
    """The access list as (name, way) to lanes."""
    found: dict[tuple[str, str], set[str]] = {}
    name = ""
    for line in access().splitlines():
        words = line.split()
        if words[:1] == ["user"]:
            name = words[1]
        elif words[:1] in (["topic"], ["pattern"]):
            lane = words[2].rpartition("/")[2]
            for way in ("read", "write") if words[1] == "readwrite" else (words[1],):
                found.setdefault(("mine/gateway" if words[0] == "pattern" else name, way), set()).add(lane)
    assert {INGEST, CARE} <= {who for who, _ in found}
    assert every
    return found


def test_no_route_takes_an_address_to_go_to() -> None:
    """Where messages go and who vouches for people is configured; whoever is signed in can only name what is."""
    routes = list(iter_route_contexts(app_of(Pit().plant).routes))
    names = set[str]()
    for context in routes:
        dependant = getattr(context.route, "dependant", None)
        for field in (*dependant.query_params, *dependant.path_params, *dependant.body_params) if dependant else ():
            names.add(field.name)
            names |= set(getattr(field.field_info.annotation, "model_fields", {}))

    assert len(names) > 50
    assert {name for name in names if re.search(r"url|uri|addr|host|webhook|endpoint|callback", name)} == set()
