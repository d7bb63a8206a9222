"""A signature holds for exactly these bytes and this key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import GiveUp
from contracts.keys import BadSignature, key_id, new_key, public_of, sign, verify

# RFC 8032, section 7.1, test 1 (the empty message)
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def test_keys_and_signatures_are_those_of_rfc_8032() -> None:
    assert public_of(SECRET) == PUBLIC
    assert sign(SECRET, b"") == SIGNATURE
    verify(PUBLIC, b"", SIGNATURE)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 511), st.binary(min_size=1, max_size=3))
def test_a_changed_signature_message_or_key_is_refused(data: bytes, bit: int, more: bytes) -> None:
    signature = sign(SECRET, data)
    flipped = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    verify(PUBLIC, data, signature)

    for public, said, signed in ((PUBLIC, data, flipped), (PUBLIC, data + more, signature), (public_of(b"\1" * 32), data, signature)):
        with pytest.raises(BadSignature, match="does not hold"):
            verify(public, said, signed)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_for_key_and_signature_are_refused_by_name(public: bytes, signature: bytes) -> None:
    with pytest.raises(GiveUp, match=key_id(public)):
        verify(public, b"limits", signature)


def test_keys_differ_and_have_short_names() -> None:
    first, second = new_key(), new_key()

    assert len(first) == len(public_of(first)) == 32
    assert first != second
    assert key_id(PUBLIC) == key_id(public_of(SECRET)) != key_id(public_of(first))
    assert len(key_id(PUBLIC)) == 12
