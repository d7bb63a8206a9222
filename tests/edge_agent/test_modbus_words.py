"""Which requests cover a register map, and what the words mean: every form in every order, as the contract says it one by one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import BUILD_TIME
from contracts.registers import FLOATS, WORDS, Form, Order, Register, RegisterMap, Table, from_words, to_words
from edge_agent.sources.modbus_words import MOST_BITS, MOST_WORDS, Decoder, Memory, plan
from tests.edge_agent.modbus_peer import registry_of

PLACES = st.tuples(
    st.integers(0, 3000), st.sampled_from(list(Form)), st.one_of(st.none(), st.integers(0, 3000)), st.sampled_from(list(Table))
)


@given(st.lists(PLACES, min_size=1), st.integers(5, MOST_WORDS))
def test_every_register_is_inside_one_request_and_no_request_is_too_long(
    rows: list[tuple[int, Form, int | None, Table]], most: int
) -> None:
    registers = RegisterMap(
        1,
        tuple(
            Register(f"P{at}", address, form, 0, None if table.bits else state, table=table)
            for at, (address, form, state, table) in enumerate(rows)
        ),
        most_words=most,
    )

    requests = plan(registers)

    assert all(request.count <= (MOST_BITS if request.table.bits else most) for request in requests)
    for register in registers.registers:
        spans = [(register.address, registers.size_of(register))]
        spans += [(register.state_address, 1)] if register.state_address is not None else []
        for address, size in spans:
            assert any(r.table is register.table and r.address <= address and address + size <= r.address + r.count for r in requests)


@given(st.lists(st.integers(0, 500), min_size=2, max_size=40, unique=True))
def test_halves_cover_what_the_whole_covers_and_end_at_single_values(addresses: list[int]) -> None:
    whole = plan(RegisterMap(1, tuple(Register(f"P{at}", address) for at, address in enumerate(addresses))))
    for _ in range(10):
        whole = [half for request in whole for half in request.halves()]

    assert sorted(request.address for request in whole) == sorted(addresses)
    assert {request.count for request in whole} == {1}


def decoded(register: Register, words: list[int]) -> float:
    registers = RegisterMap(1, (register,))
    requests = plan(registers)
    memory = Memory(requests)
    memory.take(requests[0], words)
    return float(Decoder(registers, registry_of(register.point), memory).block(BUILD_TIME).value[0])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(Form)), st.sampled_from(list(Order)), st.data())
def test_the_fast_decoder_says_what_the_contract_says(form: Form, order: Order, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.integers(0, 65535), min_size=WORDS[form], max_size=WORDS[form]))
    decimals = 0 if form in FLOATS else data.draw(st.integers(0, 6))
    register = Register("T01", 9, form, decimals, None, order, Table.INPUT, data.draw(st.sampled_from([1.0, -0.5, 3.6])), 2.0)

    slow, fast = from_words(register, words), decoded(register, words)

    assert math.isclose(fast, slow, rel_tol=1e-15) or (np.isnan(fast) and np.isnan(slow)) or fast == slow


@pytest.mark.parametrize(
    ("order", "words"),
    [(Order.ABCD, [0x4048, 0xF5C3]), (Order.CDAB, [0xF5C3, 0x4048]), (Order.BADC, [0x4840, 0xC3F5]), (Order.DCBA, [0xC3F5, 0x4840])],
)
def test_each_order_reads_its_own_words_of_3_14(order: Order, words: list[int]) -> None:
    register = Register("T01", 0, Form.F32, order=order)

    assert decoded(register, words) == pytest.approx(3.14, abs=1e-6)
    assert to_words(register, 3.14) == words


def test_the_order_of_the_map_holds_where_a_register_has_none() -> None:
    registers = RegisterMap(1, (Register("A", 0, Form.U32), Register("B", 2, Form.U32, order=Order.ABCD)), Order.CDAB)
    requests = plan(registers)
    memory = Memory(requests)
    memory.take(requests[0], [1, 0, 0, 1])

    assert Decoder(registers, registry_of("A", "B"), memory).block(BUILD_TIME).value.tolist() == [1, 1]


def test_a_bit_of_a_word_is_a_state_and_scale_minus_one_turns_it_round() -> None:
    assert decoded(Register("A", 0, Form.U16, bit=3), [0b1000]) == 1
    assert decoded(Register("A", 0, Form.U16, bit=3, scale=-1.0, offset=1.0), [0b1000]) == 0
    assert decoded(Register("A", 0, Form.U16, bit=2), [0b1000]) == 0


def test_a_value_whose_words_or_state_did_not_all_come_is_no_reading() -> None:
    registers = RegisterMap(1, (Register("A", 0, Form.U32), Register("B", 2, Form.U16, 0, 300), Register("C", 3, Form.U16)))
    requests = plan(registers)
    memory = Memory(requests)
    memory.take(requests[0], [0, 1, 2, 3])
    decoder = Decoder(registers, registry_of("A", "B", "C"), memory)

    assert decoder.block(BUILD_TIME).point.tolist() == [0, 2]
    assert decoder.raw() == {0: "0000 0001", 1: "0002", 2: "0003"}


def test_a_state_of_a_device_that_turns_bytes_is_turned_too() -> None:
    registers = RegisterMap(1, (Register("A", 0, Form.U16, 0, 1),), Order.DCBA)
    requests = plan(registers)
    memory = Memory(requests)
    memory.take(requests[0], [0x0700, 0x8000])
    block = Decoder(registers, registry_of("A"), memory).block(BUILD_TIME)

    assert (block.value.tolist(), block.quality.tolist()) == ([7], [128])
