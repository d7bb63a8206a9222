"""`docs/people.md` and its Chinese twin say of every role and right what the code says."""

import re
from pathlib import Path

import pytest

from console.web.access import RIGHTS, Right, Role
from console.web.entry import (
    FREE_OF_ADDRESS,
    FREE_OF_LOGIN,
    LONGEST_WAIT,
    PASSWORD_LEAST,
    PASSWORD_MOST,
    PIN_LEAST,
    PIN_MOST,
    DoorSettings,
    SignInSection,
)
from console.web.pins import EACH_UNTIL
from console.web.words import LANGUAGES, WORDS, say
from contracts.clock import MINUTE

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {lang: (DOCS / name).read_text(encoding="utf-8") for lang, name in (("zh", "people.zh.md"), ("en", "people.md"))}
ROWS = {
    lang: [[cell.strip().strip("`") for cell in line[1:-1].split("|")] for line in text.splitlines() if line.startswith("| ")]
    for lang, text in TEXTS.items()
}
LANG = pytest.mark.parametrize("lang", LANGUAGES)


@LANG
def test_the_table_of_rights_is_that_of_the_code(lang: str) -> None:
    head = next(row for row in ROWS[lang] if row[0] in ("权限", "right"))
    assert head[2:] == [str(role) for role in Role]
    told = {row[0]: tuple(cell == "✓" for cell in row[2:]) for row in ROWS[lang] if row[0] in set(Right)}

    assert told == {str(right): tuple(right in RIGHTS[role] for role in Role) for right in Right}


@LANG
def test_rights_and_roles_have_the_words_of_the_pages(lang: str) -> None:
    told = {row[0]: row[1] for row in ROWS[lang] if row[0] in set(Right)}

    assert told == {str(right): say(lang, f"right.{right}") for right in Right}
    assert {f"role.{role}" for role in Role} <= set(WORDS)
    assert [role for role in Role if f"`{role}` {say('zh', f'role.{role}')}" not in TEXTS["zh"]] == []


def test_the_numbers_are_those_of_the_code() -> None:
    times = SignInSection()
    days, longest = times.longest_h // 24, LONGEST_WAIT // MINUTE
    login, address = FREE_OF_LOGIN, FREE_OF_ADDRESS
    said = {
        f"密码 {PASSWORD_LEAST}–{PASSWORD_MOST} 个字符": f"Passwords have {PASSWORD_LEAST}–{PASSWORD_MOST} characters",
        f"每个登录名 {login} 次、每个地址 {address} 次": f"after {login} of a login or {address} of an address",
        f"最多 {longest} 分钟": f"doubling to {longest} minutes",
        f"{times.idle_h} 小时不用或 {days} 天后结束": f"after {times.idle_h} hours without a call, and after {days} days in any case",
        f"{PIN_LEAST}–{PIN_MOST} 位数字": f"{PIN_LEAST}–{PIN_MOST} digits",
        f"连续 {EACH_UNTIL} 次之后": f"after {EACH_UNTIL} in a row",
    }

    assert [zh for zh in said if zh not in TEXTS["zh"]] == []
    assert [en for en in said.values() if en not in TEXTS["en"]] == []


@LANG
def test_every_setting_of_the_door_is_named(lang: str) -> None:
    settings = DoorSettings()
    for section in DoorSettings.__struct_fields__:
        for name in getattr(settings, section).__struct_fields__:
            assert re.search(rf"DAVY_{section}_{name}".upper(), TEXTS[lang])
