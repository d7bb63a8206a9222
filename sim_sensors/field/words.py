"""A reading as Modbus words. A point that reports nothing has state 32 and a value no sensor sends.

The values for "nothing" are those of the SunSpec information models ("not implemented"): 0x8000, 0xFFFF, 0x80000000, 0xFFFFFFFF,
the same with 64 bits, NaN.
"""

import math

from contracts.registers import Form, Register, to_words

NOTHING: dict[Form, list[int]] = {
    Form.I16: [0x8000],
    Form.U16: [0xFFFF],
    Form.I32: [0x8000, 0x0000],
    Form.U32: [0xFFFF, 0xFFFF],
    Form.F32: [0x7FC0, 0x0000],
    Form.I64: [0x8000, 0x0000, 0x0000, 0x0000],
    Form.U64: [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF],
    Form.F64: [0x7FF8, 0x0000, 0x0000, 0x0000],
}


def value_words(register: Register, value: float) -> list[int]:
    """The value's words, or those of nothing for NaN."""
    return NOTHING[register.form] if math.isnan(value) else to_words(register, value)
