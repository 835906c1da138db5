"""A deduplicate in a flow keeps the rows that its output would keep, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

STEP = "  safe:\n    kind: pseudonymise\n"
PORT = "    from: articles\n    write: append\n"
MERGED = "    from: late\n    write: merge\n    keys: [order_id, place]\n    sequenceBy: [updated_at]\n"
FOLDS, MAY_KEEP = (
    "step 'once' folds rows of different keys",
    "step 'once' may keep another row than the merge",
)


def steps(said: str, between: str = "kind: filter, where: place >= 0") -> str:
    once = f"  once: {{kind: deduplicate, from: articles, {said}}}\n"
    return f"{once}  late: {{from: once, {between}}}\n{STEP}"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("keys: [order_id, place], orderBy: [updated_at desc]", None),
        ("keys: [Place, ORDER_ID], orderBy: ['`updated_at` DESC', sku]", None),
        ("keys: [order_id, place, sku], orderBy: [updated_at desc]", None),
        ("keys: [order_id, place, updated_at]", None),
        ("keys: [order_id], orderBy: [updated_at desc]", FOLDS),
        ("keys: [order_id, sku], orderBy: [updated_at desc]", FOLDS),
        ("keys: [order_id, place], orderBy: [updated_at]", MAY_KEEP),
        ("keys: [order_id, place], orderBy: [sku, updated_at desc]", MAY_KEEP),
        ("keys: [order_id, place, sku]", MAY_KEEP),
    ],
)
def test_what_stays_does_not_depend_on_the_cut(find: Any, said: str, says: str | None) -> None:
    found = find(("product", STEP, steps(said)), ("product", PORT, MERGED))
    assert [(one.message.partition(",")[0], one.code) for one in found] == ([(says, "flow")] if says else [])


MADE = "and steps behind it make keys or sequence anew"


@pytest.mark.parametrize(
    "between",
    [
        "kind: derive, columns: {place: place + 1}",
        "kind: select, columns: [order_id, place + 1 as place, sku, updated_at, _source]",
        "sql: 'select order_id, place + 1 as place, sku, updated_at from once'",
        "sql: 'with a as (select * from once) select order_id, place, sku, updated_at from a'",
    ],
)
@pytest.mark.parametrize(
    ("port", "advice"),
    [
        (MERGED, "put it right before 'articles', or leave it out"),
        (MERGED.replace("merge", "history"), "leave it out"),
    ],
)
def test_a_step_that_makes_keys_anew_would_let_the_cut_decide(
    find: Any, between: str, port: str, advice: str
) -> None:
    said = steps("keys: [order_id, place, updated_at]", between).replace("from: once, sql", "sql")
    (of,) = [one for one in find(("product", STEP, said), ("product", PORT, port)) if MADE in one.message]
    assert (advice in of.message, of.code, of.line) == (True, "flow", 67)


@pytest.mark.parametrize(
    "between",
    [
        "kind: rename, columns: {sku: other}",
        "kind: select, columns: [order_id, place, sku, updated_at, _source]",
        "sql: 'select once.*, 1 as one from once'",
        "sql: 'select o.order_id, o.place, o.sku, o.updated_at from once o where o.place > 0'",
        "python: 'def late(once): return once', from: once",
        "kind: deduplicate, keys: [order_id, place], orderBy: [updated_at desc]",
        "kind: union, from: [once, articles]",
    ],
)
def test_a_step_that_leaves_keys_and_sequence_alone_does_not(find: Any, between: str) -> None:
    said = steps("keys: [order_id, place], orderBy: [updated_at desc]", between)
    for word in ("sql", "python", "kind: union"):
        said = said.replace(f"from: once, {word}", word)
    found = find(("product", STEP, said), ("product", PORT, MERGED))
    assert [one for one in found if one.code == "flow"] == []


def test_another_column_under_the_name_of_a_key_is_followed(find: Any) -> None:
    said = steps(
        "keys: [order_id, place], orderBy: [updated_at desc]",
        "kind: rename, columns: {place: row, sku: place}",
    )
    found = find(("product", STEP, said), ("product", PORT, MERGED))
    assert [one.message.partition(",")[0] for one in found if one.code == "flow"] == [FOLDS]


def test_a_snapshot_is_deduplicated_wherever_it_stands(find: Any) -> None:
    one = "  one: {kind: deduplicate, from: customers, keys: [customer_id]}\n"
    late = "  late: {kind: join, from: [articles, one], condition: left.sku = right.email, how: semi}\n"
    assert find(("product", STEP, one + late + STEP), ("product", PORT, MERGED)) == []


GROUPED = "    from: late\n    write: overwrite\n    by: [order_id]\n    sequenceBy: [updated_at]\n"


def test_groups_are_replaced_by_whole_records(find: Any) -> None:
    said = steps("keys: [order_id, updated_at, sku, place]")
    found = find(("product", STEP, said), ("product", PORT, GROUPED))
    assert [one.message.partition(":")[0] for one in found] == [
        "step 'once' folds records that 'articles' takes for versions of a group, before rules judge them",
        "'late' has no _source, by which 'articles' tells that a record came twice, which would double its"
        " group",
    ]


def test_rows_of_groups_that_say_their_record(find: Any) -> None:
    late = "  late: {sql: 'select distinct order_id, updated_at, place, line.sku, _source from lines'}\n"
    schema = "    schema: {order_id: string, place: int, sku: string, updated_at: timestamp}\n"
    assert find(("product", STEP, late + STEP), ("product", PORT + schema, GROUPED + schema)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    sequenceBy: [updated_at]\n", "", "step 'once' deduplicates within a batch"),
        ("merge", "history", "step 'once' folds rows of a batch"),
    ],
)
def test_a_merge_without_a_sequence_and_a_history_settle_nothing(
    find: Any, old: str, new: str, says: str
) -> None:
    said = steps("keys: [order_id, place], orderBy: [updated_at desc]")
    (one,) = find(("product", STEP, said), ("product", PORT, MERGED.replace(old, new)))
    assert (one.message.startswith(says), one.code) == (True, "flow")
