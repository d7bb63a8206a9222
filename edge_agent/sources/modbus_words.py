"""What Modbus sources share without I/O: which requests cover a register map, and the readings in the words that came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.columns import Block
from contracts.points import Registry
from contracts.quality import UNUSABLE
from contracts.registers import FLOATS, WORDS, Form, Register, RegisterMap, Table

MOST_WORDS, MOST_BITS = 125, 2000
"""A request may ask for so many registers, so many coils (Modbus application protocol 1.1b3, 6.1 and 6.3)."""
BRIDGE = 16
"""Unused addresses read along rather than asking twice."""

_DTYPE = {Form.U16: ">u2", Form.I16: ">i2", Form.U32: ">u4", Form.I32: ">i4", Form.F32: ">f4"}
_DTYPE |= {Form.U64: ">u8", Form.I64: ">i8", Form.F64: ">f8"}
NOTHING = {Form.I16: -(2.0**15), Form.U16: 2.0**16 - 1, Form.I32: -(2.0**31), Form.U32: 2.0**32 - 1}
NOTHING |= {Form.I64: -(2.0**63), Form.U64: 2.0**64 - 1, Form.F32: float("nan"), Form.F64: float("nan")}
"""What a register shows where there is no value (SunSpec "not implemented"). Read as no number only where the state code says so too."""

Span = tuple[int, int]
"""First address, number of addresses: never parted, so that both halves of a value and its state are of one moment."""


@dataclass(frozen=True, slots=True)
class Request:
    """Addresses [address, address + count) of a table in one request."""

    address: int
    count: int
    table: Table = Table.HOLDING
    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        return f"{self.table} {self.address}+{self.count}"

    def halves(self) -> tuple["Request", ...]:
        """Two requests for the same spans, or itself where there is but one: so an address the device lacks costs its own point only."""
        middle = len(self.spans) // 2
        parts = (self.spans[:middle], self.spans[middle:])
        return tuple(_request(self.table, part) for part in parts) if middle else (self,)


def _request(table: Table, spans: tuple[Span, ...]) -> Request:
    first = spans[0][0]
    return Request(first, max(address + size for address, size in spans) - first, table, spans)


def plan(registers: RegisterMap) -> list[Request]:
    """The fewest requests that cover all registers in address order, table by table, none longer than the device gives."""
    return [request for table in Table for request in _coalesced(table, sorted(set(_spans(registers, table))), registers.most_words)]


def _spans(registers: RegisterMap, table: Table) -> list[Span]:
    """A value and the state right behind it are one span."""
    spans: list[Span] = []
    for register in registers.registers:
        if registers.table_of(register) is not table:
            continue
        size, state = registers.size_of(register), register.state_address
        beside = state is not None and state == register.address + size
        spans.append((register.address, size + 1 if beside else size))
        if state is not None and not beside:
            spans.append((state, 1))
    return spans


def _coalesced(table: Table, spans: list[Span], most_words: int) -> list[Request]:
    most = MOST_BITS if table.bits else most_words
    groups: list[list[Span]] = []
    first = end = 0
    for address, size in spans:
        if groups and address <= end + BRIDGE and max(end, address + size) - first <= most:
            groups[-1].append((address, size))
            end = max(end, address + size)
        else:
            groups.append([(address, size)])
            first, end = address, address + size
    return [_request(table, tuple(group)) for group in groups]


class Memory:
    """The words of one device as they came in this poll, all tables in one array."""

    def __init__(self, requests: list[Request]) -> None:
        self.base: dict[Table, int] = {}
        size = 0
        for table in Table:
            self.base[table] = size
            size += max((request.address + request.count for request in requests if request.table is table), default=0)
        self.words: NDArray[np.uint16] = np.zeros(size + 1, np.uint16)
        self.known: NDArray[np.bool_] = np.zeros(size + 1, np.bool_)

    def forget(self) -> None:
        self.known[:] = False

    def take(self, request: Request, words: Sequence[int]) -> None:
        first = self.base[request.table] + request.address
        at = slice(first, first + request.count)
        self.words[at] = words
        self.known[at] = True


class Decoder:
    """Words to columns, vectorised by form. Rows ascend by point number."""

    def __init__(self, registers: RegisterMap, registry: Registry, memory: Memory) -> None:
        rows = sorted(registers.registers, key=lambda register: registry.number[register.point])
        self._memory = memory
        self.point = np.array([registry.number[register.point] for register in rows], np.int32)
        base = [memory.base[registers.table_of(register)] for register in rows]
        self._places = [(start + register.address, registers.size_of(register)) for start, register in zip(base, rows, strict=True)]
        bits = [registers.table_of(register).bits for register in rows]
        forms = [None if bit else register.form for bit, register in zip(bits, rows, strict=True)]
        orders = [registers.order_of(register) for register in rows]
        self._one_bit = np.flatnonzero(bits)
        self._forms = [
            _FormRows(form, at, np.array([_indices(rows[row], base[row], orders[row].low_word_first) for row in at]))
            for form in Form
            if len(at := np.flatnonzero([form is other for other in forms]))
        ]
        self._turn = np.array([order.low_byte_first and not bit for order, bit in zip(orders, bits, strict=True)])
        self._state = np.array([-1 if r.state_address is None else start + r.state_address for start, r in zip(base, rows, strict=True)])
        self._nothing = np.array([np.nan if form is None else NOTHING[form] for form in forms])
        self._divisor = np.array([1.0 if form is None or form in FLOATS else 10.0**r.decimals for form, r in zip(forms, rows, strict=True)])
        self._scale = np.array([register.scale for register in rows])
        self._offset = np.array([register.offset for register in rows])
        self._plain = bool((self._scale == 1.0).all() and (self._offset == 0.0).all())
        self._bit = np.array([-1 if register.bit is None else register.bit for register in rows])

    def block(self, due: int) -> Block:
        """The readings whose words (and state) have all come, stamped `due` (µs)."""
        words, known = self._memory.words, self._memory.known
        value, here = np.zeros(len(self.point)), np.ones(len(self.point), np.bool_)
        for of_form in self._forms:
            value[of_form.rows] = of_form.numbers(words, self._turn)
            here[of_form.rows] = known[of_form.indices].all(axis=1)
        for row in self._one_bit.tolist():
            value[row], here[row] = words[self._places[row][0]], known[self._places[row][0]]
        nothing = value == self._nothing
        for row in np.flatnonzero(self._bit >= 0).tolist():
            value[row] = int(value[row]) >> int(self._bit[row]) & 1
        value /= self._divisor
        if not self._plain:
            value = value * self._scale + self._offset
        quality = self._states(words, known, here)
        value[nothing & (quality & UNUSABLE != 0)] = np.nan
        return Block(self.point[here], np.full(int(here.sum()), due, np.int64), value[here], quality[here])

    def _states(self, words: NDArray[np.uint16], known: NDArray[np.bool_], here: NDArray[np.bool_]) -> NDArray[np.uint16]:
        """State codes; a reading whose state has not come is not here."""
        has = self._state >= 0
        at = np.where(has, self._state, 0)
        here &= ~has | known[at]
        state = np.where(self._turn, words[at].byteswap(), words[at])
        return np.where(has, state, 0).astype(np.uint16) & np.uint16(0xFF)

    def raw(self) -> dict[int, str]:
        """Point number to its words in hexadecimal as they came, the state behind a slash; empty where they did not."""
        words, known, out = self._memory.words, self._memory.known, dict.fromkeys(self.point.tolist(), "")
        for row, (first, size) in enumerate(self._places):
            if known[first : first + size].all():
                state = int(self._state[row])
                tail = f" / {int(words[state]):04x}" if state >= 0 and known[state] else ""
                out[int(self.point[row])] = " ".join(f"{int(word):04x}" for word in words[first : first + size]) + tail
        return out


class _FormRows:
    """Rows of one form and where their words stand, most significant first: shape (rows, words)."""

    def __init__(self, form: Form, rows: NDArray[np.intp], indices: NDArray[np.int_]) -> None:
        self._form, self.rows, self.indices = form, rows, indices

    def numbers(self, words: NDArray[np.uint16], turn: NDArray[np.bool_]) -> NDArray[np.float64]:
        mine = words[self.indices]
        turned = turn[self.rows]
        if turned.any():
            mine[turned] = mine[turned].byteswap()
        return mine.astype(">u2").view(_DTYPE[self._form])[:, 0].astype(np.float64)


def _indices(register: Register, base: int, low_word_first: bool) -> list[int]:
    there = [base + register.address + word for word in range(WORDS[register.form])]
    return there[::-1] if low_word_first else there
