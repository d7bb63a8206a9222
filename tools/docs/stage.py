"""docs/ as the site wants it, in a folder of its own: the sources are never touched, and are read on the forge as they are.

Two things differ there. A site in two languages wants `page.en.md` beside `page.zh.md`, while docs/ has `page.md` (which the forge opens)
beside it. And a link out of docs/ (to a file of the program) leads nowhere on a site: it becomes its text with the file's name.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
MOSTLY_ENGLISH = 0.1
"""A page with fewer Chinese signs than this for each English word has no Chinese of its own (a bilingual one has one at least)."""


def stage(docs: Path, place: Path, changelog: Path) -> None:
    """Copy `docs` into the empty folder `place`; the changelog becomes a page of it."""
    for source in sorted(docs.rglob("*")):
        if source.is_dir():
            continue
        target = place / staged_name(source, docs)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(inward(source.read_text(encoding="utf-8"), source.relative_to(docs).parent.as_posix()), encoding="utf-8")
        else:
            shutil.copyfile(source, target)
    (place / "changelog.md").write_text(inward(changelog.read_text(encoding="utf-8"), "."), encoding="utf-8")


def staged_name(source: Path, docs: Path) -> PurePosixPath:
    """`page.md` is `page.en.md` where a `page.zh.md` stands beside it; all else keeps its name."""
    name = PurePosixPath(source.relative_to(docs).as_posix())
    if source.suffix == ".md" and not source.name.endswith(".zh.md") and source.with_suffix(".zh.md").is_file():
        return name.with_suffix(".en.md")
    return name


def inward(text: str, folder: str) -> str:
    """The text with what leads out of docs/ told by its name in the repository. `folder`: where the page is, below docs/."""

    def of(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        path = outside(folder, target)
        if path is None:
            return match.group(0)
        if path == "CHANGELOG.md":
            return f"[{words}]({'../' * len(PurePosixPath(folder).parts)}changelog.md)"
        return words if picture or words.strip("`") in path else f"{words} (`{path}`)"

    return LINK.sub(of, text)


def outside(folder: str, target: str) -> str | None:
    """Where a relative link leads in the repository, if that is not below docs/."""
    if re.match(r"[a-z]+:|#", target):
        return None
    parts: list[str] = ["docs", *PurePosixPath(folder).parts]
    for part in PurePosixPath(target.partition("#")[0]).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return None if parts[:1] == ["docs"] else "/".join(parts)


def english_only(text: str) -> bool:
    """Whether a page says next to nothing in Chinese."""
    return len(HAN.findall(text)) < MOSTLY_ENGLISH * len(LATIN.findall(text))


def pages(docs: Path) -> Iterator[Path]:
    """Every page, in order."""
    yield from sorted(docs.rglob("*.md"))
