"""How bundles come to a gateway: in pieces by commands, or as files. What is wrong is refused by name, and the one in use stays."""

import os
from base64 import b85encode
from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.errors import BadConfig, BadPayload, DavyError
from contracts.payload import MAX_BYTES
from edge_agent.advice.kept import KeptBundles
from edge_agent.advice.orders import MOST_PIECES, PIECE, Incoming, digest_of, models_handler
from tests.edge_agent.advised import KEYS, MINE, OTHER, signed

CUT = 1000
"""Bytes of a piece here, so that a small bundle has several."""


class Gate:
    """A gateway's disk and its command."""

    def __init__(self, folder: Path) -> None:
        self.kept = KeptBundles(folder, KEYS, MINE)
        self.changes = 0
        self.handle = models_handler(self.kept, self._change)
        self.incoming = Incoming(self.kept, self._change)
        self.dropped = folder / "incoming"

    def _change(self) -> None:
        self.changes += 1

    @property
    def used(self) -> int:
        bundle = self.kept.in_use()
        return bundle.contents.number if bundle else 0

    async def send(self, *pieces: Mapping[str, str]) -> str:
        """The answer to the last of these commands."""
        said = ""
        for piece in pieces:
            said = await self.handle(piece)
        return said

    def drop(self, name: str, data: bytes) -> Path:
        self.dropped.mkdir(exist_ok=True)
        path = self.dropped / name
        path.write_bytes(data)
        return path

    def look(self) -> bool:
        """Twice, as what grows is not taken."""
        first = self.incoming.look()
        return self.incoming.look() or first


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def pieces(data: bytes, cut: int = CUT) -> list[dict[str, str]]:
    parts = [data[at : at + cut] for at in range(0, len(data), cut)]
    whole = {"digest": digest_of(data), "pieces": str(len(parts))}
    return [whole | {"piece": str(at), "data": b85encode(part).decode()} for at, part in enumerate(parts, 1)]


async def test_pieces_make_a_bundle_in_any_order_and_however_often_each_comes(gate: Gate) -> None:
    first, *rest = pieces(signed(3))
    assert len(rest) > 2

    assert await gate.send(*reversed(rest), rest[0]) == f"piece 2 of {len(rest) + 1}"
    assert (gate.used, gate.changes) == (0, 0)
    said = await gate.send(first)

    assert said.startswith("models 3@")
    assert "王工" in said
    assert (gate.used, gate.changes) == (3, 1)
    assert not any((gate.kept.folder / "pieces").iterdir())


async def test_pieces_outlast_a_restart(gate: Gate) -> None:
    *most, last = pieces(signed(3))
    await gate.send(*most)

    await Gate(gate.kept.folder).send(last)

    assert gate.used == 3


async def test_pieces_of_another_bundle_before_it_are_forgotten(gate: Gate) -> None:
    await gate.send(*pieces(signed(3))[:-1])
    await gate.send(*pieces(signed(4)))

    said = await gate.send(pieces(signed(3))[-1])

    assert said.startswith("piece")
    assert gate.used == 4


async def test_pieces_that_do_not_make_what_was_announced_are_refused_and_forgotten(gate: Gate) -> None:
    *most, last = pieces(signed(3))

    with pytest.raises(BadPayload, match="cut-or-altered"):
        await gate.send(*most, last | {"data": b85encode(b"other").decode()})

    assert gate.used == 0
    await gate.send(*most, last)
    assert gate.used == 3


WRONG: list[dict[str, str]] = [
    {"digest": ""},
    {"digest": "../../../../../../../etc/passwd0"},
    {"digest": "A" * 32},
    {"piece": "0"},
    {"piece": "9999"},
    {"piece": "-1"},
    {"piece": "\u0663"},
    {"pieces": ""},
    {"pieces": str(MOST_PIECES + 1)},
    {"pieces": "9" * 5000},
    {"data": '"""'},
    {"data": "\u4e2d"},
    {"data": b85encode(bytes(PIECE + 1)).decode()},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "-".join(f"{key}={value[:20]!r}" for key, value in wrong.items()))
async def test_a_piece_that_cannot_be_is_refused_by_name_and_leaves_nothing(gate: Gate, wrong: dict[str, str]) -> None:
    first = pieces(signed(3))[0]

    with pytest.raises((BadConfig, BadPayload)):
        await gate.send(first | wrong)

    kept = [path for path in gate.kept.folder.rglob("*") if path.is_file()]
    assert kept == []


async def test_a_bundle_that_is_refused_is_said_and_starts_nothing_anew(gate: Gate) -> None:
    await gate.send(*pieces(signed(3)))

    for data in (signed(2), signed(4, mine="south"), signed(4, secret=OTHER)):
        with pytest.raises(DavyError):
            await gate.send(*pieces(data))

    assert (gate.used, gate.changes) == (3, 1)
    assert "not trusted" in gate.kept.why


async def test_a_kept_bundle_is_used_again_by_its_number(gate: Gate) -> None:
    await gate.send(*pieces(signed(1)), *pieces(signed(2)))

    said = await gate.send({"rollback": "1"})

    assert said.startswith("models 1@")
    assert (gate.used, gate.changes) == (1, 3)
    with pytest.raises(BadConfig, match="number"):
        await gate.send({"rollback": "7"})
    with pytest.raises(BadConfig, match="rollback"):
        await gate.send({"rollback": "x"})


def test_the_largest_piece_fits_into_a_message() -> None:
    data = b85encode(bytes(PIECE))

    assert len(data) < 0.75 * MAX_BYTES


def test_a_file_put_into_incoming_is_taken_when_it_has_stopped_growing(gate: Gate) -> None:
    whole = signed(3)
    path = gate.drop("a.models", whole[:500])
    assert not gate.incoming.look()
    path.write_bytes(whole)
    assert not gate.incoming.look()

    assert gate.incoming.look()

    assert (gate.used, list(gate.dropped.iterdir())) == (3, [])


def test_a_refused_file_is_set_aside_once_and_the_reason_stands(gate: Gate) -> None:
    gate.drop("a.models", signed(3))
    gate.look()
    gate.drop("b.models", signed(2))

    assert not gate.look()

    assert [path.name for path in gate.dropped.iterdir()] == ["b.models.refused"]
    assert gate.kept.why.startswith("b.models: older")
    assert gate.used == 3


def test_what_is_no_plain_file_and_what_cannot_be_taken_away_holds_up_nothing(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.dropped.mkdir()
    os.mkfifo(gate.dropped / "a.models")
    (gate.dropped / "b.models").mkdir()
    (gate.dropped / "c.models").symlink_to("/dev/zero")
    gate.drop("d.models", signed(3))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(Path, "rename", refuse)

    assert gate.look()
    assert not gate.look()
    assert gate.used == 3
