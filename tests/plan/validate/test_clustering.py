from __future__ import annotations

from typing import Any

import pytest

WIDE = ", ".join(f"c{number}: int" for number in range(40))
HEAD = "  ranks:\n    from: ranked\n    write: append\n"
RANKS = f"{HEAD}    schema: {{order_id: string, rank: int}}\n"


@pytest.mark.parametrize(
    ("schema", "columns", "says"),
    [
        ("a: int, b: date, c: string, d: double, e: int", "a, b, c, d, e", "clustered by 4 columns at most"),
        ("a: boolean", "a", "'a' is boolean, which a table cannot be clustered by"),
        ("a: binary", "a", "'a' is binary"),
        ("a: \"array<int>\"", "a", "'a' is array<int>"),
        (WIDE, "c32", "'c32' is column 33 of the table, fields counted, and Delta keeps"),
        (f"s: \"struct<{WIDE}>\", z: int", "z", "'z' is column 41 of the table"),
    ],
)  # fmt: skip
def test_what_delta_does_not_cluster_by(find: Any, schema: str, columns: str, says: str) -> None:
    (one,) = find(("product", RANKS, f"{HEAD}    clusterBy: [{columns}]\n    schema: {{{schema}}}\n"))
    assert says in one.message


@pytest.mark.parametrize(
    ("schema", "columns"),
    [
        ("a: int, b: date, c: string, d: \"decimal(5,2)\"", "a, b, c, d"),
        (WIDE, "c31"),
        ("s: \"struct<a: int>\"", "s.a"),
    ],
)  # fmt: skip
def test_what_delta_clusters_by(find: Any, schema: str, columns: str) -> None:
    assert find(("product", RANKS, f"{HEAD}    clusterBy: [{columns}]\n    schema: {{{schema}}}\n")) == []


def test_statistics_of_more_columns_can_be_asked_for(find: Any) -> None:
    properties = "properties: {delta.dataSkippingNumIndexedCols: 40}"
    new = f"{HEAD}    clusterBy: c39\n    {properties}\n    schema: {{{WIDE}}}\n"
    assert find(("product", RANKS, new)) == []
