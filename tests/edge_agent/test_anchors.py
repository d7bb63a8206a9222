"""Anchors at the gateway: kept once, listed, and a log that was made anew is refused and named."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.edge_anchors import command
from contracts.anchors import Anchor
from contracts.care import Command
from contracts.errors import BadConfig
from contracts.payload import VERSION
from edge_agent.care import anchors
from edge_agent.care.commands import Commands

ONE, TWO = Anchor(12, "a" * 64, "2026-11-30"), Anchor(40, "b" * 64, "2026-12-01")


def ask(folder: Path, **arguments: str) -> str:
    return asyncio.run(anchors.anchor(folder)(arguments))


def told(anchor: Anchor) -> dict[str, str]:
    return {"n": str(anchor.n), "hash": anchor.hash, "day": anchor.day}


def test_an_anchor_is_kept_once_and_told_again(tmp_path: Path) -> None:
    assert ask(tmp_path) == ""
    assert ask(tmp_path, **told(ONE)) == f"{ONE}\nkept"
    assert ask(tmp_path, **told(TWO)) == f"{TWO}\nkept"
    assert ask(tmp_path, **told(ONE)) == f"{ONE}\nwas kept already"
    assert ask(tmp_path) == f"{ONE}\n{TWO}"
    assert (tmp_path / anchors.NAME).read_text() == f"{ONE}\n{TWO}\n"


def test_another_hash_for_a_number_that_is_kept_and_a_log_that_shrank_are_refused(tmp_path: Path) -> None:
    for anchor in (ONE, TWO):
        ask(tmp_path, **told(anchor))

    with pytest.raises(BadConfig, match=f"{TWO.hash}.*made anew"):
        ask(tmp_path, **told(Anchor(TWO.n, "c" * 64, TWO.day)))
    with pytest.raises(BadConfig, match="a log only grows"):
        ask(tmp_path, **told(Anchor(30, "c" * 64, TWO.day)))
    assert anchors.kept(tmp_path) == (ONE, TWO)


@pytest.mark.parametrize("wrong", [{"n": "0"}, {"n": "x"}, {"hash": "A" * 64}, {"day": "today"}, {"day": f"2026-11-30\n{TWO}"}, {"n": "#"}])
def test_what_is_no_anchor_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadConfig, match="n, hash, day"):
        ask(tmp_path, **told(ONE) | wrong)
    assert not (tmp_path / anchors.NAME).exists()


def test_a_damaged_file_is_told_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / anchors.NAME).write_text("nonsense\n")

    for arguments in ({}, told(ONE)):
        with pytest.raises(BadConfig, match="damaged"):
            ask(tmp_path, **arguments)
    assert (tmp_path / anchors.NAME).read_text() == "nonsense\n"


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "MOST_KEPT", 2)
    for n in (1, 2, 3):
        ask(tmp_path, **told(Anchor(n, "a" * 64, "2026-11-30")))

    assert [anchor.n for anchor in anchors.kept(tmp_path)] == [2, 3]


async def test_it_is_one_of_the_gateways_commands_and_a_refusal_is_an_answer(tmp_path: Path) -> None:
    commands = Commands("mine/gate", {"anchor": anchors.anchor(tmp_path)}, {})
    for number, (hash_, state) in enumerate(((ONE.hash, "done"), ("f" * 64, "refused"))):
        command_ = Command(VERSION, "mine/gate", str(number), 0, 100, "王工", "anchor", told(Anchor(ONE.n, hash_, ONE.day)))
        assert commands.begin(command_, 1).state == "accepted"
        answer = await commands.do(command_, 1)
        assert answer.state == state
    assert "made anew" in answer.why


def test_davy_edge_anchors_lists_them(tmp_path: Path) -> None:
    ask(tmp_path, **told(ONE))
    (tmp_path / "edge.toml").write_text(f"""mine = "mine"
gateway = "gate"
folder = "{tmp_path}"
points = "points.json"
[[sources]]
name = "rows"
kind = "replay"
file = "rows.csv"
""")

    assert CliRunner().invoke(command, ["--config", str(tmp_path / "edge.toml")]).output == f"{ONE}\n"
