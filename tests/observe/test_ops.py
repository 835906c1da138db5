"""The ops tables' columns, as every reader and writer takes them."""

from __future__ import annotations

import pytest

from lakemesh.observe.ledger import TERMS
from lakemesh.observe.ops import OPS
from lakemesh.spec.types import Struct, parse_type

KEY = ("product", "flow", "generation", "batch", "run_id", "at")


def columns(table: str) -> Struct:
    kind = parse_type(f"struct<{OPS[table]}>")
    assert isinstance(kind, Struct)
    return kind


@pytest.mark.parametrize("table", OPS)
def test_the_columns_are_ddl_with_each_name_once(table: str) -> None:
    names = columns(table).names
    assert len(names) == len(set(names))
    assert "at" in names


@pytest.mark.parametrize("table", ["batches", "ledger", "checks"])
def test_rows_of_a_batch_begin_with_its_key(table: str) -> None:
    assert columns(table).names[: len(KEY)] == KEY


def test_the_ledger_counts_every_term_in_bigints() -> None:
    kinds = dict(columns("ledger").fields)
    assert {kinds[term].ddl for term in TERMS} == {"bigint"}


def test_the_tables_by_name() -> None:
    assert list(OPS) == ["runs", "batches", "ledger", "checks"]
