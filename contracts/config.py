"""Configuration: frozen, typed, refused early. Default < file (TOML) < environment; a secret may come from `..._FILE`.

`DAVY_BROKER_PORT=1883` sets `broker.port`; `DAVY_BROKER_PASSWORD_FILE=/run/secrets/x` reads `broker.password` from that file.
"""

import tomllib
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from contracts.errors import BadConfig

Configured = TypeVar("Configured")


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every configuration section: unknown keys are refused."""


class BrokerAddress(Section, frozen=True):
    """Where the broker is and who we are there. With `ca_file` the link is TLS; `cert_file`/`key_file` name us."""

    host: str = "127.0.0.1"
    port: int = 18830
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    keepalive_s: int = 20


def check_broker(address: BrokerAddress) -> None:
    """Nothing, or BadConfig for what no TCP address can be."""
    if not address.host:
        raise BadConfig("broker.host", address.host, "a host name or an address")
    if not 1 <= address.port <= 65535:
        raise BadConfig("broker.port", address.port, "1 to 65535")
    if not 1 <= address.keepalive_s <= 65535:
        raise BadConfig("broker.keepalive_s", address.keepalive_s, "1 to 65535 seconds")


def load(
    kind: type[Configured],
    text: str,
    environment: Mapping[str, str],
    read_secret: "typing.Callable[[str], str]" = lambda path: open(path, encoding="utf-8").read(),  # noqa: SIM115
) -> Configured:
    """A configuration of `kind` from TOML text and the environment, or BadConfig naming key, value and what is allowed."""
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadConfig("file", text[:40], f"TOML ({error})") from error
    _overlay(kind, tree, environment, "DAVY", read_secret)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        key = _path(str(error))
        raise BadConfig(key or "file", _lookup(tree, key), _allowed(kind, tree, key, str(error))) from error


def _overlay(kind: Any, tree: dict[str, Any], environment: Mapping[str, str], prefix: str, read_secret: Any) -> None:
    hints = typing.get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        name, hint = field.name, hints[field.name]
        variable = f"{prefix}_{name.upper()}"
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            given = tree.get(name, {})
            if isinstance(given, dict):
                tree[name] = branch = _default(field) | given
                _overlay(hint, branch, environment, variable, read_secret)
            continue
        raw = environment.get(variable)
        if raw is None and f"{variable}_FILE" in environment:
            raw = _secret(f"{variable}_FILE", environment[f"{variable}_FILE"], read_secret)
        if raw is not None:
            try:
                tree[name] = msgspec.convert(raw, hint, strict=False)
            except msgspec.ValidationError as error:
                raise BadConfig(variable, raw, _expected(str(error))) from error


def _default(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    """What the owner of a section says of it where nobody says anything else."""
    default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    return dict(msgspec.to_builtins(default)) if isinstance(default, msgspec.Struct) else {}


def _secret(variable: str, path: str, read_secret: Any) -> str:
    try:
        return str(read_secret(path)).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(variable, path, f"the path of a text file this process may read ({error})") from error


def _path(message: str) -> str:
    what, _, at = message.partition(" - at `$")
    keys = [at.rstrip("`").lstrip(".")]
    keys += [what.partition(f"{marker} field `")[2].rstrip("`") for marker in ("unknown", "required")]
    return ".".join(key for key in keys if key)


def _lookup(tree: Any, key: str) -> object:
    for part in key.replace("[", ".").replace("]", "").split("."):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and part.isdigit() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return None
    return tree


def _allowed(kind: Any, tree: Any, key: str, message: str) -> str:
    path = key.split(".")
    for at, part in enumerate(path[:-1], start=1):
        hint = typing.get_type_hints(kind)[part.partition("[")[0]]
        kind = _section(hint, _lookup(tree, ".".join(path[:at])))
    if "unknown field" in message:
        tag = kind.__struct_config__.tag_field
        return "keys " + ", ".join([*([tag] if tag else []), *kind.__struct_fields__])
    return _expected(message)


def _section(hint: Any, given: object) -> Any:
    """The section in a hint like `list[A | B]`; of several, the one whose tag stands in the file."""
    kinds = [hint]
    while not hasattr(kinds[0], "__struct_fields__"):
        kinds = [inner for one in kinds for inner in typing.get_args(one) if inner is not ...]
    tags = {kind.__struct_config__.tag: kind for kind in kinds}
    return tags.get(given.get(kinds[0].__struct_config__.tag_field), kinds[0]) if isinstance(given, dict) else kinds[0]


def _expected(message: str) -> str:
    return message.split(" - at ", maxsplit=1)[0].replace("Object missing required field", "a value for").replace("Expected", "").strip()
