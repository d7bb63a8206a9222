"""What rules remember is copied before it is moved, so that an old state can be kept beside a new one."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Part = TypeVar("Part", bound="DataclassInstance")


def copied(part: Part) -> Part:
    """The same, free to be written to: arrays and parts copied, numbers as they are."""
    return type(part)(**{field.name: _copy(getattr(part, field.name)) for field in fields(part)})


def _copy(value: Any) -> Any:
    return value if isinstance(value, int) else value.copy()
