"""The hashes other languages must reproduce (`printf davy | b2sum -l 64`)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.digest import MASK, content_name, item_digest


@pytest.mark.parametrize(("data", "digits"), [(b"", "e4a6a0577479b2b4"), (b"davy", "4e1c9e6c071b32f2")])
def test_a_digest_is_64_bits_of_blake2b_big_endian(data: bytes, digits: str) -> None:
    assert item_digest(data) == int(digits, 16)
    assert content_name(data) == digits


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 479))
def test_a_flipped_bit_is_another_item(data: bytes, bit: int) -> None:
    changed = bytearray(data or b"\0")
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8

    assert 0 <= item_digest(data) <= MASK
    assert item_digest(bytes(changed)) != item_digest(data)
