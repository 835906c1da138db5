from __future__ import annotations

from typing import Any

LEFT = ("flat", "  o._source,\n  o._cast_errors\n", "  o._source\n")


def test_a_mark_that_a_query_leaves_behind(find: Any) -> None:
    (one,) = find(LEFT)
    assert one.code == "cast-mark-lost"
    assert "select _cast_errors in it" in one.message
    assert "'orders' and 'ranks'" in one.message


def test_a_cast_that_asks_for_null_needs_no_mark(find: Any) -> None:
    cast = (
        "product",
        '    columns: {amount: "decimal(12,2)"}\n',
        '    columns: {amount: "decimal(12,2)"}\n    onError: null\n',
    )
    assert find(LEFT, cast) == []


def test_a_mark_from_the_right_side_of_a_join(find: Any) -> None:
    steps = (
        "  odd: {kind: cast, from: customers, columns: {country: int}}\n"
        "  beside: {kind: join, from: [flat, odd], condition: left.email = right.email, how: HOW}\n  known:\n"
    )
    flat = (
        "product",
        "    from: [flat, customers]\n    condition: left",
        "    from: [beside, customers]\n    condition: left",
    )
    assert find(("product", "  known:\n", steps.replace("HOW", "semi")), flat) == []


def test_a_mark_from_the_right_side_of_a_join_that_keeps_its_rows(find: Any) -> None:
    steps = (
        "  odd: {kind: cast, from: customers, columns: {country: int}}\n"
        "  less: {kind: select, from: odd, columns: [country, customer_id as number]}\n"
        "  beside: {kind: join, from: [flat, less], condition: left.customer_id = right.number, how: left}\n"
        "  fewer: {kind: drop, from: beside, columns: [country, number]}\n  known:\n"
    )
    flat = ("product", "    from: [flat, customers]\n", "    from: [fewer, customers]\n")
    (one,) = find(("product", "  known:\n", steps), flat)
    assert (one.code, one.line) == ("cast-mark-lost", 53)
    assert "put 'odd' after the join, or on its left side" in one.message


def test_a_mark_that_is_dropped(find: Any) -> None:
    steps = "  bare: {kind: drop, from: flat, columns: [_cast_errors]}\n  known:\n"
    flat = ("product", "    from: [flat, customers]\n", "    from: [bare, customers]\n")
    found = find(("product", "  known:\n", steps), flat)
    assert {one.code for one in found} == {"cast-mark-lost"}
    assert "do not drop it" in found[0].message


def test_a_mark_that_an_aggregate_loses(find: Any) -> None:
    steps = (
        "  odd: {kind: cast, from: customers, columns: {country: int}}\n"
        "  counted: {kind: aggregate, from: odd, by: country, columns: {n: count(*)}}\n  safe:\n"
    )
    port = ("product", "  ranks:\n", "  counts: {from: counted, write: overwrite}\n  ranks:\n")
    one, stale = find(("product", "  safe:\n", steps), port)
    assert (one.code, one.line, one.column) == ("cast-mark-lost", 68, 19)
    assert stale.code == "flow"


def test_no_mark_is_asked_of_a_python_step(find: Any) -> None:
    found = find(("product", "    from: [safe, customers]", "    from: [typed, customers]"))
    assert found == []
