"""Mutants (mutmut's), judged fast: `make mutants`, a part of them: `make mutants ARGS=fleet/audit`.

mutmut changes the code and knows which mutant is where; it runs pytest anew for each, with the tests in any order. Here pytest collects
once, every mutant is a fork of that process, and the tests that killed the neighbours go first: ten times as many in the same time.
Verdicts are written where mutmut has them: `.venv/bin/mutmut results` and `mutmut show NAME` work. What was killed stays judged until its
function changes; what survived is judged again.
"""

import gc
import os
import pickle
import select
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from mutmut.__main__ import CatchOutput, create_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths, walk_mutatable_files
from mutmut.utils.format_utils import mangled_name_from_mutant_name

SURVIVED, KILLED, UNTESTED, TIMEOUT = 0, 1, 33, 36
"""mutmut's exit codes."""
LATE = b"late"
MOST = float(os.environ.get("MUTANTS_SECONDS", "inf"))
"""CPU seconds of tests a mutant, the quickest first: with one of them most survivors are told at once, those left need a second run."""
TESTS = {
    "ingest/receipts.py": ["tests/ingest/test_holding.py", "tests/ingest/test_receipts.py"],
    "edge_agent/outbox/*": [
        f"tests/edge_agent/test_{name}.py"
        for name in ("segment_bytes", "outbox_told", "outbox_catalogue", "outbox_room", "catalogue_told", "outbox", "dying_disk")
    ],
    "alerts/lifecycle.py": [f"tests/alerts/test_{name}.py" for name in ("lifecycle_moves", "lifecycle", "life_in_any_order")],
    "fleet/audit/*": [f"tests/fleet/test_audit_{name}.py" for name in ("exact", "lines", "anchor", "part", "recount", "rested")],
    "fleet/criteria/*": [
        f"tests/fleet/test_{name}.py" for name in ("folding_exact", "judging_exact", "steps_in_words", "steps", "criteria", "judging")
    ],
    "contracts/*": ["tests/contracts"],
}
"""Which tests judge a part."""
ROOT = Path(__file__).parents[1]


