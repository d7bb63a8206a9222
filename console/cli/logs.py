"""Logs of the long-running processes: one line an event on stderr, JSON where nobody sits in front of it. Secrets are never in them."""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"password|passwd|secret|token|credential|private|api_?key|authorization", re.IGNORECASE)
IN_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
IN_TEXT = re.compile(
    r"(?P<name>\w*(?:password|passwd|secret|token|api_?key)\w*[\"']?\s*[=:]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s&,;]+)", re.IGNORECASE
)
IN_HEADER = re.compile(r"(?P<name>\b(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text without user and password of addresses, values of `password=...`, `token: ...` and the like, and bearer tokens."""
    text = IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    return IN_HEADER.sub(rf"\g<name>{HIDDEN}", IN_TEXT.sub(rf"\g<name>{HIDDEN}", text))


def hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Values under a secret's name, and secrets inside of text, are replaced."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = without_secrets(value)
    return event


def configure_logs(out: TextIO = sys.stderr) -> None:
    """Once a process. What libraries log (warnings and worse) takes the same way."""
    person = out.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.dev.ConsoleRenderer()] if person else [structlog.processors.JSONRenderer(ensure_ascii=False)]
    text: list[Processor] = [] if person else [structlog.processors.format_exc_info]
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
