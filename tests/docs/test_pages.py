"""The pages as they stand in the repository, and how they are made ready for the site."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from contracts.config import load
from contracts.registers import read_register_map
from edge_agent.config import EdgeSettings, check
from edge_agent.sources.opc_nodes import OpcNodes
from ingest.config import IngestSettings
from ingest.config import check as check_ingest
from tests.docs.commands import FENCE, ROOT, fences, pages
from tools.docs import metrics, packs, refusals, segment, stage

LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", pages())
def test_every_relative_link_of_a_page_leads_to_a_file_of_the_repository(page: str) -> None:
    text = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    paths = [link.partition("#")[0] for link in LINK.findall(re.sub(r"`[^`]*`", "", text)) if not re.match(r"[a-z]+:|#", link)]

    assert [path for path in paths if not ((ROOT / page).parent / path).exists()] == []


def test_a_page_in_two_languages_is_staged_by_its_languages_and_links_out_of_docs_become_names(tmp_path: Path) -> None:
    docs, place = tmp_path / "docs", tmp_path / "staged"
    (docs / "how-to").mkdir(parents=True)
    place.mkdir()
    for name in ("a.md", "a.zh.md", "b.md"):
        text = "[the code](../../console/x.py) [log](../../CHANGELOG.md) [b](b.md#c) [far](http://a.example/)"
        (docs / "how-to" / name).write_text(text, encoding="utf-8")
    (docs / "p.svg").write_bytes(b"<svg/>")
    changes = tmp_path / "CHANGELOG.md"
    changes.write_text("[doc](docs/b.md)", encoding="utf-8")

    stage.stage(docs, place, changes)

    found = sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    assert found == ["changelog.md", "how-to/a.en.md", "how-to/a.zh.md", "how-to/b.md", "p.svg"]
    staged = (place / "how-to/b.md").read_text(encoding="utf-8")
    assert staged == "the code (`console/x.py`) [log](../changelog.md) [b](b.md#c) [far](http://a.example/)"


def test_english_only_is_told_from_bilingual() -> None:
    english = [page for page in pages() if stage.english_only((ROOT / page).read_text(encoding="utf-8"))]

    assert {"docs/protocol.md", "docs/alarms.md", "docs/explanation/receipts.md"} <= set(english)
    assert not {page for page in english if page.endswith(".zh.md")}
    assert "docs/glossary.md" not in english
    assert [page for page in pages() if (ROOT / page).with_suffix(".zh.md").is_file() and page not in english] == []


def test_chinese_is_cut_by_the_words_of_the_glossary_and_nothing_is_left_out() -> None:
    words = segment.of_glossary(ROOT / "docs/glossary.md")

    assert list(words.cut("网关给出回执之后")) == ["网关", "给", "出", "回执", "之", "后"]
    assert list(words.cut("测点表".encode())) == ["测点表"]


def test_the_reference_knows_refusals_metrics_and_limits_of_the_code() -> None:
    told = refusals.page("en")
    assert "| 404 | `path.alarm` | the id of an alarm, as /api/v1/alarms lists them |" in told
    assert "`backup.keep_years`" in told
    assert {one.name for one in metrics.metrics()} >= {
        "davy_edge_receipt_age_seconds",
        "davy_ingest_readings",
        "davy_certificate_days_left",
    }
    assert "| `face_return_corner` | 采煤工作面回风隅角 | 1 %CH4 | 1.5 %CH4 | 1 %CH4 | CMSR2025 Art.536, Table 19 |" in packs.page("zh")


def test_every_metric_of_the_code_is_in_a_group_of_the_page() -> None:
    assert [one.name for one in metrics.metrics() if not one.name.startswith(tuple(metrics.GROUPS))] == []


def test_every_entry_of_the_navigation_has_an_english_name() -> None:
    class Loader(yaml.SafeLoader):
        """Knows the one tag of mkdocs.yml."""

    Loader.add_multi_constructor("!!python/", lambda *_: None)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)
    english = next(one["i18n"] for one in config["plugins"] if "i18n" in one)["languages"][1]["nav_translations"]
    names = {name for entry in config["nav"] for name in entry} | {
        name for entry in config["nav"] for below in entry.values() if isinstance(below, list) for one in below for name in one
    }

    assert [name for name in names if re.search("[\u4e00-\u9fff]", name) and name not in english] == []


HOW_TO = sorted(page for page in pages() if page.startswith("docs/how-to/") and not page.endswith(".zh.md"))
EDGE = 'mine = "m"\ngateway = "g"\nfolder = "f"\npoints = "p"\n'
CENTRE = 'store = "s"\nrecords = "sqlite:///r"\nfolder = "f"\n'


@pytest.mark.parametrize("page", HOW_TO)
def test_the_configuration_on_a_how_to_page_is_accepted(page: str) -> None:
    for fence in fences(page):
        if fence.language == "toml" and "[[sources]]" in fence.text:
            whole = fence.text if fence.text.startswith("mine =") else EDGE + fence.text
            assert check(load(EdgeSettings, whole, {})).sources
        elif fence.language == "toml":
            whole = fence.text if fence.text.startswith("store =") else CENTRE + fence.text
            assert check_ingest(load(IngestSettings, whole, {})).store
        elif fence.language == "json" and '"nodes"' in fence.text:
            assert msgspec.json.decode(fence.text, type=OpcNodes).nodes
        elif fence.language == "json":
            assert read_register_map(fence.text.encode()).registers


def test_how_to_pages_have_configuration_to_be_accepted() -> None:
    shown = [fence.language for page in HOW_TO for fence in fences(page)]

    assert (shown.count("toml") >= 6, shown.count("json") >= 2) == (True, True)
