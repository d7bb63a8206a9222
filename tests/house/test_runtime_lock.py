"""What the image installs: everything the program needs, by hash, and none of the developers' tools."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def names(*roots: str) -> set[str]:
    """The packages `tools/runtime_lock.py` chooses."""
    asked = [sys.executable, "tools/runtime_lock.py", "requirements.lock", "pyproject.toml", *roots]
    text = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    blocks = [line for line in text.splitlines() if line[:1].isalnum()]

    assert text.count("--hash=sha256:") >= len(blocks)
    return {line.partition("==")[0] for line in blocks}


def test_it_has_what_is_declared_and_what_that_needs() -> None:
    assert {"aiomqtt", "paho-mqtt", "fastapi", "starlette", "sqlalchemy", "psycopg-binary", "duckdb", "numpy"} <= names()


def test_it_has_none_of_the_developers_tools() -> None:
    assert names() & {"pytest", "mypy", "ruff", "playwright", "hypothesis", "hatchling", "import-linter"} == set()


def test_it_has_nothing_of_what_trains_models_unless_asked() -> None:
    lab = {"scikit-learn", "scipy", "joblib", "dask", "distributed", "matplotlib"}

    assert names() & lab == set()
    assert lab <= names(".[lab]")


def test_a_gateway_gets_nothing_of_the_centre() -> None:
    gateway = names(".[edge]")

    assert {"aiomqtt", "pymodbus", "pyserial", "asyncua", "numpy", "msgspec"} <= gateway
    assert gateway & {"fastapi", "starlette", "sqlalchemy", "duckdb", "influxdb-client", "jinja2", "pandas", "scikit-learn"} == set()


def test_the_builder_alone_can_be_asked_for() -> None:
    assert {"hatchling", "packaging", "pathspec"} <= names("hatchling")
    assert "numpy" not in names("hatchling")


def test_a_name_that_is_not_locked_is_refused() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        names("no-such-package")
