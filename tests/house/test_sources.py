"""Each kind of source has a page with a sample that is accepted, and a test, all of its name."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from contracts.config import load
from contracts.registers import read_register_map
from edge_agent.config import EdgeSettings, check
from edge_agent.sources import AnySource
from edge_agent.sources.json_mapping import JsonMapping
from edge_agent.sources.opc_nodes import OpcNodes

ROOT = Path(__file__).parents[2]
KINDS = {str(section.__struct_config__.tag): section for section in get_args(AnySource)}
HEAD = 'mine = "m"\ngateway = "g"\nfolder = "f"\npoints = "p"\n'


def page(kind: str) -> str:
    return (ROOT / "docs" / "sources" / f"{kind}.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_module_with_a_page_and_a_test_of_its_name(kind: str) -> None:
    files = (f"edge_agent/sources/{kind}.py", f"docs/sources/{kind}.md", f"tests/edge_agent/test_{kind}.py")

    assert [name for name in files if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_its_sample_is_accepted_and_shows_every_key(kind: str) -> None:
    sample = next(text for text in blocks(page(kind), "toml") if "[[sources]]" in text)

    [source] = check(load(EdgeSettings, HEAD + sample, {})).sources

    assert source.kind == kind
    assert [key for key in KINDS[kind].__struct_fields__ if not re.search(rf"^(# )?{key} =", sample, re.MULTILINE)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_stands_beside_it_in_chinese_with_the_same_sample(kind: str) -> None:
    chinese = page(f"{kind}.zh")

    assert re.search("[\u4e00-\u9fff]{4}", chinese)
    assert blocks(chinese, "toml") == blocks(page(kind), "toml") != []


@pytest.mark.parametrize("kind", ["modbus_tcp", "modbus_rtu"])
def test_the_register_maps_in_the_pages_are_accepted(kind: str) -> None:
    [sample] = blocks(page(kind), "json")

    assert read_register_map(sample.encode()).registers


@pytest.mark.parametrize(("kind", "form"), [("opc_ua", OpcNodes), ("mqtt_json", JsonMapping)])
def test_the_files_in_the_pages_are_accepted(kind: str, form: type) -> None:
    [sample] = blocks(page(kind), "json")

    assert msgspec.json.decode(json.dumps(json.loads(sample)), type=form)
