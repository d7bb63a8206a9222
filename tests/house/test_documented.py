"""Every configuration key stands in the documentation, and the samples in it are accepted."""

import re
from pathlib import Path

import msgspec
import pytest

from alerts.config import Recipient
from contracts.config import BrokerAddress, load
from edge_agent.config import BlackBoxSettings, EdgeSettings, FilesSettings, OutboxSettings, check
from edge_agent.sources.settings import SourceSettings
from ingest.config import FilesSection, IngestSettings
from ingest.config import check as check_ingest

ROOT = Path(__file__).parents[2]
DOCUMENTED: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "docs/edge.md": (EdgeSettings, SourceSettings, OutboxSettings, BlackBoxSettings, FilesSettings, BrokerAddress),
    "docs/ingest.md": (IngestSettings, FilesSection, Recipient),
}


@pytest.mark.parametrize("suffix", [".md", ".zh.md"])
@pytest.mark.parametrize(("page", "kind"), [(page, kind) for page, kinds in DOCUMENTED.items() for kind in kinds])
def test_every_key_is_explained(page: str, kind: type[msgspec.Struct], suffix: str) -> None:
    text = (ROOT / page).with_suffix(suffix).read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", text))))

    assert [name for name in kind.__struct_fields__ if name not in words] == []


def test_the_sample_is_a_configuration_that_is_accepted() -> None:
    settings = check(load(EdgeSettings, (ROOT / "sample.toml").read_text(encoding="utf-8"), {}))

    assert settings.sources[0].name


def test_the_ingest_example_is_accepted() -> None:
    text = (ROOT / "docs/ingest.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    assert check_ingest(load(IngestSettings, example, {})).alerts.recipients[0].name == "control room"
