"""Bundles on a gateway's disk: whatever comes and whatever happens, the last good one stays and is used."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import BadConfig, BadPayload
from contracts.keys import BadSignature
from edge_agent.advice.kept import KeptBundles, content_of
from models.bundle import MOST_BYTES, sign_bundle
from tests.edge_agent.advised import AREA, KEYS, MINE, OTHER, SECRET, START, learned, signed, unsigned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def of(folder: Path) -> KeptBundles:
    """As the next start sees them."""
    return KeptBundles(folder, KEYS, MINE)


def used(folder: Path) -> int:
    """Number of the bundle the next start uses; 0: none."""
    bundle = of(folder).in_use()
    return bundle.contents.number if bundle else 0


def _flipped(data: bytes) -> bytes:
    return data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]


REFUSED: dict[str, tuple[Callable[[], bytes], type[Exception], str]] = {
    "damaged": (lambda: _flipped(signed(6)), BadPayload, "cut-or-altered"),
    "cut": (lambda: signed(6)[:-1], BadPayload, "cut-or-altered"),
    "empty": (lambda: b"", BadPayload, "not-a-bundle"),
    "unsigned": (lambda: unsigned(6), BadPayload, "unsigned"),
    "foreign key": (lambda: signed(6, secret=OTHER), BadSignature, "not trusted"),
    "older": (lambda: signed(4), BadPayload, "older"),
    "same number, other contents": (lambda: signed(5, data="other"), BadPayload, "older"),
    "other mine": (lambda: signed(6, mine="south"), BadPayload, "foreign"),
    "member that cannot do its work": (
        lambda: sign_bundle(unsigned(6, members={"trust": learned()[f"area:{AREA}"]}), SECRET, "x", START),
        BadPayload,
        "bad-detector",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_and_the_one_in_use_stays(folder: Path, name: str) -> None:
    make, error, word = REFUSED[name]
    kept = of(folder)
    kept.install(signed(5))

    with pytest.raises(error, match=word):
        kept.install(make())

    assert word in kept.why
    assert used(folder) == 5
    assert of(folder).numbers == [5]


def test_a_newer_one_is_used_and_said_to_be_well(folder: Path) -> None:
    kept = of(folder)
    assert (used(folder), kept.since) == (0, 0)
    with pytest.raises(BadPayload):
        kept.install(b"")

    kept.install(signed(5))
    kept.install(signed(7))

    assert (used(folder), kept.why, kept.since > 0) == (7, "", True)


def test_the_same_one_again_is_taken(folder: Path) -> None:
    of(folder).install(signed(5))

    assert of(folder).install(signed(5)).contents.number == 5


@pytest.mark.parametrize("harm", ["cut", "emptied", "gone", "other mine's", "renamed"])
def test_a_file_that_is_no_bundle_any_more_gives_way_to_the_newest_good_one(folder: Path, harm: str) -> None:
    for number in (1, 2, 3):
        of(folder).install(signed(number))
    path = folder / "3.models"
    new = {"cut": signed(3)[:-5], "emptied": b"", "other mine's": signed(3, "south"), "renamed": signed(9)}
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(new[harm])

    kept = of(folder)
    bundle = kept.in_use()

    assert bundle is not None
    assert bundle.contents.number == 2
    assert "3.models" in kept.why
    with pytest.raises(BadPayload, match="older"):
        kept.install(signed(2, data="other"))


def test_a_key_that_is_trusted_no_more_leaves_no_bundle_in_use(folder: Path) -> None:
    of(folder).install(signed(1))
    strict = KeptBundles(folder, {}, MINE)

    assert strict.in_use() is None
    assert "not trusted" in strict.why


@pytest.mark.parametrize("text", [b"", b'{"number":', b'{"number":-1,"newest":2}', b"\xff\xfe", b"[]", None], ids=repr)
def test_where_current_is_lost_the_newest_good_one_is_used_and_nothing_older_is_let_in(folder: Path, text: bytes | None) -> None:
    for number in (2, 3):
        of(folder).install(signed(number))
    (folder / "9.models").write_bytes(b"no bundle")
    (folder / "current").unlink()
    if text is not None:
        (folder / "current").write_bytes(text)

    assert used(folder) == 3
    with pytest.raises(BadPayload, match="older"):
        of(folder).install(signed(1))
    assert of(folder).install(signed(4)).contents.number == 4


@pytest.mark.parametrize("dies_at", range(6))
def test_a_crash_between_any_two_steps_leaves_the_old_one_or_the_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    of(folder).install(signed(1))
    steps = iter(range(100))

    class Died(BaseException):
        pass

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object) -> object:
            if next(steps) == dies_at:
                raise Died
            return real(*arguments)

        return step

    with monkeypatch.context() as dies:
        dies.setattr(os, "fsync", dying(os.fsync))
        dies.setattr(Path, "replace", dying(Path.replace))
        with pytest.raises(Died):
            of(folder).install(signed(2))

    assert used(folder) == (2 if dies_at > 4 else 1)
    assert of(folder).install(signed(2)).contents.number == 2
    assert used(folder) == 2


def test_a_disk_that_refuses_is_said_and_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = of(folder)
    kept.install(signed(1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as dying:
        dying.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            kept.install(signed(2))

    assert "No space" in kept.why
    assert used(folder) == 1
    assert list(folder.glob("*.half")) == []


def test_one_goes_back_to_a_kept_one_and_that_lasts(folder: Path) -> None:
    for number in (1, 2, 3):
        of(folder).install(signed(number))

    assert of(folder).rollback(2).contents.number == 2

    assert used(folder) == 2
    with pytest.raises(BadPayload, match="older"):
        of(folder).install(signed(1, data="other"))
    assert of(folder).install(signed(3)).contents.number == 3
    assert used(folder) == 3


def test_what_is_not_kept_cannot_be_gone_back_to_and_those_there_are_are_named(folder: Path) -> None:
    for number in (1, 2):
        of(folder).install(signed(number))
    (folder / "1.models").write_bytes(b"")

    for number in (7, 1):
        with pytest.raises(BadConfig, match="2"):
            of(folder).rollback(number)
    assert used(folder) == 2


def test_three_are_kept_and_the_one_in_use_whatever_its_number(folder: Path) -> None:
    for number in range(1, 5):
        of(folder).install(signed(number))
    assert of(folder).numbers == [2, 3, 4]

    of(folder).rollback(2)
    assert of(folder).numbers == [2, 3, 4]
    of(folder).install(signed(5))

    assert of(folder).numbers == [3, 4, 5]


def test_a_file_that_never_ends_or_is_none_is_no_bundle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_BYTES + 1)

    for name, error in (("pipe", BadPayload), ("link", OSError), ("large", BadPayload)):
        with pytest.raises(error):
            content_of(tmp_path / name)
