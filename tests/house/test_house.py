"""The house rules that no linter keeps: names, sizes, layers, locked dependencies, and nothing of a development machine in the product."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
NOT_OURS = {".git", "node_modules", *(line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())}
PACKAGES = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file())

MAX_FILE, MAX_FUNCTION = 400, 50
PROCESSES = {"sim_sensors", "edge_agent", "ingest", "alerts", "console", "bench"}
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "service", "services"}
FOREIGN = re.compile(
    r"(?<![\w.~-])/(?:work|root|Users)/|(?<![\w.~-])/home/\w"  # absolute paths of somebody's machine
    r"|pypi[.](?:org|python|tuna)|pythonhosted[.]|registry[.]npmjs|/[p]ypi/|/[s]imple/?(?:\s|$)"  # hosts and paths of package registries
    r"|(?<!no-emit-)(?:extra-)?index[-_]url|PIP_[I]NDEX"
)


def ours(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the repository, without what commands made."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.suffix == ".egg-info":
            continue
        if path.is_dir():
            yield from ours(path)
        else:
            yield path


FILES = list(ours())
SOURCES = [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES]
PYTHON = [path for path in FILES if path.suffix == ".py"]


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layers() -> set[str]:
    (house,) = [contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"]
    return {name.strip() for layer in house["layers"] for name in layer.split("|")}


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(set(PYPROJECT["tool"]["importlinter"]["root_packages"]), id="import contract"),
        pytest.param(layers(), id="layers"),
        pytest.param(set(PYPROJECT["tool"]["mypy"]["files"]), id="mypy"),
        pytest.param(set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]), id="wheel"),
        pytest.param(set(PYPROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"]) - {"tests"}, id="isort"),
    ],
)
def test_every_root_package_is_listed(listed: set[str]) -> None:
    assert listed == set(PACKAGES)


def test_python_lives_in_packages_tests_and_tools_only() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in PYTHON} <= {*PACKAGES, "tests", "tools"}


def test_tests_have_no_init_and_hide_no_package() -> None:
    assert [place(path) for path in PYTHON if path.name == "__init__.py" and place(path).startswith("tests/")] == []


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    names = [(place(path), {path.stem, *path.relative_to(ROOT).parts[:-1]}) for path in PYTHON]

    assert [where for where, words in names if words & NO_NAMES] == []


def test_no_python_file_is_too_long() -> None:
    lengths = {place(path): len(text_of(path).splitlines()) for path in PYTHON}

    assert {where: length for where, length in lengths.items() if length > MAX_FILE} == {}


def long_functions(nodes: Iterable[ast.AST]) -> list[str]:
    """Functions of more than MAX_FUNCTION lines, signature and body, without the docstring."""
    found = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            first = node.body[0]
            told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
            prose = (first.end_lineno or first.lineno) - first.lineno + 1 if told else 0
            if node.end_lineno - node.lineno + 1 - prose > MAX_FUNCTION:
                found.append(node.name)
    return found


@cache
def judged(path: Path) -> tuple[list[str], int]:
    """Its long functions, and its broad excepts; a file is parsed once, and its tree is not kept."""
    nodes = list(ast.walk(ast.parse(text_of(path))))
    return long_functions(nodes), broad_excepts(nodes)


def test_no_function_is_too_long() -> None:
    found = {place(path): judged(path)[0] for path in SOURCES}

    assert {where: names for where, names in found.items() if names} == {}


def broad_excepts(nodes: list[ast.AST]) -> int:
    """How many handlers (or suppressions) take any exception whatever and keep it; tidying up and raising on is no such thing."""

    def broad(node: ast.expr | None) -> bool:
        names = node.elts if isinstance(node, ast.Tuple) else [node]
        return any(name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException")) for name in names)

    handlers = [node for node in nodes if isinstance(node, ast.ExceptHandler) and not _raises_on(node)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and _called(node).endswith("suppress")]
    return sum(broad(node.type) for node in handlers) + sum(broad(argument) for call in calls for argument in call.args)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _raises_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_each_process_has_at_most_one_supervisor_that_takes_any_exception() -> None:
    """A package is at most one process; the layers below run inside somebody else's."""
    counts = dict.fromkeys(PACKAGES, 0)
    for path in SOURCES:
        counts[path.relative_to(ROOT).parts[0]] += judged(path)[1]

    assert {name: count for name, count in counts.items() if count > (name in PROCESSES)} == {}


@cache
def text_of(path: Path) -> str:
    """The text of a file; nothing where it is none (pictures, golden bytes)."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return ""


def test_no_file_names_a_registry_or_somebody_s_machine() -> None:
    found = [
        f"{place(path)}:{number}: {line.strip()[:90]}"
        for path in FILES
        if FOREIGN.search(text_of(path))
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if FOREIGN.search(line)
    ]

    assert found == []


def locked() -> dict[str, str]:
    """Package name to its block of the lock file."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE), flags=re.MULTILINE)
    return {re.split(r"[=\[; ]", block, maxsplit=1)[0]: block for block in blocks if block.strip()}


def test_every_locked_package_has_a_version_and_hashes() -> None:
    packages = locked()

    assert len(packages) > 20
    assert [name for name, block in packages.items() if not re.match(r"[^\s=]+==\S+", block)] == []
    assert [name for name, block in packages.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []


def test_the_lock_chooses_no_index() -> None:
    options = [line for line in LOCK.splitlines() if re.match(r"\s*-(?!-hash=)", line)]

    assert options == []
    assert not re.search(r"https?://", LOCK)


def test_every_declared_dependency_is_locked() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    wanted = PYPROJECT["project"]["dependencies"] + [line for extra in extras for line in extra]
    names = {re.split(r"[<>=;!~\[ ]", requirement, maxsplit=1)[0].lower() for requirement in wanted}

    assert names - set(locked()) == {"davylamp"}


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        *(("cd /wo" + "rk/x", True), ("/ro" + "ot/.cache", True), ("/ho" + "me/me/x", True), ("https://py" + "pi.org/x", True)),
        *(("pip install --ind" + "ex-url x", True), ("PIP_IND" + "EX_URL=x", True), ("uv pip compile --no-emit-index-url", False)),
        *(("./work/x", False), ("~/home/x", False), ("/run/secrets/x", False), ("a simple/plain thing", False)),
    ],
)
def test_the_pattern_knows_a_foreign_path_when_it_sees_one(text: str, foreign: bool) -> None:
    assert bool(FOREIGN.search(text)) is foreign


def test_the_counters_count() -> None:
    lines = "\n".join(["    pass"] * MAX_FUNCTION)
    kept = "try: pass\nexcept (ValueError, Exception): pass\ntry: pass\nexcept: pass\nwith suppress(BaseException): pass\n"
    told = "try: pass\nexcept BaseException:\n    undo()\n    raise\nwith suppress(OSError): pass\n"

    assert long_functions(ast.walk(ast.parse(f'def short():\n    """A\n    docstring."""\n{lines[:-9]}'))) == []
    assert long_functions(ast.walk(ast.parse(f"async def long():\n{lines}"))) == ["long"]
    assert broad_excepts(list(ast.walk(ast.parse(kept + told)))) == 3
