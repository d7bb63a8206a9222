"""A batch file is read whole or refused: whatever is cut off, flipped, forged or made by another."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.batchfile import BatchFile, FileWriter, Kind, file_name, header_for, read_file
from contracts.errors import BadPayload, DavyError
from contracts.keys import BadSignature, new_key, public_of

SECRET = bytes(range(32))
GATEWAY = "mine/gate-1"
FRAMES = [(Kind.BIRTH, b"born"), (Kind.REGISTRY, b"r" * 300), (Kind.DATA, b""), (Kind.EVENT, b"E" + bytes(40))]


def made(frames: list[tuple[Kind, bytes]], secret: bytes = SECRET, number: int = 1) -> bytes:
    out = io.BytesIO()
    writer = FileWriter(out, header_for(secret, GATEWAY, "0123456789abcdef", number, b"", 1_795_000_000_000_000))
    for kind, data in frames:
        writer.add(kind, data)
    writer.finish(secret)
    return out.getvalue()


def known(gateway: str) -> bytes | None:
    return public_of(SECRET) if gateway == GATEWAY else None


def read(data: bytes) -> BatchFile:
    return read_file(data, known)


WHOLE = made(FRAMES)


@given(st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=400)), max_size=20))
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read(frames: list[tuple[Kind, bytes]]) -> None:
    assert read(made(frames)).frames == frames


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=200, deadline=None)
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DavyError):
        read(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_file_with_any_byte_changed_is_refused(at: int, flip: int) -> None:
    with pytest.raises(DavyError):
        read(WHOLE[:at] + bytes([WHOLE[at] ^ flip]) + WHOLE[at + 1 :])


@given(st.binary(max_size=600), st.integers(0, len(WHOLE)))
@settings(max_examples=100, deadline=None)
def test_bytes_of_somebody_else_are_refused(junk: bytes, keep: int) -> None:
    if junk or keep < len(WHOLE):
        with pytest.raises(DavyError):
            read(WHOLE[:keep] + junk if WHOLE[:keep] + junk != WHOLE else junk)


def test_a_file_of_another_key_is_foreign() -> None:
    with pytest.raises(BadPayload, match="foreign"):
        read(made(FRAMES, new_key()))


def test_a_file_of_a_gateway_nobody_gave_a_key_for_is_foreign() -> None:
    with pytest.raises(BadPayload, match="no public key"):
        read_file(WHOLE, lambda _: None)


def test_a_digest_made_anew_over_changed_content_does_not_help_a_forger() -> None:
    forged = made([(Kind.DATA, b"forged")], new_key())
    claims = forged.replace(public_of(SECRET), b"")  # his own key stands in it
    assert claims == forged
    out = io.BytesIO()
    writer = FileWriter(out, header_for(SECRET, GATEWAY, "0123456789abcdef", 1, b"", 0))
    writer.add(Kind.DATA, b"forged")
    writer.finish(new_key())
    with pytest.raises(BadSignature):
        read(out.getvalue())


def test_names_in_order_are_files_in_order() -> None:
    names = [file_name(GATEWAY, "0123456789abcdef", number) for number in (1, 9, 10, 100)]

    assert names[0] == "mine_gate-1_0123456789abcdef_00000001.davy"
    assert names == sorted(names)