class Judge:
    """A pytest plugin: in place of the run of the tests."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.hits: dict[str, list[int]] = defaultdict(list)  # function -> places of the tests that come through it
        self.took: dict[int, float] = {}
        self.killers: dict[str, Counter[int]] = defaultdict(Counter)
        self.failed: Callable[[str], None] = complain

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings  # noqa: PLC0415 - pytest wants to be the first to import it

        # one counter-example is enough, and need not be small
        settings.register_profile("mutants", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate), max_examples=50)
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Before pytest makes a text of it: that takes ten times as long as the test."""
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception) and not item.get_closest_marker("xfail"):
            self.failed(f"{item.nodeid}: {call.excinfo.exconly()}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("tests could not be collected")
        session.config.pluginmanager.unregister(name="terminalreporter")
        self.items = session.items
        _, found = self.forked(self.measured, None)
        self.hits, self.took = pickle.loads(found)  # noqa: S301 - from our own child
        print(f"{self.part}: {len(self.took)} tests, {sum(self.took.values()):.0f} CPU s", file=sys.__stderr__, flush=True)
        gc.freeze()  # a child need not copy what it does not use
        for path in [path for path in walk_mutatable_files() if fnmatch(str(path), self.part)]:
            self.judge(path)
        return True

    def judge(self, path: Path) -> None:
        data = SourceFileMutationData(path=path)
        data.meta_path = ROOT / data.meta_path
        data.load()
        saved = time.monotonic()
        for name, verdict in data.exit_code_by_key.items():
            if verdict not in (KILLED, TIMEOUT):
                start = time.monotonic()
                data.exit_code_by_key[name] = self.verdict(name)
                data.durations_by_key[name] = time.monotonic() - start
                if time.monotonic() > saved + 20:  # a killed run goes on from there
                    saved = time.monotonic()
                    data.save()
        data.save()
        counted = Counter(data.exit_code_by_key.values())
        print(path, {key: counted[key] for key in (KILLED, TIMEOUT, SURVIVED, UNTESTED)}, file=sys.__stderr__, flush=True)

    def verdict(self, name: str) -> int:
        function = mangled_name_from_mutant_name(name)
        killers = self.killers[function]
        order = sorted(self.hits.get(function, ()), key=lambda place: (-killers[place], self.took[place]))
        if not order:
            return UNTESTED
        so_far = list(accumulate(self.took[place] for place in order))
        order = [place for place, after in zip(order, so_far, strict=True) if after <= MOST or place == order[0]]
        seconds = 5 + 10 * sum(self.took[place] for place in order)
        ended, found = self.forked(lambda tell: self.run(order, tell), name.replace("__init__.", ""), seconds)
        if found and ended == KILLED:
            killers[pickle.loads(found)] += 1  # noqa: S301 - as above
        return ended

    def run(self, order: list[int], tell: Callable[[Any], None]) -> int:
        """The tests of a mutant, until one fails."""
        at = 0

        def failed(_why: str) -> None:
            tell(at)
            os._exit(KILLED)

        self.failed = failed
        for at, following in zip(order, [*order[1:], None], strict=True):
            item = self.items[at]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None if following is None else self.items[following])
        return SURVIVED

    def measured(self, tell: Callable[[Any], None]) -> int:
        """Each test on what was not mutated: what it comes through, and how long it takes."""
        hits: dict[str, list[int]] = defaultdict(list)
        took: dict[int, float] = {}

        set_mutant_under_test("stats")
        for at, item in enumerate(self.items):
            state()._stats.clear()
            start = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.items[at + 1] if at + 1 < len(self.items) else None)
            took[at] = time.process_time() - start
            for function in state()._stats:
                hits[function].append(at)
        tell((dict(hits), took))
        return SURVIVED

    def forked(self, work: Callable[[Callable[[Any], None]], int], mutant: str | None, seconds: float = 3600) -> tuple[int, bytes]:
        """What a child ended with, and what it told."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            if mutant is not None:
                os.dup2(quiet, 2)
                set_mutant_under_test(mutant)
                signal.setitimer(signal.ITIMER_PROF, seconds)  # CPU seconds: another's load is no verdict
            ended = KILLED
            try:
                ended = work(lambda value: told(writing, value))
            finally:
                os._exit(ended)
        os.close(writing)
        found = b"".join(until(reading, time.monotonic() + 6 * seconds))
        os.close(reading)
        if found == LATE:
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if mutant is None and status != SURVIVED:
            raise SystemExit("the tests fail where nothing was mutated")
        return (TIMEOUT if status < 0 else status), found


def complain(why: str) -> None:
    """A test that fails without any mutant: nothing can be said of any."""
    print(why, file=sys.__stderr__, flush=True)
    os._exit(KILLED)


def told(pipe: int, value: Any) -> None:
    left = memoryview(pickle.dumps(value))
    while left:
        left = left[os.write(pipe, left) :]


def until(pipe: int, end: float) -> Iterator[bytes]:
    """What comes through, until its other end is closed; `LATE` where that is not by then."""
    while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
        if not (some := os.read(pipe, 1 << 16)):
            return
        yield some
    yield LATE


def main() -> None:
    """`python -m tools.mutants [PART]`."""
    os.environ["CI"] = "true"
    parts = [part for part in TESTS if not sys.argv[1:] or any(part.startswith(given) for given in sys.argv[1:])]
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    with CatchOutput():
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(1)
    config()
    os.chdir("mutants")
    for part in parts:
        if (child := os.fork()) == 0:
            only = [
                "-q",
                "--rootdir=.",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "-o",
                "timeout=0",
                "-o",
                "addopts=--import-mode=importlib",
            ]
            marks = ["-m", "not long and not servers and not browser and not alone"]
            os._exit(pytest.main([*only, *marks, *TESTS[part]], plugins=[Judge(part)]))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
