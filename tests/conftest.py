"""For all tests."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from xdist.scheduler import EachScheduling, LoadScopeScheduling

from tests import shares

renderer = structlog.get_config()["processors"][-1]
assert isinstance(renderer, structlog.dev.ConsoleRenderer)
# where rich is installed a traceback is drawn with every local variable: seconds of it where tests make things fail on purpose
renderer.exception_formatter = structlog.dev.plain_traceback

ENGINE = "store.records.engine"

DEALT = pytest.StashKey[dict[Path, str]]()

LATER = ("servers", "browser", "slow", "alone")
"""Markers of what `make test` runs after the unit part."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--marked", default="", help="markers: files that name none of them are passed over, unread")
    parser.addoption("--note-seconds", default="", help="after the run: what took how long, into tests/seconds/<this>.txt")
    parser.addoption("--shares", action="store_true", help="with -n and --dist each: every worker has its own files")
    parser.addoption("--unmarked", default="", help="markers: files of which every test has one of them are passed over, unread")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collecting all of them takes half a minute, in every process: what `-m` leaves out of whole files is not even imported."""
    if not collection_path.name.startswith("test_") or collection_path.suffix != ".py":
        return None
    return True if passed_over(collection_path, config) or anothers(collection_path, config) else None


def passed_over(path: Path, config: pytest.Config) -> bool:
    wanted, unwanted = config.getoption("--marked").split(), config.getoption("--unmarked").split()
    return bool(wanted and not may_mark(path, wanted)) or bool(unwanted and all_marked(path, unwanted))


def anothers(path: Path, config: pytest.Config) -> bool:
    """Whether another worker has that file: with `--shares` it imports and runs no more than its own."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None or not config.getoption("--shares"):
        return False
    if DEALT not in config.stash:
        files = {one for one in (config.rootpath / "tests").rglob("test_*.py") if not passed_over(one, config)}
        config.stash[DEALT] = shares.dealt(files, config.rootpath, worker["workercount"])
    return config.stash[DEALT].get(path, worker["workerid"]) != worker["workerid"]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def may_mark(path: Path, markers: Iterable[str]) -> bool:
    """Whether tests of that file may have one of these: it names it, or has it from the fixtures of the stores."""
    return any(f"mark.{name}" in text_of(path) or (name == "servers" and path.parent.name == "store") for name in markers)


def all_marked(path: Path, markers: Iterable[str]) -> bool:
    """Whether that file gives one of these to all its tests."""
    return any(re.search(rf"^pytestmark = (\[[^]]*|[^[\n]*)\bmark\.{name}\b", text_of(path), re.MULTILINE) for name in markers)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """No test is where `--marked` would pass it over; and of a file that was named on the command line each is run once, too."""
    items[:] = [item for item in items if not anothers(item.path, config)]
    for item in items:
        for name in LATER:
            if item.get_closest_marker(name) and not may_mark(item.path, [name]):
                raise pytest.UsageError(
                    f"{item.nodeid} is marked {name}, and its file does not say mark.{name}: make test would not run it"
                )


def scope_of(nodeid: str, root: Path) -> str:
    path = nodeid.partition("::")[0]
    return path if 'scope="module"' in text_of(root / path) else nodeid


class ByModule(LoadScopeScheduling):
    """Tests of a file with a fixture of its module stay in one process and in their order: some change what they share, and it is made
    once. All others go to whichever process is free. (xdist 3.8 knows the groups of `loadgroup` no more under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid, self.config.rootpath)

    def _assign_work_unit(self, node: Any) -> None:
        """The longest first, so that none begins when all others end."""
        known = shares.known("servers")
        longest = max(self.workqueue, key=lambda scope: known.get(scope, shares.NEW_S * len(self.workqueue[scope])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]  # else it counts thousands that are over after each test


class Shares(EachScheduling):
    """Each worker runs all that it has; xdist would take the last one's number of tests for that of all."""

    def schedule(self) -> None:
        session = self.config.pluginmanager.getplugin("session")
        session.testscollected = sum(len(tests) for tests in self.node2collection.values())
        super().schedule()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | EachScheduling | None:
    if config.getoption("--shares"):
        return Shares(config, log)
    return ByModule(config, log) if config.getvalue("dist") == "loadgroup" else None


class Noting:
    """Adds up what each file, or in the part that is dealt out otherwise each scope, took."""

    def __init__(self, config: pytest.Config, part: str) -> None:
        self.root, self.part = config.rootpath, part
        self.took = Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        whole = self.part == "unit"
        self.took[report.nodeid.partition("::")[0] if whole else scope_of(report.nodeid, self.root)] += report.duration

    def pytest_sessionfinish(self) -> None:
        shares.note(self.part, self.took)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--note-seconds") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Noting(config, config.getoption("--note-seconds")))


@pytest.fixture(scope="session", autouse=True)
def _tables_at_once() -> Iterator[None]:
    """Empty records get their tables from a template (tests/template.py), where any test of this run opens records."""
    if ENGINE not in sys.modules:
        yield
        return
    from tests.template import Template  # noqa: PLC0415  # what it imports takes longer than a small folder of tests

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{ENGINE}.migrate", Template())
        yield
