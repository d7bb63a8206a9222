"""Every command in the documentation: `davy` takes it as it stands there, and it is typed for real by a test or excused with a reason."""

import re

import click
import pytest

from tests.docs.commands import FENCE, ROOT, SHELLS, commands, fences, ours, pages, parse, resolve, simple
from tests.docs.excused import EXCUSES
from tests.docs.typed import is_typed

PAGES = pages()
INLINE = re.compile(r"`((?:[\w/.]*/)?davy [^`]+)`")
HAN = re.compile(r"[\u4e00-\u9fff]")
HEADING = re.compile(r"^#+(?= )", re.MULTILINE)
CODE = re.compile(r"--[\w-]+|[a-z]\w*([._]\w+)*|/[\w/{}.-]+|[A-Z_]{4,}")
"""What is spelt alike in every language: an option, a key or code, a path of the API, a variable."""


def refused(words: list[str]) -> str:
    """What click says against a command of ours; nothing where it is taken."""
    try:
        parse(words)
    except click.exceptions.Exit:
        return ""
    except click.ClickException as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_davy_takes_every_command_of_the_page(page: str) -> None:
    told = {line: refused(words) for line in commands(page) for one in simple(line) if (words := ours(one)) is not None}

    assert {line: why for line, why in told.items() if why} == {}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_named_in_a_sentence_exists_with_its_options(page: str) -> None:
    wrong = {}
    for text in INLINE.findall((ROOT / page).read_text(encoding="utf-8")):
        words = [word for word in re.split(r"\s+", text.partition("davy ")[2].split(" > ")[0]) if word]
        plain = [re.split(r"[|/,]", word)[0] for word in words]
        if not re.fullmatch(r"[a-z-]+", plain[0]):
            continue
        try:
            command, _ = resolve([word for word in plain if re.fullmatch(r"[a-z]+", word)][:3] if plain[0] != "COMMAND" else [])
        except click.UsageError as error:
            wrong[text] = error.format_message()
            continue
        known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help", "--version"}
        options = [re.split(r"[=\[\]|,]", word)[0] for word in words if word.startswith("--")]
        if missing := [option for option in options if option not in known]:
            wrong[text] = f"no option {missing}"

    assert wrong == {}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_typed_by_a_test_or_excused(page: str) -> None:
    neither = [line for line in commands(page) if not is_typed(page, line) and not any(one.covers(page, line) for one in EXCUSES)]

    assert neither == []


def test_no_excuse_is_left_over() -> None:
    lines = [(page, line) for page in PAGES for line in commands(page)]

    assert [one.why for one in EXCUSES if not any(one.covers(page, line) for page, line in lines)] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_command_hides_in_a_block_of_another_kind(page: str) -> None:
    hidden = [
        fence.text.strip()
        for fence in fences(page)
        if fence.language not in SHELLS and re.search(r"^(\$ )?davy ", fence.text, re.MULTILINE)
    ]

    assert hidden == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".zh.md")])
def test_a_chinese_page_has_the_blocks_of_the_english_one(page: str) -> None:
    assert fences(page) == fences(page.replace(".zh.md", ".md"))


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".zh.md")])
def test_a_chinese_page_is_chinese(page: str) -> None:
    prose = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))

    assert len(HAN.findall(prose)) > len(re.findall(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`|\([^)]*\)|<[^>]*>", "", prose)))


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".zh.md")])
def test_a_chinese_page_has_the_headings_the_rows_and_the_codes_of_the_english_one(page: str) -> None:
    """It may have more rows (where an English block has its words inside), never fewer; a key, option, path or code is on both."""
    chinese, english = (FENCE.sub("", (ROOT / name).read_text(encoding="utf-8")) for name in (page, page.replace(".zh.md", ".md")))

    assert HEADING.findall(chinese) == HEADING.findall(english)
    assert chinese.count("\n|") >= english.count("\n|")
    assert sorted(_codes(english) - _codes(chinese)) == []


def _codes(text: str) -> set[str]:
    return {code for code in re.findall(r"`([^`]+)`", text) if CODE.fullmatch(code)}


def test_the_reader_of_commands_reads() -> None:
    line = "X=1 davy fleet anchors > a.txt && zcat b | sed 's/x|y/z/'  # why"

    assert list(simple(line)) == [["davy", "fleet", "anchors"], ["zcat", "b"], ["sed", "s/x|y/z/"]]
    assert ours(["docker", "compose", "exec", "centre", "davy", "people", "list"]) == ["people", "list"]
    assert ours(["docker", "compose", "run", "--rm", "--entrypoint", "davy", "certs", "certs", "list", "x"]) == ["certs", "list", "x"]
    assert ours(["/opt/davy/.venv/bin/davy", "up"]) == ["up"]
    assert ours(["rsync", "davy"]) is None
    assert refused(["up", "--demo"]) == ""
    assert "no such option" in refused(["up", "--demos"]).lower()
    assert "no command" in refused(["fleet", "verifie", "x"])
