"""Digests (64 bits, unsigned) in a database whose integers are signed."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Integer, func, literal, type_coerce
from sqlalchemy.types import TypeDecorator

from contracts.digest import MASK

_SIGN = 1 << 63


class Digest(TypeDecorator[int]):
    """An unsigned 64-bit integer, kept as the signed one of the same bits."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # the base class names them
        return value if value is None or value < _SIGN else value - (1 << 64)

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # the base class names them
        return value if value is None else value & MASK


def halves(digest: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Sums of the high and the low 32 bits: the sum of whole digests would overflow."""
    bits: ColumnElement[Any] = type_coerce(digest, BigInteger)
    return func.coalesce(func.sum(bits.bitwise_rshift(literal(32, Integer))), 0), func.coalesce(func.sum(bits.bitwise_and(0xFFFFFFFF)), 0)


def whole(high: Any, low: Any) -> int:
    """The sum modulo 2^64 of digests whose halves were summed."""
    return ((int(high) << 32) + int(low)) & MASK
