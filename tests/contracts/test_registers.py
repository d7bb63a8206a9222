"""What stands in a Modbus register comes back within the register's resolution, and never wraps around."""

import contextlib
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadConfig
from contracts.registers import WORDS, Form, Register, RegisterMap, from_words, read_register_map, to_words

SPAN = {Form.U16: (0, 2**16 - 1), Form.I16: (-(2**15), 2**15 - 1), Form.U32: (0, 2**32 - 1), Form.I32: (-(2**31), 2**31 - 1)}
INTEGERS = st.sampled_from(sorted(SPAN))
DECIMALS = st.integers(0, 6)


@settings(max_examples=150, deadline=None)
@given(INTEGERS, DECIMALS, st.floats(0, 1))
def test_a_value_comes_back_within_half_a_step(form: Form, decimals: int, part: float) -> None:
    low, high = SPAN[form]
    value = (low + part * (high - low)) / 10**decimals
    register = Register("T01", 0, form, decimals)

    assert math.isclose(from_words(register, to_words(register, value)), value, rel_tol=1e-12, abs_tol=0.500001 / 10**decimals)


@settings(max_examples=150, deadline=None)
@given(INTEGERS, DECIMALS, st.lists(st.integers(0, 65535), min_size=2, max_size=2))
def test_words_come_back_exactly(form: Form, decimals: int, words: list[int]) -> None:
    register, words = Register("T01", 0, form, decimals), words[: WORDS[form]]

    assert to_words(register, from_words(register, words)) == words


@settings(max_examples=80, deadline=None)
@given(st.floats(width=32, allow_nan=False))
def test_a_single_comes_back_exactly(value: float) -> None:
    register = Register("T01", 0, Form.F32)

    assert from_words(register, to_words(register, value)) == value


@pytest.mark.parametrize("form", SPAN)
@pytest.mark.parametrize("decimals", [0, 2])
def test_what_does_not_fit_stands_at_the_end_of_the_range(form: Form, decimals: int) -> None:
    register = Register("T01", 0, form, decimals)
    low, high = SPAN[form]

    for value in (1e12, 1e300, math.inf):
        assert from_words(register, to_words(register, value)) == high / 10**decimals
        assert from_words(register, to_words(register, -value)) == low / 10**decimals


def test_a_single_is_held_within_its_form_and_keeps_what_is_no_number() -> None:
    register = Register("T01", 0, Form.F32)

    assert from_words(register, to_words(register, 1e39)) == pytest.approx(3.4028234663852886e38)
    assert from_words(register, to_words(register, -math.inf)) == -math.inf
    assert math.isnan(from_words(register, to_words(register, math.nan)))


def test_an_integer_register_cannot_say_not_a_number() -> None:
    with pytest.raises(ValueError, match="NaN"):
        to_words(Register("T01", 0), math.nan)


def test_the_display_s_decimal_is_the_nearest_double() -> None:
    assert from_words(Register("T01", 0, Form.I16, 2), [85]) == 0.85
    assert from_words(Register("T01", 0, Form.I16, 2), [65536 - 26600]) == -266.0
    assert to_words(Register("T01", 0, Form.U32), 65536) == [1, 0]


def test_a_register_map_is_read_from_json() -> None:
    wanted = RegisterMap(1, (Register("T01", 0, Form.I16, 2, state_address=100), Register("F-1", 2, Form.F32)))

    assert read_register_map(msgspec.json.encode(wanted)) == wanted


@pytest.mark.parametrize(
    ("register", "key"),
    [
        ({"address": -1}, "registers[0].address"),
        ({"address": 65536}, "registers[0].address"),
        ({"address": 65535, "form": "f32"}, "registers[0].address"),
        ({"address": 0, "decimals": 7}, "registers[0].decimals"),
        ({"address": 0, "decimals": -1}, "registers[0].decimals"),
        ({"address": 0, "state_address": 65536}, "registers[0].state_address"),
        ({"address": 0, "form": "u24"}, "registers"),
        ({}, "registers"),
    ],
)
def test_a_register_that_no_device_has_is_refused_by_place(register: dict[str, object], key: str) -> None:
    with pytest.raises(BadConfig) as refused:
        read_register_map(msgspec.json.encode({"unit": 1, "registers": [{"point": "T01", **register}]}))

    assert refused.value.key == key


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60).map(lambda junk: b'{"unit":1,"registers":[' + junk) | st.binary(max_size=60))
def test_any_bytes_are_a_register_map_or_bad_config(data: bytes) -> None:
    with contextlib.suppress(BadConfig):
        assert isinstance(read_register_map(data), RegisterMap)


def test_nesting_is_refused() -> None:
    with pytest.raises(BadConfig, match="registers"):
        read_register_map(b'{"unit":' + b"[" * 50_000)
