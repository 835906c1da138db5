"""Which rules are a gate, which frames are kept for it, which steps have no rows in a flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lakemesh.plan.stages import Plan

ONE = """
inputPorts:
  a: {kind: blob, path: a, schema: {id: bigint, seq: bigint, v: string}}
"""
TWO = f"{ONE}  b: {{kind: blob, path: b, schema: {{id: bigint, seq: bigint, v: string}}}}\n"


def output(view: str, rules: str = "[]", name: str = "out") -> str:
    said = f"kind: delta, from: {view}, write: merge, keys: [id], sequenceBy: [seq], quality: {rules}"
    return f"  {name}: {{{said}}}\n"


def rule(kind: str, arguments: str, on_failure: str) -> str:
    return f"[{{{kind}: {arguments}, onFailure: {on_failure}}}]"


NOT_NULL, MOST = "expect_column_values_to_not_be_null", "{column: v, mostly: 0.9}"
COUNT, UNIQUE = "expect_table_row_count_to_be_between", "expect_column_values_to_be_unique"
GATES = [
    (rule(NOT_NULL, "{column: v}", "warn"), False, False),
    (rule(NOT_NULL, "{column: v}", "fail"), False, False),
    (rule(NOT_NULL, MOST, "fail"), True, True),
    (rule(NOT_NULL, MOST, "quarantine"), False, False),
    (rule(COUNT, "{min_value: 1}", "warn"), False, False),
    (rule(COUNT, "{min_value: 1}", "fail"), True, True),
    (rule(UNIQUE, "{column: id}", "warn"), False, True),
    (rule(UNIQUE, "{column: id}", "fail"), True, True),
]


@pytest.mark.parametrize(("rules", "gated", "staged"), GATES)
def test_rules_that_need_the_whole_batch(
    compiled: Callable[..., Plan], rules: str, gated: bool, staged: bool
) -> None:
    (flow,) = compiled(f"{ONE}outputPorts:\n{output('a', rules)}").flows
    assert (flow.gated, flow.outputs[0].staged) == (gated, staged)


def test_where_one_output_is_staged_all_are(compiled: Callable[..., Plan]) -> None:
    unique = rule(UNIQUE, "{column: id}", "warn")
    (flow,) = compiled(f"{ONE}outputPorts:\n{output('a', unique)}{output('a', name='more')}").flows
    assert [land.staged for land in flow.outputs] == [True, True]


def test_a_cast_that_may_fail_is_decided_by_the_row(compiled: Callable[..., Plan]) -> None:
    cast = "transformations:\n  t: {kind: cast, from: a, columns: {v: int}, onError: fail}\n"
    (flow,) = compiled(f"{ONE}{cast}outputPorts:\n{output('t')}").flows
    assert not flow.gated
    (flow,) = compiled(f"{ONE}{cast}outputPorts:\n{output('t')}{output('t', name='more')}").flows
    assert flow.gated


def test_what_two_read_is_kept(compiled: Callable[..., Plan]) -> None:
    steps = """
transformations:
  x: {kind: derive, from: a, columns: {w: upper(v)}}
  y: {kind: derive, from: x, columns: {z: w}}
"""
    (flow,) = compiled(f"{ONE}{steps}outputPorts:\n{output('x')}{output('y', name='more')}").flows
    assert not flow.read("a").staged
    assert {step.name: step.staged for step in flow.steps} == {"x": True, "y": False}
    (flow,) = compiled(f"{ONE}outputPorts:\n{output('a')}{output('a', name='more')}").flows
    assert flow.read("a").staged


def test_python_and_chance_are_kept(compiled: Callable[..., Plan]) -> None:
    steps = """
transformations:
  x: {kind: derive, from: a, columns: {w: uuid()}}
  y: {sql: "select *, rand() as r from x"}
  z: {sql: "select *, 'rand()' as said from y"}
  p: {python: "code.py:more", from: z}
"""
    code = "def more(frame):\n    return frame\n"
    (flow,) = compiled(f"{ONE}{steps}outputPorts:\n{output('p')}", **{"code.py": code}).flows
    assert {step.name: step.staged for step in flow.steps} == dict.fromkeys("xyzp", True)
    assert [step.name for step in flow.steps if step.takes_whole] == ["p"]


REORDERING = {
    "select * from a order by id": True,
    "select * from (select * from a limit 3)": True,
    "with t as (select * from a order by v) select * from t": True,
    "select * from a offset 2": True,
    "select *, row_number() over (partition by id order by seq) as n from a": False,
    "select id, array_sort(collect_list(v)) as v, 'order by' as said from a group by id": False,
}


@pytest.mark.parametrize("query", REORDERING)
def test_what_a_sort_or_a_limit_reads_is_computed_whole(compiled: Callable[..., Plan], query: str) -> None:
    steps = f'transformations:\n  x: {{sql: "{query}"}}\n'
    (flow,) = compiled(f"{ONE}{steps}outputPorts:\n{output('x')}").flows
    assert flow.read("a").staged == REORDERING[query]


def test_steps_without_rows_in_a_flow(compiled: Callable[..., Plan]) -> None:
    steps = """
transformations:
  fa: {kind: filter, from: a, where: id > 0}
  fb: {sql: "select * from b where id > 0"}
  both: {kind: union, from: [fa, fb]}
"""
    first, second = compiled(f"{TWO}{steps}outputPorts:\n{output('both')}").flows
    assert (first.name, first.input, second.name) == ("a", "a", "b")
    assert {step.name for step in first.steps if step.empty} == {"fb"}
    assert {step.name for step in second.steps if step.empty} == {"fa"}
    assert [read.mode for read in first.reads] == ["batch", "empty"]
