"""Hypothesis strategies: any message of the protocol, made from the structs themselves so that a new field is covered at once."""

import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import numpy as np
from hypothesis import strategies as st

from contracts.clock import END_OF_TIME
from contracts.columns import Block
from contracts.payload import encode
from contracts.twin import to_json
from tests.contracts.samples import SAMPLES

HOSTILE: list[Any] = [
    *(None, True, -1, 2**63, 2**64 - 1, -(2**63), 1.5, float("nan"), float("inf"), "", b"", [], {}, [[[]]]),
    *("x" * 300, b"\xff" * 300, [0] * 300, {"v": 1}, {1: 2}, {"\0": []}),
]
TOKENS = [
    *(b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xcf" + b"\xff" * 8),
    *(b"\xc1", b"\xc0", b"\xd4\x01\x00", b"\xc7\xff\x05", b"\xcb\x7f\xf8\0\0\0\0\0\0", b"\x91" * 2000, b"\x81\xa0" * 2000, b"\xa1\xff"),
    *(b"[" * 2000, b'{"a":' * 2000, b"1e999", b'"\\ud800"', b"null", b"9" * 400, b"-0.0", b"NaN", b"}", b'"', b"\0", b"0" * 66_000),
]


def any_of(hint: Any, finite: bool = False) -> st.SearchStrategy[Any]:
    """Values of a type hint; `finite` leaves out the floats that JSON has no word for."""
    if get_origin(hint) is Annotated:
        (meta,) = hint.__metadata__
        return st.integers(meta.ge, meta.le if meta.le is not None else meta.lt - 1)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint, include_extras=True)
        fields = {name: st.just(1) if name == "v" else any_of(hints[name], finite) for name in hint.__struct_fields__}
        return st.builds(hint, **fields)
    if hint is float:
        return st.floats(allow_nan=not finite, allow_infinity=not finite)
    inner = [any_of(argument, finite) for argument in get_args(hint)]
    return _CONTAINERS[get_origin(hint)](*inner) if inner else _LEAVES[hint]


_CONTAINERS: dict[Any, Callable[..., st.SearchStrategy[Any]]] = {
    Union: st.one_of,
    types.UnionType: st.one_of,
    tuple: st.tuples,
    list: lambda item: st.lists(item, max_size=3),
    dict: lambda key, value: st.dictionaries(key, value, max_size=3),
}
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    str: st.text(max_size=12),
    bytes: st.binary(max_size=24),
    bool: st.booleans(),
    type(None): st.none(),
}


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A valid message, damaged: a leaf replaced, bytes flipped, cut, inserted, repeated."""
    message = SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))]
    as_json = draw(st.booleans())
    data = bytearray(to_json(message) if as_json else encode(message))
    if draw(st.booleans()):
        tree = msgspec.json.decode(data) if as_json else msgspec.msgpack.decode(data)
        _replace(draw, tree)
        data = bytearray(msgspec.json.encode(tree) if as_json else msgspec.msgpack.encode(tree))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        change = draw(st.sampled_from(("flip", "cut", "insert", "token", "repeat")))
        if change == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif change == "cut":
            del data[at : at + draw(st.integers(1, 80))]
        elif change == "insert":
            data[at:at] = draw(st.binary(max_size=9))
        elif change == "token":
            data[at:at] = draw(st.sampled_from(TOKENS))
        else:
            data[at:at] = data[max(0, at - 40) : at] * draw(st.integers(1, 50))
    return bytes(data)


def _replace(draw: st.DrawFn, tree: Any) -> None:
    """Put something hostile in a random place of a tree of lists and dicts."""
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    if isinstance(tree[key], list | dict) and draw(st.booleans()):
        _replace(draw, tree[key])
    else:
        tree[key] = draw(st.sampled_from(HOSTILE))


@st.composite
def blocks(draw: st.DrawFn, most: int = 40) -> Block:
    """Any readings, in runs and single: every bit pattern of a double, every quality, every time up to the year 9999."""
    n = draw(st.integers(0, most))
    column: dict[str, Any] = {"min_size": n, "max_size": n}
    first = draw(st.integers(0, 2**31 - 1 - most))
    points = draw(st.one_of(st.just(list(range(first, first + n))), st.lists(st.integers(0, 2**31 - 1), **column)))
    when = st.integers(0, END_OF_TIME - 1)
    times = draw(st.one_of(when.map(lambda at: [at] * n), st.lists(when, **column), st.lists(st.sampled_from((5, 6)), **column)))
    bits = draw(st.lists(st.integers(0, 2**64 - 1), **column))
    quality = draw(st.lists(st.sampled_from((0, 0, 0, 1, 5, 512, 2**16 - 1)), **column))
    return Block.of(points, times, np.array(bits, np.uint64).view(np.float64), quality)
