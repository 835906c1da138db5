"""Whatever is done to a spec, what comes of it is findings."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakemesh.errors import Finding
from lakemesh.plan.validate import examine
from lakemesh.spec.loader import load_mesh

BASE = Path(__file__).parent.parent.parent / "cases" / "validate" / "base"
SPEC = "bundles/shop/orders/product.yml"
FILES = [SPEC, "bundles/shop/orders/transforms/flat.sql", "bundles/shop/orders/tests.yml", "conf/mesh.yml"]
TEXTS = {name: (BASE / name).read_text(encoding="utf-8") for name in FILES}
VALUE = yaml.safe_load(TEXTS[SPEC])
# Chosen to be nearly right: words of the language where they do not belong, and what YAML makes of a slip.
ODD = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, "", " ", "x", "select", "select 1", "merge", "decimal(", "a.b.c", "'", "`"),
        *(
            [],
            {},
            [None],
            [[]],
            {"": ""},
            {"a": None},
            {"kind": "filter"},
            {"ref": "order"},
            {"sql": "select"},
        ),
        *(
            "order_id",
            "events",
            "lines.sku",
            "count(*)",
            "order_id desc",
            "x -> x",
            "explode(lines)",
            "${x}",
            "📦",
        ),
    ]
)
SNIPPETS = st.sampled_from([*"'\"`(),: \n\t-{}[*\x00", "from"])
MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "mesh"))


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*above, key)
        yield from places(below, (*above, key))


PLACES = sorted(places(VALUE), key=str)


def examined(root: Path, name: str, text: str) -> list[Finding]:
    """All findings after one file got another text; the file is put back."""
    (root / name).write_bytes(text.encode("utf-8"))
    try:
        loaded = load_mesh(root)
        return [*loaded.findings, *(examine(loaded.mesh) if loaded.mesh else ())]
    finally:
        (root / name).write_text(TEXTS[name], encoding="utf-8")


def assert_placed(findings: list[Finding]) -> None:
    for one in findings:
        assert one.line >= 1
        assert one.column >= 1
        assert one.message


@MANY
@given(place=st.sampled_from(PLACES), odd=ODD)
def test_a_value_replaced(root: Path, place: tuple[Any, ...], odd: Any) -> None:
    value = copy.deepcopy(VALUE)
    below = value
    for step in place[:-1]:
        below = below[step]
    below[place[-1]] = odd
    assert_placed(examined(root, SPEC, yaml.safe_dump(value, sort_keys=False, allow_unicode=True)))


@MANY
@given(place=st.sampled_from(PLACES), key=st.sampled_from(["kind", "from", "colums", "write", "x", "sql"]))
def test_a_key_renamed(root: Path, place: tuple[Any, ...], key: str) -> None:
    value = copy.deepcopy(VALUE)
    below = value
    for step in place[:-1]:
        below = below[step]
    moved = below.pop(place[-1])
    if isinstance(below, dict):
        below[key] = moved
    assert_placed(examined(root, SPEC, yaml.safe_dump(value, sort_keys=False)))


@MANY
@given(name=st.sampled_from(FILES), at=st.integers(0, 3000), cut=st.integers(0, 12), put=SNIPPETS)
def test_a_text_torn(root: Path, name: str, at: int, cut: int, put: str) -> None:
    text = TEXTS[name]
    at %= len(text)
    assert_placed(examined(root, name, text[:at] + put + text[at + cut :]))


@MANY
@given(name=st.sampled_from(FILES), line=st.integers(0, 200), other=st.integers(0, 200))
def test_lines_moved(root: Path, name: str, line: int, other: int) -> None:
    lines = TEXTS[name].splitlines(keepends=True)
    moved = lines.pop(line % len(lines))
    lines.insert(other % (len(lines) + 1), moved)
    assert_placed(examined(root, name, "".join(lines)))
