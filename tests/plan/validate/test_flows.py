"""What a flow allows and refuses; the places of the refusals are in wrong.yml."""

from __future__ import annotations

from typing import Any

import pytest

STEP = "  parsed: {kind"


def codes(find: Any, step: str) -> list[str]:
    return [one.code for one in find(("product", STEP, f"  extra: {step}\n{STEP}"))]


@pytest.mark.parametrize(
    "step",
    [
        "{kind: join, from: [events, customers], condition: left.order_id = right.customer_id, how: semi}",
        "{kind: union, from: [events, exports]}",
        "{kind: aggregate, from: customers, by: country, columns: {n: count(*)}}",
        "{kind: deduplicate, from: events, keys: order_id}",
        "{sql: 'select order_id from events union all select order_id from exports'}",
        "{sql: 'select e.order_id from events e join customers c on c.customer_id = e.order_id'}",
        "{sql: 'select order_id from events where order_id in (select max(customer_id) from customers)'}",
        "{sql: 'select country, count(*) as n from customers group by country'}",
        "{sql: 'select order_id, aggregate(lines, 0, (a, x) -> a + 1) as n, size(lines) as s from events'}",
        "{sql: 'select distinct order_id from events'}",
        "{kind: derive, from: customers, columns: {n: row_number() over (order by email)}}",
    ],
)
def test_what_a_flow_allows(find: Any, step: str) -> None:
    assert codes(find, step) == []


@pytest.mark.parametrize(
    "step",
    [
        "{kind: join, from: [events, exports], condition: left.order_id = right.order_id, how: semi}",
        "{kind: join, from: [typed, parsed], condition: left.order_id = right.order_id, how: semi}",
        "{kind: join, from: [typed, parsed], condition: left.order_id = right.order_id, how: anti}",
        "{kind: join, from: [events, parsed], condition: left.order_id = right.order_id, how: semi}",
        "{kind: aggregate, from: typed, by: order_id, columns: {n: count(*)}}",
        "{kind: derive, from: events, columns: {n: row_number() over (order by amount)}}",
        "{kind: select, from: events, columns: [order_id, 'sum(1) over () as n']}",
        "{sql: 'select e.order_id from events e, exports x'}",
        "{sql: 'select order_id from events where order_id in (select order_id from exports)'}",
        "{sql: 'select order_id from events e where exists (select 1 from exports x where x.amount = 1)'}",
        "{sql: 'select order_id from events intersect select order_id from exports'}",
        "{sql: 'with a as (select * from events) select a.order_id from a join exports x on true'}",
        "{sql: 'select count(*) as n from events'}",
        "{sql: 'with a as (select order_id, count(*) as n from events group by order_id) select * from a'}",
        "{sql: 'select order_id, rank() over (order by amount) as r from events'}",
    ],
)
def test_what_a_flow_refuses(find: Any, step: str) -> None:
    assert codes(find, step) == ["flow"]


def test_the_ways_out_are_named(find: Any) -> None:
    (one,) = find(("daily", "write: overwrite", "write: append"))
    assert "Use write: overwrite or merge, or read an input incrementally (read: appends)" in one.message


def test_deduplicate_before_merge_and_before_append(find: Any) -> None:
    step = "  firsts: {kind: deduplicate, from: typed, keys: order_id}\n"
    found = find(("product", "  flat: {sql", f"{step}  flat: {{sql"), ("flat", "from typed", "from firsts"))
    assert [one.message.partition(":")[0] for one in found] == [
        "step 'firsts' deduplicates within a batch, and steps behind it make keys or sequence anew",
        "'ranks' appends what the step 'firsts' deduplicates within a batch only",
    ]
    merged = "    from: ranked\n    write: merge\n    keys: order_id"
    found = find(("product", "    from: ranked\n    write: append", merged))
    assert {one.message.partition(":")[0] for one in found} == {
        "step 'firsts' deduplicates within a batch, and steps behind it make keys or sequence anew",
        "step 'firsts' deduplicates within a batch, and 'ranks' is merged without sequenceBy",
    }


def test_distinct_before_append(find: Any) -> None:
    found = find(("product", "      select order_id, place", "      select distinct order_id, place"))
    assert [(one.code, one.line) for one in found] == [("flow", 103)]


def test_what_leads_to_an_output_must_be_known_before_it_is_judged(find: Any) -> None:
    found = find(("flat", "from typed", "frm typed"))
    assert [one.code for one in found] == ["sql"]
