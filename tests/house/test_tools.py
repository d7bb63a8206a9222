"""What the house's own tools say."""

import pytest

from tools import coverage_table, dead


@pytest.mark.servers
def test_nobody_keeps_what_nobody_calls():
    """It starts nothing, but reads the whole house for some seconds: kept out of the quick part."""
    assert list(dead.unused()) == []


def test_what_is_allowed_says_by_whom_it_is_called():
    assert [name for name, who in dead.ALLOWED.items() if len(who) < 5] == []


def test_coverage_is_told_by_package_and_for_all():
    def file(lines: int, hit: int, branches: int, taken: int) -> dict[str, object]:
        return {"summary": {"num_statements": lines, "covered_lines": hit, "num_branches": branches, "covered_branches": taken}}

    report = {"files": {"wire/a.py": file(10, 9, 4, 1), "wire/tls/b.py": file(10, 10, 0, 0), "alerts/c.py": file(5, 0, 0, 0)}}

    assert list(coverage_table.rows(report))[2:] == [
        "| `alerts/` | 5 | 0.0 % | 0 | — |",
        "| `wire/` | 20 | 95.0 % | 4 | 25.0 % |",
        "| all | 25 | 76.0 % | 4 | 25.0 % |",
    ]
