"""What an output that recomputes groups may ask of the steps behind it, and what its port may say."""

from __future__ import annotations

from typing import Any

import pytest

STEPS = "  articles:\n    sql: |"
PORTS = "  ranks:\n    from: ranked"
DAILY = "  daily: {{from: {view}, write: overwrite, recompute: [sku]{more}}}\n"


def found(find: Any, step: str, view: str = "extra", more: str = "") -> list[str]:
    """The messages about a product with one more step and an output by it that recomputes by sku."""
    changes = [("product", PORTS, DAILY.format(view=view, more=more) + PORTS)]
    skus = "{sql: 'select customer_id as sku from customers'}"
    changes += [("product", STEPS, f"  known_skus: {skus}\n  extra: {step}\n{STEPS}")] if step else []
    return [one.message for one in find(*changes)]


@pytest.mark.parametrize(
    "step",
    [
        "{kind: aggregate, from: articles, by: [sku, place], columns: {n: count(*)}}",
        "{kind: window, from: articles, partitionBy: [SKU], columns: {n: count(*)}}",
        "{kind: deduplicate, from: articles, keys: [sku, place]}",
        "{kind: derive, from: articles, columns: {n: count(*) over (partition by sku)}}",
        "{sql: 'select sku, count(*) as n from articles group by sku'}",
        "{sql: 'select count(*) as n, a.sku from articles a group by 2'}",
        "{sql: 'select sku, place, count(*) as n from articles group by all'}",
        "{sql: 'select a.sku, m.n from articles a join (select sku, max(place) n from articles group by sku)"
        " m on a.sku = m.sku'}",
        "{sql: 'select sku, rank() over (partition by sku order by place) as r from articles'}",
        "{sql: 'select a.sku, c.country, count(*) n from articles a join customers c"
        " on c.customer_id = a.order_id group by a.sku, c.country'}",
    ],
)
def test_what_keeps_groups_apart(find: Any, step: str) -> None:
    assert found(find, step) == []


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (
            "{kind: aggregate, from: articles, by: [place], columns: {sku: max(sku)}}",
            "an aggregate here puts",
        ),
        (
            "{kind: window, from: articles, partitionBy: [place], columns: {n: count(*)}}",
            "a window here puts",
        ),
        ("{kind: deduplicate, from: articles, keys: [order_id]}", "a deduplicate here puts"),
        ("{kind: select, from: articles, columns: [upper(sku) as sku]}", "'sku' tells apart the groups"),
        ("{kind: derive, from: articles, columns: {sku: upper(sku)}}", "'sku' tells apart the groups"),
        (
            "{kind: derive, from: articles, columns: {n: count(*) over (order by sku)}}",
            "a window function here",
        ),
        (
            "{kind: rename, from: articles, columns: {sku: was, order_id: SKU}}",
            "'sku' tells apart the groups",
        ),
        ("{kind: cast, from: articles, columns: {sku: string}}", "'sku' tells apart the groups"),
        (
            "{kind: pseudonymise, from: articles, columns: [sku], salt: {secret: shop/salt}}",
            "'sku' tells apart",
        ),
        ("{sql: 'select max(sku) as sku from articles'}", "an aggregate here puts"),
        ("{sql: 'select sku, count(*) n from articles group by rollup (sku)'}", "an aggregate here puts"),
        (
            "{sql: 'select sku, rank() over (order by place) as r from articles'}",
            "a window function here puts",
        ),
        ("{sql: 'select lower(sku) as sku from articles'}", "'sku' tells apart the groups"),
        ("{sql: 'select a.sku from articles a join articles b on a.place = b.place'}", "a join here puts"),
        (
            "{sql: 'select sku from articles where place in (select place from articles)'}",
            "a subquery here puts",
        ),
        ("{sql: 'select sku from articles limit 3'}", "takes a part of each batch"),
        ("{kind: join, from: [articles, articles], on: [place]}", "a join here puts"),
        ("{kind: derive, from: articles, columns: {p: _source.path}}", "'extra' reads _source, and its rows"),
        ("{kind: union, from: [articles, known_skus]}", "'known_skus' has rows of any group"),
    ],
)
def test_what_puts_groups_together(find: Any, step: str, says: str) -> None:
    messages = found(find, step)
    assert any(says in one for one in messages), messages


def test_what_batches_go_through_too_may_not_fold_them(find: Any) -> None:
    step = "{kind: aggregate, from: articles, by: [sku], columns: {n: count(*)}}"
    both = "  twice: {from: extra, write: merge, keys: [sku]}\n"
    changes = [("product", PORTS, DAILY.format(view="extra", more="") + both + PORTS)]
    (one,) = find(*changes, ("product", STEPS, f"  extra: {step}\n{STEPS}"))
    assert "sees one batch only" in one.message
    assert "let the output say recompute" in one.message


@pytest.mark.parametrize(
    ("view", "port", "says"),
    [
        ("articles", "write: append, recompute: [sku]", "which write: append cannot"),
        ("articles", "write: overwrite, by: [sku], recompute: [sku]", "leave by out"),
        ("articles", "write: merge, keys: [order_id], recompute: [sku]", "add sku"),
        ("lines", "write: overwrite, recompute: [order_id]", "no output keeps those of 'exports'"),
        ("customers", "write: overwrite, recompute: [country]", "only snapshots lead to this output"),
        ("both", "write: overwrite, recompute: [order_id]", "'articles' and 'orders' lead to this one"),
        ("derived", "write: overwrite, recompute: [day]", "has no column 'day': derive it in a step before"),
    ],
)
def test_what_a_port_asks_for(find: Any, view: str, port: str, says: str) -> None:
    steps = (
        "  both: {kind: join, from: [articles, safe], on: [order_id]}\n"
        "  derived: {kind: derive, from: articles, columns: {day: to_date(updated_at)}}\n"
    )
    messages = [
        one.message
        for one in find(
            ("product", PORTS, f"  daily: {{from: {view}, {port}}}\n{PORTS}"),
            ("product", STEPS, steps + STEPS),
        )
    ]
    assert any(says in one for one in messages), messages
