"""What mkdocs.yml asks of us while the site is built (`make docs`): stage docs/, write the reference, keep everything on this machine."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from material.plugins.search import plugin as search  # type: ignore[import-untyped] # noqa: E402

from tools.docs import reference, segment, stage  # noqa: E402

PLACES: list[tempfile.TemporaryDirectory[str]] = []
"""The staged folder; the site is built once for each language, from the same one. Gone when the process ends."""
ONLY_ENGLISH = '!!! note "本页目前只有英文"\n    操作步骤有中文, 见[首页](HOME); 词义见[术语表](GLOSSARY)。\n\n'
SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=.*|/\*# sourceMappingURL=.*?\*/")
ALTERNATE = re.compile(r"""<link rel="alternate"[^>]*>""")
ELSEWHERE = re.compile(r"""(["'`])https?://[^"'`\s]+\.js\1""")
"""Scripts that the theme would fetch from elsewhere for what this site does not use (drawings as code; browsers of ten years ago)."""


def on_config(config: Any) -> Any:
    """docs/ as it is staged; Chinese is cut into words."""
    if not PLACES:
        PLACES.append(tempfile.TemporaryDirectory(prefix="davylamp-docs-"))
        place = Path(PLACES[0].name)
        stage.stage(ROOT / "docs", place, ROOT / "CHANGELOG.md")
        reference.write(place / "reference")
        search.jieba = segment.of_glossary(ROOT / "docs" / "glossary.md")
    config.docs_dir = PLACES[0].name
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 (mkdocs gives it by name)
    """On the Chinese site a page that has no Chinese says so first."""
    if config.theme["language"] != "zh" or page.file.src_uri.endswith(".zh.md") or not stage.english_only(markdown):
        return markdown
    up = "../" * page.file.src_uri.count("/")
    note = ONLY_ENGLISH.replace("HOME", f"{up}index.md").replace("GLOSSARY", f"{up}glossary.md")
    head, line, rest = markdown.partition("\n")
    return f"{head}\n\n{note}{line}{rest}" if head.startswith("# ") else note + markdown


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001 (as above)
    """Without the tags that tell a search engine of the other language: the theme would ask the site for a map of it that is not there."""
    return ALTERNATE.sub("", output)


def on_post_build(config: Any) -> None:
    """Nothing on the site asks another machine for anything. The theme's sources, and a map of a site without an address, are left out."""
    for path in Path(config.site_dir).glob("sitemap.xml*"):
        path.unlink()
    for path in sorted((Path(config.site_dir) / "assets").rglob("*")):
        if path.suffix == ".map":
            path.unlink()
        elif path.suffix in (".js", ".css"):
            text = ELSEWHERE.sub(r"\1about:blank\1", path.read_text(encoding="utf-8"))
            path.write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
