"""Where in a document a message of msgspec points to, so that an error can name the key and the value that stands there."""

from typing import Any


def whereabouts(tree: Any, message: str) -> tuple[str, object]:
    """(`.rows[3].alarm_ge`, the value there) of `... - at `$.rows[3].alarm_ge``; None where there is nothing, the keys of a table."""
    _, marker, path = message.rpartition(" - at `$")
    path = path.rstrip("`") if marker else ""
    value = tree
    for part in path.replace("[", ".").replace("]", "").split(".")[1:]:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return path, None
    return path, sorted(value) if isinstance(value, dict) else value
