"""Which deduplicates are left to the merges behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lakemesh.plan.stages import Plan

SPEC = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, seq: bigint, v: string}}
  kinds: {kind: product, product: shop.kinds, port: kinds}
transformations:
  once: {kind: deduplicate, from: in, keys: id, orderBy: seq desc}
  kind: {kind: deduplicate, from: kinds, keys: v}
  some: {kind: filter, from: once, where: v <> 'x'}
  both: {kind: join, from: [in, kind], on: [v], how: left}
outputPorts:
  out: {from: some, write: merge, keys: id, sequenceBy: seq}
  more: {from: both, write: merge, keys: id, sequenceBy: seq}
"""
KINDS = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {v: string}}
outputPorts:
  kinds: {from: in, write: append}
"""
SOME, OUT = "{kind: filter, from: once, where: v <> 'x'}", "out: {from: some, write: merge"
Settled = Callable[[str, str], set[str]]


@pytest.fixture
def settled(compiled: Callable[..., Plan]) -> Settled:
    """The steps that are left to merges after a text of the spec was replaced."""
    compiled(KINDS, "kinds")

    def settled_(old: str, new: str) -> set[str]:
        assert SPEC.count(old) == 1
        plan = compiled(SPEC.replace(old, new))
        assert all(step.keeps_rows for flow in plan.flows for step in flow.steps if step.settled)
        return {step.name for flow in plan.flows for step in flow.steps if step.settled}

    return settled_


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("keys: v}", "keys: v}", {"once"}),
        (
            "out: {from: some, write: merge, keys: id, sequenceBy: seq}",
            "out: {from: some, write: merge, keys: id}",
            set(),
        ),
        (
            "out: {from: some, write: merge",
            "out: {from: some, write: overwrite, by: id}\n  o: {from: in, write: merge",
            set(),
        ),
        ("from: [in, kind]", "from: [some, kind]", {"once"}),
        ("orderBy: seq desc", "orderBy: seq", set()),
        ("keys: id, orderBy", "keys: v, orderBy", set()),
        (
            "{kind: filter, from: once, where: v <> 'x'}",
            "{kind: select, from: once, columns: [id, seq, v]}",
            {"once"},
        ),
        (
            "{kind: filter, from: once, where: v <> 'x'}",
            "{kind: select, from: once, columns: [id + 1 as id, seq, v]}",
            set(),
        ),
        (SOME, "{sql: select * from once}", {"once"}),
        (
            "{kind: filter, from: once, where: v <> 'x'}",
            "{python: 'def some(f): return f', from: once}",
            {"once"},
        ),
    ],
)
def test_what_merges_with_a_sequence_settle(settled: Settled, old: str, new: str, found: set[str]) -> None:
    assert settled(old, new) == found


@pytest.mark.parametrize(("keys", "found"), [("[id, seq]", {"once"}), ("id", set())])
def test_what_a_history_settles(settled: Settled, keys: str, found: set[str]) -> None:
    start, end = "keys: id, orderBy: seq desc}", "write: merge, keys: id, sequenceBy: seq}\n  more"
    between = SPEC[SPEC.index(start) + len(start) : SPEC.index(end)]
    made = f"keys: {keys}}}{between}write: history, keys: id, sequenceBy: seq}}\n  more"
    assert settled(f"{start}{between}{end}", made) == found
