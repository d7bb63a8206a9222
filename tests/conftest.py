"""For all tests."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from xdist.scheduler import LoadScopeScheduling

renderer = structlog.get_config()["processors"][-1]
assert isinstance(renderer, structlog.dev.ConsoleRenderer)
# where rich is installed a traceback is drawn with every local variable: seconds of it where tests make things fail on purpose
renderer.exception_formatter = structlog.dev.plain_traceback

LATER = ("servers", "browser", "alone")
"""Markers of what `make test` runs after the unit part."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--marked", default="", help="markers: files that name none of them are passed over, unread")
    parser.addoption("--unmarked", default="", help="markers: files of which every test has one of them are passed over, unread")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collecting all of them takes half a minute, in every process: what `-m` leaves out of whole files is not even imported."""
    if not collection_path.name.startswith("test_") or collection_path.suffix != ".py":
        return None
    wanted, unwanted = config.getoption("--marked").split(), config.getoption("--unmarked").split()
    return True if (wanted and not may_mark(collection_path, wanted)) or (unwanted and all_marked(collection_path, unwanted)) else None


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def may_mark(path: Path, markers: Iterable[str]) -> bool:
    """Whether tests of that file may have one of these: it names it, or has it from the fixtures of the stores."""
    return any(f"mark.{name}" in text_of(path) or (name == "servers" and path.parent.name == "store") for name in markers)


def all_marked(path: Path, markers: Iterable[str]) -> bool:
    """Whether that file gives one of these to all its tests."""
    return any(re.search(rf"^pytestmark = .*\bmark\.{name}\b", text_of(path), re.MULTILINE) for name in markers)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No test is where `--marked` would pass it over."""
    for item in items:
        for name in LATER:
            if item.get_closest_marker(name) and not may_mark(item.path, [name]):
                raise pytest.UsageError(
                    f"{item.nodeid} is marked {name}, and its file does not say mark.{name}: make test would not run it"
                )


class ByModule(LoadScopeScheduling):
    """Tests of a file with a fixture of its module stay in one process and in their order: some change what they share, and it is made
    once. All others go to whichever process is free. (xdist 3.8 knows the groups of `loadgroup` no more under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return path if 'scope="module"' in text_of(self.config.rootpath / path) else nodeid

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]  # else it counts thousands that are over after each test


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return ByModule(config, log) if config.getvalue("dist") == "loadgroup" else None
