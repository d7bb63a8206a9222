"""What released versions wrote is read for ever, and protocol v1 is still written with the same bytes."""

import msgspec
import pytest

from contracts import care
from contracts.payload import MESSAGES, Body, Item, decode, encode
from tests.contracts.samples import GOLDEN, SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_bytes_are_read_and_written_unchanged(name: str) -> None:
    data = (GOLDEN / f"{name}.bin").read_bytes()
    message = SAMPLES[name]

    assert decode(type(message), data) == message
    assert encode(message) == data


def test_every_message_and_body_kind_has_golden_bytes() -> None:
    bodies = {type(message.body) for message in SAMPLES.values() if isinstance(message, Item)}

    assert bodies == set(Body.__args__)
    assert {type(message) for message in SAMPLES.values()} == {*MESSAGES, *care.MESSAGES}
    assert {path.stem for path in GOLDEN.glob("*.bin")} == set(SAMPLES)


def test_samples_say_something_in_every_field() -> None:
    """A field left at its default would not be in anybody's golden bytes in a way that shows its meaning."""

    def silent(value: object) -> list[str]:
        if isinstance(value, list):
            return sorted(set.intersection(*(set(silent(item)) for item in value))) if value else []
        if not isinstance(value, msgspec.Struct):
            return []
        found = []
        for field in msgspec.structs.fields(type(value)):
            here = getattr(value, field.name)
            found += [f"{type(value).__name__}.{field.name}"] if here == field.default else silent(here)
        return found

    assert [name for message in SAMPLES.values() for name in silent(message)] == []
