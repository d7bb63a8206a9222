"""Texts of numbers: looked up or made, they are the same, and read back bit for bit."""

import msgspec
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from store.influx.numbers import texts

HUNDREDTHS = st.integers(-10_100, 100_100).map(lambda n: n / 100)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(HUNDREDTHS | FINITE, max_size=40))
@example([-0.0, 0.0])
@example([-100.0, -100.01, 999.99, 1000.0, 0.29, 0.1 + 0.2])
@example([1.7976931348623157e308, 5e-324, 1.0])
def test_a_number_has_the_text_it_would_have_alone_and_it_reads_back_bit_for_bit(numbers: list[float]) -> None:
    found = texts(np.array(numbers, np.float64))
    assert found == [msgspec.json.encode(number) for number in numbers]
    back = np.array([float(text) for text in found], np.float64)
    assert back.tobytes() == np.array(numbers, np.float64).tobytes()
