"""A register map that is refused: the whole sentence, and the last value that is still taken on both sides of each bound."""

import msgspec
import pytest

from contracts.errors import BadConfig
from contracts.registers import Form, Register, RegisterMap, Table, read_register_map

FAR = "a number that is not 0, and a finite offset"


def read(*registers: Register, unit: int = 1, most_words: int = 125, table: Table = Table.HOLDING) -> RegisterMap:
    return read_register_map(msgspec.json.encode(RegisterMap(unit, registers, table=table, most_words=most_words)))


@pytest.mark.parametrize(
    ("register", "said"),
    [
        (Register("P", -1), "registers[0].address = -1 is refused; allowed: 0 to 65535"),
        (Register("P", 65536), "registers[0].address = 65536 is refused; allowed: 0 to 65535"),
        (Register("P", 65535, Form.F32), "registers[0].address = 65535 is refused; allowed: 0 to 65535"),
        (Register("P", 65533, Form.F64), "registers[0].address = 65533 is refused; allowed: 0 to 65535"),
        (Register("P", 0, decimals=-1), "registers[0].decimals = -1 is refused; allowed: 0 to 6"),
        (Register("P", 0, decimals=7), "registers[0].decimals = 7 is refused; allowed: 0 to 6"),
        (Register("P", 0, scale=0.0), f"registers[0].scale = 0.0 is refused; allowed: {FAR}"),
        (Register("P", 0, state_address=-1), "registers[0].state_address = -1 is refused; allowed: 0 to 65535, in a table of words"),
        (Register("P", 0, state_address=65536), "registers[0].state_address = 65536 is refused; allowed: 0 to 65535, in a table of words"),
        (
            Register("P", 0, state_address=2, table=Table.COIL),
            "registers[0].state_address = 2 is refused; allowed: 0 to 65535, in a table of words",
        ),
        (Register("P", 0, Form.U16, bit=-1), "registers[0].bit = -1 is refused; allowed: 0 to 15, of a u16 in a table of words"),
        (Register("P", 0, Form.U16, bit=16), "registers[0].bit = 16 is refused; allowed: 0 to 15, of a u16 in a table of words"),
        (Register("P", 0, Form.I16, bit=1), "registers[0].bit = 1 is refused; allowed: 0 to 15, of a u16 in a table of words"),
        (
            Register("P", 0, Form.U16, bit=1, table=Table.DISCRETE),
            "registers[0].bit = 1 is refused; allowed: 0 to 15, of a u16 in a table of words",
        ),
    ],
)
def test_a_register_is_refused_in_a_whole_sentence(register: Register, said: str) -> None:
    with pytest.raises(BadConfig) as refused:
        read(register)

    assert str(refused.value) == said


@pytest.mark.parametrize(
    "register",
    [
        Register("P", 0),
        Register("P", 65535),
        Register("P", 65534, Form.F32),
        Register("P", 65532, Form.F64),
        Register("P", 65535, Form.F64, table=Table.COIL),
        Register("P", 0, decimals=6),
        Register("P", 0, scale=-0.5, offset=-40.0),
        Register("P", 0, state_address=0),
        Register("P", 0, state_address=65535),
        Register("P", 0, Form.U16, bit=0),
        Register("P", 0, Form.U16, bit=15),
    ],
)
def test_the_last_value_within_each_bound_is_taken(register: Register) -> None:
    assert read(register).registers == (register,)


@pytest.mark.parametrize("offset", ["1e999", "-1e999"])
def test_an_offset_that_is_no_number_is_refused(offset: str) -> None:
    with pytest.raises(BadConfig):
        read_register_map(b'{"unit": 1, "registers": [{"point": "P", "address": 0, "offset": %s}]}' % offset.encode())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"most_words": 3}, "most_words = 3 is refused; allowed: 4 to 125"),
        ({"most_words": 126}, "most_words = 126 is refused; allowed: 4 to 125"),
        ({"unit": -1}, "unit = -1 is refused; allowed: 0 to 255"),
        ({"unit": 256}, "unit = 256 is refused; allowed: 0 to 255"),
    ],
)
def test_a_device_is_refused_in_a_whole_sentence(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(BadConfig) as refused:
        read(Register("P", 0), **wrong)  # type: ignore[arg-type]

    assert str(refused.value) == said


@pytest.mark.parametrize("right", [{"most_words": 4}, {"most_words": 125}, {"unit": 0}, {"unit": 255}])
def test_a_device_within_its_bounds_is_taken(right: dict[str, int]) -> None:
    assert len(read(Register("P", 0), **right).registers) == 1  # type: ignore[arg-type]


def test_a_point_stands_in_one_place_and_the_second_is_named() -> None:
    with pytest.raises(BadConfig) as refused:
        read(Register("P", 0), Register("Q", 1), Register("P", 2))

    assert str(refused.value) == "registers[2].point = 'P' is refused; allowed: a point that stands in one place"


def test_what_is_no_register_map_is_told_with_its_size_and_why() -> None:
    with pytest.raises(BadConfig) as refused:
        read_register_map(b'{"unit": 1, "registers": [{"point": "P"}]}')

    assert str(refused.value).startswith("registers = '42 bytes' is refused; allowed: JSON of a register map (")
    assert "address" in str(refused.value)


def test_the_order_and_table_of_a_register_go_before_those_of_the_map() -> None:
    found = read(Register("P", 0, Form.F64), Register("Q", 4, Form.F64, table=Table.COIL), table=Table.INPUT)

    assert [found.table_of(one) for one in found.registers] == [Table.INPUT, Table.COIL]
    assert [found.size_of(one) for one in found.registers] == [4, 1]
