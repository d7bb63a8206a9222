"""Logs of the long-running processes: one line an event on stderr, JSON where nobody sits in front of it. Secrets are never in them, and
what came from elsewhere can neither begin a line of its own nor steer a terminal."""

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from contracts.texts import is_shown

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"password|passwd|secret|token|credential|private|api_?key|authorization", re.IGNORECASE)
LONGEST = 20_000
"""Characters of one value; of a longer one its beginning and its end are told."""
IN_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)[^/\s@]+@", re.IGNORECASE)
IN_TEXT = re.compile(
    r"(?P<name>(?:password|passwd|secret|token|api_?key)\w{0,40}[\"']?\s{0,8}[=:]\s{0,8})(?P<value>\"[^\"]*\"|'[^']*'|[^\s&,;]+)",
    re.IGNORECASE,
)
IN_HEADER = re.compile(r"(?P<name>\b(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text without user and password of addresses, values of `password=...`, `token: ...` and the like, and bearer tokens."""
    text = IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    return IN_HEADER.sub(rf"\g<name>{HIDDEN}", IN_TEXT.sub(rf"\g<name>{HIDDEN}", text))


def hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Values under a secret's name, and secrets inside of whatever else is told, are replaced."""
    for name, value in event.items():
        event[name] = HIDDEN if SECRET_NAMES.search(name) else _hidden(value)
    return event


def _hidden(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): HIDDEN if SECRET_NAMES.search(str(name)) else _hidden(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(one) for one in value]
    return without_secrets(_shortened(value if isinstance(value, str) else repr(value)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def harmless(text: str, kept: str = "\n") -> str:
    """The text with every control character, direction mark and line separator as its escape, but for those in `kept`."""
    if text.isprintable():
        return text
    return "".join(letter if letter in kept or is_shown(letter) else letter.encode("unicode_escape").decode() for letter in text)


def in_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For a terminal: no value begins a line of its own. A trace does, indented."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = harmless(value).replace("\n", "\n    ") if name == "exception" else harmless(value, "")
        else:
            event[name] = _harmless_in(value, "")
    return event


def escaped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For JSON, which escapes the ends of lines itself, but not what steers a terminal when the file is looked at."""
    return {name: _harmless_in(value, "\n\r\t") for name, value in event.items()}


def _harmless_in(value: Any, kept: str) -> Any:
    if isinstance(value, dict):
        return {name: _harmless_in(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [_harmless_in(one, kept) for one in value]
    return harmless(value, kept) if isinstance(value, str) else value


def configure_logs(out: TextIO = sys.stderr) -> None:
    """Once a process. What libraries log (warnings and worse) takes the same way."""
    person = out.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [in_one_line, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if person
        else [escaped, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    text: list[Processor] = [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, *text, hide, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    of_libraries: list[Processor] = [*shared, structlog.stdlib.add_logger_name]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=of_libraries,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *text, hide, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
