"""What the image installs: everything the program needs, by hash, and none of the developers' tools."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(text: str) -> list[str]:
    """Each package with its version and the machines it is for, in order."""
    return [line for line in text.splitlines() if line[:1].isalnum()]


def chosen(*roots: str) -> str:
    """What `tools/runtime_lock.py` writes."""
    asked = [sys.executable, "tools/runtime_lock.py", "requirements.lock", "pyproject.toml", *roots]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def names(*roots: str) -> set[str]:
    """The packages it chooses."""
    text = chosen(*roots)

    assert text.count("--hash=sha256:") >= len(pins(text))
    return {line.partition("==")[0] for line in pins(text)}


def test_it_has_what_is_declared_and_what_that_needs() -> None:
    assert {"aiomqtt", "paho-mqtt", "fastapi", "starlette", "sqlalchemy", "psycopg-binary", "duckdb", "numpy"} <= names()


def test_it_has_every_version_of_what_differs_by_python_or_platform() -> None:
    locked = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    wanted = names()

    assert pins(chosen()) == [line for line in locked if line.partition("==")[0] in wanted]
    assert len(pins(chosen())) > len(wanted), "the lock has two versions of numpy: one for each Python"


def test_it_has_nothing_of_what_makes_the_documentation() -> None:
    assert {name for name in names() if name.startswith("mkdocs")} == set()


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
