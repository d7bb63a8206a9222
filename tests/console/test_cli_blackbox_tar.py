"""A case of the black box as one tar: unpacked as it is, and what is no file of a case is refused before it leaves its folder."""

import io
import tarfile
from pathlib import Path

import pytest

from console.cli.edge_blackbox import _opened
from contracts.errors import BadConfig


def packed(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    place = folder / "case.tar"
    with tarfile.open(place, "w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return place


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_a_case_comes_out_as_it_went_in(tmp_path: Path) -> None:
    case = tmp_path / "case-1"
    (case / "deep").mkdir(parents=True)
    (case / "data").write_bytes(b"\0readings")
    (case / "deep" / "more").write_bytes(b"more")
    place = tmp_path / "case.tar"
    with tarfile.open(place, "w") as tar:
        tar.add(case, arcname="case-1")

    with _opened(place) as there:
        assert there.name == "case-1"
        assert {path.relative_to(there).as_posix(): path.read_bytes() for path in there.rglob("*") if path.is_file()} == {
            "data": b"\0readings",
            "deep/more": b"more",
        }


@pytest.mark.parametrize(
    "hostile",
    [
        member("../out"),
        member("case-1/../../out"),
        member("/tmp/davy-out"),
        member("case-1/link", tarfile.SYMTYPE, "/etc/passwd"),
        member("case-1/link", tarfile.LNKTYPE, "/etc/passwd"),
        member("case-1/fifo", tarfile.FIFOTYPE),
        member("../out", tarfile.DIRTYPE),
    ],
    ids=lambda one: f"{one.name}-{one.type.decode()}",
)
def test_what_is_no_file_of_a_case_is_refused(tmp_path: Path, hostile: tarfile.TarInfo) -> None:
    place = packed(tmp_path, (member("case-1/data"), b"x"), (hostile, b""))

    with pytest.raises(BadConfig, match="no file of a case"), _opened(place):
        pass

    assert not Path("/tmp/davy-out").exists()
