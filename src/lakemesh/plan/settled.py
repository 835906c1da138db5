"""Deduplicate steps that a merge or a history settles: rule 2 of what a run means.

Within a batch such a step would fold rows before rules and filters have looked at them: a row that is set
aside later would take a good one with it, or not, as the records happen to be cut into batches. The merge
keeps the row with the highest sequence of each key among those that passed, and a history one row of each
version, so the step lets all through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.graph import behind
from lakemesh.plan.passing import Names, above
from lakemesh.spec.outputs import AnyDelta, History, Merge
from lakemesh.spec.steps import Deduplicate

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow
    from lakemesh.spec.loader import Product

Fold = tuple[str, Deduplicate, Names]
"""A deduplicate step, and what keys and sequence of an output behind it are called there, where known."""


def leave_to_merges(product: Product, flow: Flow) -> Flow:
    """The flow with those deduplicates marked that merges settle; snapshots are deduplicated as they are."""
    if flow.input is None:
        return flow
    open_, kept = set[str](), set[str]()
    for land in flow.batched:
        for fold in folds(product, land.port):
            (open_ if settles(land.port, fold) else kept).add(fold[0])
    steps = tuple(
        step.model_copy(update={"settled": True, "keeps_rows": True})
        if step.name in open_ - kept and flow.input in behind(product, [step.name])
        else step
        for step in flow.steps
    )
    return flow.model_copy(update={"steps": steps})


def folds(product: Product, port: AnyDelta) -> Iterator[Fold]:
    """The deduplicates of incremental inputs that lead to an output, once for each set of names."""
    told = frozenset(map(str.lower, (*keys_of(port), *sequence_of(port))))
    waiting, seen = [(port.from_, frozenset((name, name) for name in told))], set()
    while waiting:
        view, names = waiting.pop()
        step = product.spec.transformations.get(view)
        if step is None or (view, names) in seen:
            continue
        seen.add((view, names))
        if isinstance(step, Deduplicate) and _is_fed(product, view):
            yield view, step, dict(names)
        waiting.extend((read, frozenset(kept.items())) for read, kept in above(product, view, dict(names)))


def keys_of(port: AnyDelta) -> tuple[str, ...]:
    """The columns by which an output tells rows apart."""
    return port.keys if isinstance(port, Merge | History) else ()


def sequence_of(port: AnyDelta) -> tuple[str, ...]:
    """The columns by which an output tells which of two rows is newer."""
    return port.sequence_by if isinstance(port, Merge | History) else ()


def settles(port: AnyDelta, fold: Fold) -> bool:
    """Whether an output keeps what a deduplicate would keep, however records are cut into batches."""
    if isinstance(port, History):
        return has_versions(port, fold)
    return (
        isinstance(port, Merge) and bool(port.sequence_by) and has_keys(port, fold) and has_order(port, fold)
    )


def is_known(port: AnyDelta, fold: Fold) -> bool:
    """Whether keys and sequence of an output come unchanged from what a deduplicate gives."""
    return {column.lower() for column in (*keys_of(port), *sequence_of(port))} <= set(fold[2])


def has_keys(port: AnyDelta, fold: Fold) -> bool:
    """Whether rows that a deduplicate takes for the same have the same keys in the output."""
    return _are_keys(keys_of(port), fold)


def has_versions(port: AnyDelta, fold: Fold) -> bool:
    """Whether rows that a deduplicate takes for the same are of one version in the output."""
    return _are_keys((*keys_of(port), *sequence_of(port)), fold)


def has_order(port: AnyDelta, fold: Fold) -> bool:
    """Whether no row goes that has a higher sequence than the one of its keys that stays."""
    _, step, names = fold
    order = [text.lower().split() for text in step.order_by]
    sequence = [names.get(column.lower()) for column in sequence_of(port)]
    open_ = [column for column in sequence if column not in set(map(str.lower, step.keys))]
    first = [words[0].strip("`") if words[1:2] == ["desc"] else "" for words in order[: len(open_)]]
    return first == open_


def _are_keys(columns: tuple[str, ...], fold: Fold) -> bool:
    _, step, names = fold
    return {names.get(column.lower()) for column in columns} <= set(map(str.lower, step.keys))


def _is_fed(product: Product, view: str) -> bool:
    """Whether batches of an incremental input lead to a view."""
    inputs = product.spec.input_ports
    return any(name in inputs and inputs[name].incremental for name in behind(product, [view]))
