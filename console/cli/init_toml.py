"""A commented configuration from its own types: every key there is, with what it means; what was not chosen stands behind a #. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

Words = Mapping[str, tuple[str, str]]
"""Key as `broker.port` (of a source: `sources.KIND.key`) to what it means, its unit and what is allowed, in Chinese and English."""
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def literal(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = (f"{key if key and set(key) <= BARE else literal(key)} = {literal(one)}" for key, one in value.items())
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def document(kind: type[msgspec.Struct], given: Mapping[str, Any], words: Words, head: str) -> str:
    """The whole file: `given` as `load` would convert it, each key commented, the rest of `kind` as comments with its default."""
    return "\n".join([*(f"# {line}".rstrip() for line in head.splitlines()), "", *_table(kind, given, words, "", "")]) + "\n"


def _table(kind: type[msgspec.Struct], given: Mapping[str, Any], words: Words, where: str, path: str) -> Iterator[str]:
    """One table: plain keys first, as TOML wants it, then the tables below. `where`: its TOML name; `path`: that of its words."""
    below = []
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        if _sections(hints[field.name]):
            below.append(field.name)
            continue
        yield from _told(words, f"{path}{field.name}")
        chosen = field.name in given
        yield f"{'' if chosen else '# '}{field.name} = {literal(given[field.name] if chosen else default_of(field))}"
    for name in below:
        yield ""
        yield from _told(words, f"{path}{name}")
        if isinstance(hints[name], type):
            yield f"[{where}{name}]"
            yield from _table(hints[name], given.get(name, {}), words, f"{where}{name}.", f"{path}{name}.")
        else:
            yield from _list(_sections(hints[name]), name, given.get(name, ()), words, where, path)


def _list(
    kinds: list[type[msgspec.Struct]], name: str, given: Iterable[Mapping[str, Any]], words: Words, where: str, path: str
) -> Iterator[str]:
    """A list of tables; where there are several kinds, each says by its `kind` which it is."""
    for one in given:
        yield from ("", f"[[{where}{name}]]")
        kind = next((kind for kind in kinds if kind.__struct_config__.tag == one.get("kind")), kinds[0])
        tag = kind.__struct_config__.tag
        if tag is not None:
            yield from (*_told(words, f"{path}{name}.kind"), f"kind = {literal(tag)}")
        below = f"{path}{name}." if tag is None else f"{path}{name}.{tag}."
        yield from _table(kind, one, words, f"{where}{name}.", below)


def _told(words: Words, path: str) -> tuple[str, str]:
    zh, en = words[path]
    return f"# {zh}", f"# {en}"


def _sections(hint: Any) -> list[type[msgspec.Struct]]:
    """The sections in a hint: itself, or what a list or union of them names; none for plain values."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [kind for part in get_args(hint) if part is not Ellipsis for kind in _sections(part)]


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """Where nothing is said; an empty text for a key that has to be given."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return "" if field.default is msgspec.NODEFAULT else field.default
