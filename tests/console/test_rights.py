"""`docs/people.md` says of every role and right what the code says."""

import re
from pathlib import Path

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
from console.web.words import WORDS
from contracts.clock import MINUTE

TEXT = (Path(__file__).parents[2] / "docs" / "people.md").read_text(encoding="utf-8")
ROWS = [[cell.strip().strip("`") for cell in line[1:-1].split("|")] for line in TEXT.splitlines() if line.startswith("| ")]


def test_the_table_of_rights_is_that_of_the_code() -> None:
    head = next(row for row in ROWS if row[0] == "权限 right")
    assert head[3:] == [str(role) for role in Role]
    told = {row[0]: tuple(cell == "✓" for cell in row[3:]) for row in ROWS if row[0] in set(Right)}

    assert told == {str(right): tuple(right in RIGHTS[role] for role in Role) for right in Right}


def test_rights_and_roles_have_the_words_of_the_pages() -> None:
    told = {row[0]: (row[1], row[2]) for row in ROWS if row[0] in set(Right)}

    assert told == {str(right): WORDS[f"right.{right}"] for right in Right}
    assert {f"role.{role}" for role in Role} <= set(WORDS)


def test_the_numbers_are_those_of_the_code() -> None:
    times = SignInSection()
    for said in (
        f"密码 {PASSWORD_LEAST}–{PASSWORD_MOST} 个字符",
        f"每个登录名 {FREE_OF_LOGIN} 次、每个地址 {FREE_OF_ADDRESS} 次",
        f"最多 {LONGEST_WAIT // MINUTE} 分钟",
        f"{times.idle_h} 小时不用或 {times.longest_h // 24} 天后结束",
        f"{PIN_LEAST}–{PIN_MOST} 位数字",
        f"after {EACH_UNTIL} in a row",
    ):
        assert said in TEXT


def test_every_setting_of_the_door_is_named() -> None:
    settings = DoorSettings()
    for section in DoorSettings.__struct_fields__:
        for name in getattr(settings, section).__struct_fields__:
            assert re.search(rf"DAVY_{section}_{name}".upper(), TEXT)
