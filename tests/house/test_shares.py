"""Every file of the unit part is one worker's, whatever is known of it."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import shares

names = st.lists(st.text("abc", min_size=1, max_size=4), unique=True, max_size=30)


@settings(max_examples=50, deadline=None)
@given(names, st.dictionaries(st.text("abc", min_size=1, max_size=4), st.floats(0, 60)), st.integers(1, 5))
def test_each_file_is_one_workers_and_no_worker_has_more_than_the_longest_too_much(
    files: list[str], seconds: dict[str, float], workers: int
) -> None:
    whose = shares.balanced(files, seconds, workers)
    assert set(whose) == set(files)
    assert set(whose.values()) <= set(range(workers))
    assert whose == shares.balanced(reversed(files), seconds, workers)
    load = Counter(dict.fromkeys(range(workers), 0.0))
    for name, worker in whose.items():
        load[worker] += seconds.get(name, shares.NEW_S)
    longest = max((seconds.get(name, shares.NEW_S) for name in files), default=0)
    assert max(load.values()) - min(load.values()) <= longest + 1e-9


def test_what_was_noted_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "FOLDER", tmp_path)
    shares.note("nothing", {"b.py": 1.26, "a b.py::t[x y]": 3.0, "short.py": 0.1})
    assert shares.known("nothing") == {"a b.py::t[x y]": 3.0, "b.py": 1.3}
    assert shares.known("never noted") == {}
