"""Register words to the last bit: each form, each order of bytes, scale, offset and single bits."""

import struct

import pytest

from contracts.registers import Form, Order, Register, RegisterMap, Table, from_words, to_words, turned

LARGEST_F32 = 3.4028234663852886e38


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order.ABCD, [0x0102, 0x0304, 0x0506, 0x0708]),
        (Order.CDAB, [0x0708, 0x0506, 0x0304, 0x0102]),
        (Order.BADC, [0x0201, 0x0403, 0x0605, 0x0807]),
        (Order.DCBA, [0x0807, 0x0605, 0x0403, 0x0201]),
    ],
)
def test_each_order_of_bytes_is_its_own_inverse(order: Order, words: list[int]) -> None:
    number = 0x0102030405060708
    register = Register("p", 0, Form.U64)

    assert turned(words, order) == [0x0102, 0x0304, 0x0506, 0x0708]
    assert turned(turned(words, order), order) == words
    assert from_words(register, words, order) == float(number)
    assert to_words(Register("p", 0, Form.U32, order=order), 0x01020304) == turned([0x0102, 0x0304], order)
    assert to_words(Register("p", 0, Form.U32), 0x01020304, order) == turned([0x0102, 0x0304], order)
    assert from_words(Register("p", 0, Form.U32, order=order), turned([0x0102, 0x0304], order), Order.ABCD) == 0x01020304


@pytest.mark.parametrize(
    ("form", "value", "code"),
    [
        (Form.U16, 65535, ">H"),
        (Form.I16, -32768, ">h"),
        (Form.U32, 4294967295, ">I"),
        (Form.I32, -2147483648, ">i"),
        (Form.I64, -(1 << 62), ">q"),
        (Form.U64, 1 << 63, ">Q"),
        (Form.F32, -1.5, ">f"),
        (Form.F64, 1.1e300, ">d"),
        (Form.F64, -1.7976931348623157e308, ">d"),
    ],
)
def test_a_number_has_the_bytes_of_its_form(form: Form, value: float, code: str) -> None:
    data = struct.pack(code, value)
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]

    assert to_words(Register("p", 0, form), value) == words
    assert from_words(Register("p", 0, form), words) == value


def test_a_single_is_held_within_its_form_and_a_double_is_not() -> None:
    single, double = Register("p", 0, Form.F32), Register("p", 0, Form.F64)

    assert from_words(single, to_words(single, 1e39)) == LARGEST_F32
    assert from_words(single, to_words(single, -1e39)) == -LARGEST_F32
    assert from_words(double, to_words(double, 1e39)) == 1e39


@pytest.mark.parametrize(
    ("register", "words", "value"),
    [
        (Register("p", 0, Form.I16, decimals=2), [85], 0.85),
        (Register("p", 0, Form.I16, decimals=1, scale=4.0, offset=-20.0), [75], 10.0),
        (Register("p", 0, Form.U16, scale=2.0), [7], 14.0),
        (Register("p", 0, Form.U16, offset=3.0), [7], 10.0),
        (Register("p", 0, Form.U16, offset=1.0), [7], 8.0),
        (Register("p", 0, Form.F32, decimals=3, scale=0.5, offset=1.0), [0x4100, 0], 5.0),
        (Register("p", 0, Form.F32, decimals=3), [0x4100, 0], 8.0),
    ],
)
def test_a_value_is_the_number_by_its_decimals_times_scale_plus_offset(register: Register, words: list[int], value: float) -> None:
    assert from_words(register, words) == value
    assert to_words(register, value) == words


@pytest.mark.parametrize("bit", range(16))
def test_a_bit_is_read_by_its_place_from_the_lowest(bit: int) -> None:
    register = Register("p", 0, Form.U16, bit=bit)

    assert [from_words(register, [word]) for word in (1 << bit, 0xFFFF ^ (1 << bit), 0xFFFF, 0)] == [1.0, 0.0, 1.0, 0.0]
    assert from_words(Register("p", 0, Form.U16, bit=bit, scale=2.0, offset=1.0), [1 << bit]) == 3.0


def test_what_a_register_does_not_say_the_map_says() -> None:
    own = Register("p", 0, Form.U32, order=Order.DCBA, table=Table.COIL)
    plain = Register("q", 1, Form.F64)
    found = RegisterMap(1, (own, plain), order=Order.BADC, table=Table.INPUT)

    assert (found.order_of(own), found.order_of(plain)) == (Order.DCBA, Order.BADC)
    assert (found.table_of(own), found.table_of(plain)) == (Table.COIL, Table.INPUT)
    assert (found.size_of(own), found.size_of(plain)) == (1, 4)
    assert [table.bits for table in Table] == [True, True, False, False]
