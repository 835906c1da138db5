"""The test of the house itself: every module has its test, and nothing has grown out of its size."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import lakemesh

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "lakemesh"
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_MODULE = 400
MEDIAN_FUNCTION = 8
USUAL_FUNCTION = 30
USUAL = 0.9
WARM = ("pyspark", "databricks", "great_expectations", "duckdb", "deltalake", "sqlglot", "pyarrow", "pandas")
# Written apart, so that this file does not name what it looks for.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("registry", "npmjs", "org"),
    )
)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def in_the_house(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def tell(violations: list[str]) -> None:
    """Fail with all of them in one message."""
    if violations:
        pytest.fail(f"{len(violations)} of them:\n" + "\n".join(violations), pytrace=False)


def proofs_of(module: Path) -> tuple[Path, ...]:
    """Where a module's tests may be: its room's folder, however deep, or the top."""
    inside = module.relative_to(SOURCE)
    mirrored = ROOT / "tests" / inside.parent / f"test_{inside.name}"
    in_room = ROOT / "tests" / inside.parts[0] / f"test_{inside.name}"
    return mirrored, in_room, ROOT / "tests" / f"test_{inside.name}"


def public_definitions(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its lines of code: docstring and blank lines aside."""
    text = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = node.body[0] if ast.get_docstring(node) is not None else None
            aside = set(range(told.lineno, (told.end_lineno or told.lineno) + 1)) if told else set()
            lines = [
                number
                for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
                if number not in aside and text[number - 1].strip()
            ]
            yield f"{in_the_house(path)}:{node.lineno} {node.name}", len(lines)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_module_has_its_test() -> None:
    lacking = [
        f"{in_the_house(module)} wants {in_the_house(proofs_of(module)[0])}"
        for module in MODULES
        if module.name not in {"__init__.py", "__main__.py"}
        and not any(test.exists() for test in proofs_of(module))
    ]
    tell(lacking)


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    long = [
        f"{in_the_house(path)} has {length} lines"
        for path, length in lengths.items()
        if length > LONGEST_MODULE
    ]
    tell(long)


def test_every_public_name_has_a_first_sentence() -> None:
    mute = []
    for path in MODULES:
        tree = tree_of(path)
        for node in (tree, *public_definitions(tree)):
            first = (ast.get_docstring(node) or "").split("\n\n")[0].strip()
            name = "the module" if isinstance(node, ast.Module) else node.name
            if not re.search(r"[.!?:]$", first):
                mute.append(f"{in_the_house(path)}:{getattr(node, 'lineno', 1)} {name}")
    tell(mute)


def test_functions_are_small() -> None:
    sizes = dict(pair for path in MODULES for pair in functions(path))
    usual = sum(size < USUAL_FUNCTION for size in sizes.values()) / len(sizes)
    longest = [f"{size:>4} {name}" for name, size in sorted(sizes.items(), key=lambda pair: -pair[1])[:20]]
    if statistics.median(sizes.values()) > MEDIAN_FUNCTION or usual < USUAL:
        tell(longest)


def test_what_the_package_offers() -> None:
    assert lakemesh.__all__ == ["__version__"]


def test_the_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    top = re.search(r"^## \[?(\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert top is not None
    assert top.group(1) == project["version"] == lakemesh.__version__


def test_the_documentation_is_what_the_models_say() -> None:
    command = [sys.executable, str(ROOT / "docs" / "tooling"), "--check"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("", "")


def test_the_command_line_starts_cold() -> None:
    code = f"import sys, lakemesh.cli; print([name for name in {WARM!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == "[]"


@pytest.mark.slow
def test_no_module_asks_the_network_at_import() -> None:
    names = [".".join(path.relative_to(SOURCE.parent).with_suffix("").parts) for path in MODULES]
    code = f"""
import importlib, socket, sys
def refuse(*_): raise AssertionError("a connection at import")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
for name in {[name for name in names if not name.endswith("__main__")]!r}:
    importlib.import_module(name.removesuffix(".__init__"))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_no_file_names_a_registry() -> None:
    assert not (ROOT / "uv.lock").exists()
    naming = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        naming += [f"{in_the_house(path)} names {host}" for host in REGISTRIES if host in text]
    tell(naming)
