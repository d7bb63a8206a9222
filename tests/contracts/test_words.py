"""Quality bits and quantities: every bit has a name in both languages, and none is passed over."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import quality
from contracts.units import QUANTITIES, Kind, Quantity

MTT_1201 = {1: "报警", 2: "断电", 4: "标校", 8: "超量程", 16: "分站故障", 32: "不巡检", 64: "暂停", 128: "传感器故障"}


def test_the_low_byte_is_the_state_code_as_received() -> None:
    assert {bit: names[0] for bit, names in quality.NAMES.items() if bit < 256} == MTT_1201


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_bit_that_is_set_is_said(lang: str) -> None:
    @settings(max_examples=80, deadline=None)
    @given(st.integers(0, 2**16 - 1))
    def check(bits: int) -> None:
        said = quality.words(bits, lang)
        named = sum(1 for bit in quality.NAMES if bits & bit)
        unnamed = bits & ~sum(quality.NAMES)
        assert len(said) == named + (unnamed > 0)
        assert (str(unnamed) in said[-1]) if unnamed else True

    check()


def test_nothing_is_said_of_a_normal_reading_only() -> None:
    assert [bits for bits in range(2**16) if not quality.words(bits)] == [quality.NORMAL]


def test_state_5_is_alarm_and_calibration() -> None:
    assert quality.words(5, "en") == ["alarm", "calibration"]
    assert quality.words(5) == ["报警", "标校"]


def test_an_unusable_value_never_clears_and_an_alarm_may_stay_usable() -> None:
    assert quality.UNUSABLE & ~quality.NOT_CLEARING == 0
    assert not (quality.ALARM | quality.POWER_CUT) & quality.NOT_CLEARING
    assert quality.CALIBRATION & quality.NOT_CLEARING
    assert not quality.CALIBRATION & quality.UNUSABLE


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda quantity: quantity.name)
def test_a_quantity_has_two_names_and_a_possible_range(quantity: Quantity) -> None:
    assert QUANTITIES[quantity.name] is quantity
    assert quantity.name.replace("_", "").isalpha()
    assert quantity.zh.isascii() is False
    assert quantity.en.isascii()
    assert math.isfinite(quantity.low)
    assert quantity.low < quantity.high
    assert 0 <= quantity.decimals <= 6
    assert (quantity.low, quantity.high, quantity.decimals) == (0, 1, 0) or quantity.kind is not Kind.SWITCH
    assert quantity.unit or quantity.kind is Kind.SWITCH or quantity.name in ("direction", "persons", "score")


@pytest.mark.parametrize(("name", "value"), [("wind_speed", -266.0), ("methane", 100.1), ("oxygen", -0.1), ("temperature", 999.9)])
def test_fault_codes_lie_outside_the_possible_range(name: str, value: float) -> None:
    quantity = QUANTITIES[name]

    assert not quantity.low <= value <= quantity.high
