"""JSON twins of the wire structs: the same fields as objects, made from the structs themselves so that they cannot drift apart."""

import math
import types
import typing
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

Message = TypeVar("Message", bound=msgspec.Struct)


@cache
def twin(kind: type) -> type:
    """The object-shaped twin of an array-shaped struct, field by field."""
    hints = typing.get_type_hints(kind)
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        shape = _translate(hints[field.name])
        if field.default is not msgspec.NODEFAULT:
            fields.append((field.name, shape, field.default))
        elif field.default_factory is not msgspec.NODEFAULT:
            fields.append((field.name, shape, msgspec.field(default_factory=field.default_factory)))
        else:
            fields.append((field.name, shape))
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]  # every struct has it; the stub does not say so
    return msgspec.defstruct(kind.__name__, fields, frozen=True, tag_field="kind" if tag else None, tag=tag)


def _translate(hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return twin(hint)
    arguments = get_args(hint)
    if not arguments:
        return hint
    inner = tuple(_translate(argument) for argument in arguments)
    origin = get_origin(hint)
    if origin is dict and inner[1] is float:
        return dict[inner[0], float | None]  # type: ignore[valid-type]  # JSON writes null for what is not a finite number
    if origin in (Union, types.UnionType):
        return Union[inner]  # noqa: UP007  # built at run time
    return origin[inner if len(inner) > 1 else inner[0]]


def read_twin(kind: type[Message], data: bytes) -> Message:
    """Decode JSON through the twin, then rebuild the wire struct."""
    seen: msgspec.Struct = msgspec.json.decode(data, type=twin(kind))
    return msgspec.convert(_positions(seen), kind)


def _positions(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        row = [_positions(getattr(value, name)) for name in value.__struct_fields__]
        return [tag, *row] if tag else row
    if isinstance(value, list | tuple):
        return [_positions(item) for item in value]
    if isinstance(value, dict):
        return {key: math.nan if item is None else item for key, item in value.items()}
    return value


def to_json(message: msgspec.Struct) -> bytes:
    """The message as a JSON object a person can read."""
    return msgspec.json.encode(_named(message))


def _named(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        fields = {name: _named(getattr(value, name)) for name in value.__struct_fields__}
        return {"kind": tag, **fields} if tag else fields
    if isinstance(value, list | tuple):
        return [_named(item) for item in value]
    return value
