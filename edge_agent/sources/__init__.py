"""Sources: where readings come from. A kind is a file here and a section in `settings.AnySource`. Reads are one-way by construction."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from contracts.points import Registry
from edge_agent.sources.settings import AnySource
from edge_agent.sources.source import Answer, Source

__all__ = ["Answer", "AnySource", "Source", "make_source"]


def make_source(settings: AnySource, registry: Registry) -> Source:
    """The source of that kind; its module (and the library behind it) is loaded on first use."""
    module = import_module(f"edge_agent.sources.{settings.kind}")
    return cast(Callable[[AnySource, Registry], Source], module.make)(settings, registry)
