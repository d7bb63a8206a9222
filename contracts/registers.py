"""How points stand in a Modbus device: pure arithmetic, shared by simulated devices and the sources that read.

A scaled integer divided by a power of ten gives the nearest double of the decimal that the display shows (85 / 100 is 0.85).
"""

import math
import struct
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from contracts.errors import BadConfig


class Form(StrEnum):
    """Number format of a point's registers. A 64-bit integer beyond 2^53 becomes the nearest float64."""

    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    F32 = "f32"
    U64 = "u64"
    I64 = "i64"
    F64 = "f64"


class Order(StrEnum):
    """Order of the bytes as they come, A the most significant: words and the two bytes of each may both be turned round."""

    ABCD = "abcd"
    CDAB = "cdab"
    BADC = "badc"
    DCBA = "dcba"

    @property
    def low_word_first(self) -> bool:
        return self in (Order.CDAB, Order.DCBA)

    @property
    def low_byte_first(self) -> bool:
        return self in (Order.BADC, Order.DCBA)


class Table(StrEnum):
    """Where a point stands; each is read by one function code (Modbus application protocol 1.1b3, 6.1 to 6.4)."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"

    @property
    def bits(self) -> bool:
        """One bit an address, not a word."""
        return self in (Table.COIL, Table.DISCRETE)


WORDS = {Form.U16: 1, Form.I16: 1, Form.U32: 2, Form.I32: 2, Form.F32: 2, Form.U64: 4, Form.I64: 4, Form.F64: 4}
FLOATS = (Form.F32, Form.F64)
_SIGNED = (Form.I16, Form.I32, Form.I64)
_F32_MAX = 3.4028234663852886e38
_F64_MAX = 1.7976931348623157e308
_STRUCT = {Form.U16: ">H", Form.I16: ">h", Form.U32: ">I", Form.I32: ">i", Form.F32: ">f", Form.U64: ">Q", Form.I64: ">q", Form.F64: ">d"}


class Register(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where one point's value stands, how it is scaled, and where its state code stands (in the same table).

    value = number / 10^decimals * scale + offset; `decimals` is for integers. `bit`: that bit of a u16 word, 0 the lowest.
    Without `order` and `table` those of the map hold. In tables of bits the value is 0 or 1 and `form` means nothing.
    """

    point: str
    address: int
    form: Form = Form.I16
    decimals: int = 0
    state_address: int | None = None
    order: Order | None = None
    table: Table | None = None
    scale: float = 1.0
    offset: float = 0.0
    bit: int | None = None


class RegisterMap(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The registers of one device (`unit`). `most_words`: what it gives in one answer, for devices that refuse the standard's 125."""

    unit: int
    registers: tuple[Register, ...]
    order: Order = Order.ABCD
    table: Table = Table.HOLDING
    most_words: int = 125

    def table_of(self, register: Register) -> Table:
        return register.table or self.table

    def order_of(self, register: Register) -> Order:
        return register.order or self.order

    def size_of(self, register: Register) -> int:
        """Addresses the value takes."""
        return 1 if self.table_of(register).bits else WORDS[register.form]


def turned(words: Sequence[int], order: Order) -> list[int]:
    """Words as they come to words most significant first, and back: each order is its own inverse."""
    there = list(reversed(words)) if order.low_word_first else list(words)
    return [(word & 0xFF) << 8 | word >> 8 for word in there] if order.low_byte_first else there


def to_words(register: Register, value: float, order: Order = Order.ABCD) -> list[int]:
    """The register words that hold the value, rounded to the register's resolution and held within its form.

    `order`: that of the map, where the register has none of its own. ValueError for NaN in an integer form: there the state code says it.
    """
    if (register.scale, register.offset) != (1.0, 0.0):
        value = (value - register.offset) / register.scale
    if register.form in FLOATS:
        most = _F32_MAX if register.form is Form.F32 else _F64_MAX
        raw: float | int = min(max(value, -most), most) if math.isfinite(value) else value
    else:
        bits = 16 * WORDS[register.form]
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if register.form in _SIGNED else (0, (1 << bits) - 1)
        raw = round(min(max(value * 10**register.decimals, low), high))
    data = struct.pack(_STRUCT[register.form], raw)
    return turned([int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)], register.order or order)


def from_words(register: Register, words: Sequence[int], order: Order = Order.ABCD) -> float:
    """The value that the register words hold; `order` as in `to_words`."""
    data = b"".join(word.to_bytes(2, "big") for word in turned(words, register.order or order))
    raw: float = struct.unpack(_STRUCT[register.form], data)[0]
    if register.bit is not None:
        raw = int(raw) >> register.bit & 1
    value = raw if register.form in FLOATS else raw / 10**register.decimals
    return value if (register.scale, register.offset) == (1.0, 0.0) else value * register.scale + register.offset


def read_register_map(data: bytes) -> RegisterMap:
    """The register map a JSON document describes, or BadConfig."""
    try:
        found = msgspec.json.decode(data, type=RegisterMap)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig("registers", f"{len(data)} bytes", f"JSON of a register map ({error})") from error
    if not 4 <= found.most_words <= 125:
        raise BadConfig("most_words", found.most_words, "4 to 125")
    if not 0 <= found.unit <= 255:
        raise BadConfig("unit", found.unit, "0 to 255")
    points: set[str] = set()
    for at, register in enumerate(found.registers):
        _check(f"registers[{at}]", register, found)
        if register.point in points:
            raise BadConfig(f"registers[{at}].point", register.point, "a point that stands in one place")
        points.add(register.point)
    return found


def _check(where: str, register: Register, registers: RegisterMap) -> None:
    last = register.address + registers.size_of(register) - 1
    if not 0 <= register.address <= last <= 65535:
        raise BadConfig(f"{where}.address", register.address, "0 to 65535")
    if not 0 <= register.decimals <= 6:
        raise BadConfig(f"{where}.decimals", register.decimals, "0 to 6")
    if not (math.isfinite(register.scale) and register.scale and math.isfinite(register.offset)):
        raise BadConfig(f"{where}.scale", register.scale, "a number that is not 0, and a finite offset")
    bits = registers.table_of(register).bits
    if register.state_address is not None and (bits or not 0 <= register.state_address <= 65535):
        raise BadConfig(f"{where}.state_address", register.state_address, "0 to 65535, in a table of words")
    if register.bit is not None and (bits or register.form is not Form.U16 or not 0 <= register.bit <= 15):
        raise BadConfig(f"{where}.bit", register.bit, "0 to 15, of a u16 in a table of words")
