"""What an output that recomputes groups asks of its port and of the steps behind it: rule 2 of a run.

The groups that a batch touches are made anew of another output's rows. That gives the answer of the whole
only where no step puts rows of two groups together, or a row of one group into another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.queries import parse_expression
from lakemesh.plan.recomputing import Section, batched_views, section_of
from lakemesh.plan.validate.grouping import (
    Groups,
    changed_of,
    equated_by,
    folded_by,
    renames_to,
    ungrouped_of,
    windows_of,
)
from lakemesh.plan.validate.tracing import Sources, listed
from lakemesh.spec.outputs import AnyDelta, History, Merge, Overwrite, View
from lakemesh.spec.steps import (
    Aggregate,
    Cast,
    Deduplicate,
    Derive,
    Explode,
    Join,
    Pseudonymise,
    Python,
    Rename,
    Select,
    Sql,
    Union,
    Window,
)

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.document import Path
    from lakemesh.spec.steps import AnyStep


SOURCE = "_source"


def groups_of(review: Review) -> tuple[dict[str, Groups], set[str]]:
    """The steps behind recomputed outputs with the columns of their groups; those that get whole groups."""
    found: dict[str, Groups] = {}
    for port in review.product.spec.output_ports.values():
        if not isinstance(port, View) and port.recompute:
            for step in section_of(review.product, port).steps:
                found[step] = tuple(dict.fromkeys((*found.get(step, ()), *port.recompute)))
    return found, set(found) - batched_views(review.product) if found else set()


def check_recompute(review: Review, name: str, port: AnyDelta, sources: Sources) -> None:
    """Report an output whose groups cannot be recomputed as it says."""
    at = ("outputPorts", name)
    _check_port(review, at, port)
    if not sources:
        message = (
            "only snapshots lead to this output, and they are read whole in any case: leave recompute out"
        )
        review.say((*at, "recompute"), message, "flow", key=True)
        return
    section = section_of(review.product, port)
    message = _why_no_base(review, section)
    if message:
        review.say((*at, "recompute"), message, "flow", key=True)
        return
    view, base = section.base
    kept = review.frame(view)
    for column in port.recompute:
        if not kept.may_have(column):
            message = f"the rows are those of output '{base}', which has no column '{column}'"
            review.say((*at, "recompute"), f"{message}: derive it in a step before '{base}'", "flow")
    _check_source(review, base, section)


def _check_source(review: Review, base: str, section: Section) -> None:
    """Report steps that ask where rows came from, where the output that they read does not keep it."""
    port = review.product.spec.output_ports[base]
    if _has((one.name for one in review.product.columns(port.schema_) or ()), SOURCE):
        return
    for name in section.steps:
        step = review.product.spec.transformations[name]
        if SOURCE in (review.code(name).text if isinstance(step, Sql | Python) else str(step)):
            message = (
                f"'{name}' reads {SOURCE}, and its rows are those of output '{base}', which does not keep"
            )
            at = ("transformations", name)
            review.say(at, f"{message} it: list {SOURCE} in its schema", "flow", key=True)


def _check_port(review: Review, at: Path, port: AnyDelta) -> None:
    """Report what does not go with groups that are replaced."""
    if not isinstance(port, Merge | Overwrite):
        message = (
            f"recompute replaces groups, which write: {port.write} cannot: say write: overwrite, or merge"
        )
        review.say((*at, "write"), message, "flow")
    fields = (("by", "by"), ("where", "where"), ("sequence_by", "sequenceBy"), ("delete_when", "deleteWhen"))
    for field, key in fields:
        if getattr(port, field, None):
            message = f"recompute says what is replaced, and by what: leave {key} out"
            review.say((*at, key), message, "two-ways", key=True)
    outside = [name for name in port.recompute if isinstance(port, Merge) and not _has(port.keys, name)]
    if outside:
        message = f"the keys have to tell groups apart, too: add {', '.join(outside)}"
        review.say((*at, "keys"), message, "flow")


def _why_no_base(review: Review, section: Section) -> str:
    """Why there is no one output whose rows the groups are made of; nothing where there is."""
    if section.loose:
        return (
            f"the groups are made of rows that the product keeps, and no output keeps those of"
            f" {listed(frozenset(section.loose))}: write them to one (append, merge) from a step before"
        )
    outputs = sorted(name for names in section.bases.values() for name in names)
    if len(outputs) != 1:
        what = listed(frozenset(outputs)) or "none"
        return (
            f"the groups are made of the rows of one output, and {what} lead to this one: put a step between,"
            " so that one is nearer"
        )
    if isinstance(review.product.spec.output_ports[outputs[0]], History):
        return f"'{outputs[0]}' is a history, whose rows are versions: write the rows by append or merge, too"
    return ""


def check_grouped(
    review: Review, name: str, groups: Groups, sources: Callable[[str], Sources], is_whole: bool
) -> None:
    """Report what a step behind a recomputed output makes of its groups.

    `is_whole` says that the step is only ever given whole groups, so that it may fold them.
    """
    step, at = review.product.spec.transformations[name], ("transformations", name)
    for path, message in _changes(step, groups):
        review.say((*at, *path), changed_of(message), "flow")
    if is_whole:
        for path, what, by in _folds(step, sources):
            lacking = [column for column in groups if not _has(by, column)]
            if lacking:
                review.say((*at, *path), ungrouped_of(what, lacking), "flow")
    if isinstance(step, Union) and not all(map(sources, step.from_)):
        alone = next(view for view in step.from_ if not sources(view))
        message = f"'{alone}' has rows of any group, and only some are recomputed: leave it out"
        review.say((*at, "from"), message, "flow")


def _folds(step: AnyStep, sources: Callable[[str], Sources]) -> Iterator[tuple[Path, str, Iterable[str]]]:
    """Where a step puts rows together, what does it, and the columns by which it keeps them apart."""
    match step:
        case Aggregate() if sources(step.from_):
            yield ("by",) if step.by else ("kind",), "an aggregate", step.by
        case Window() if sources(step.from_):
            yield ("partitionBy",), "a window", step.partition_by
        case Deduplicate() if sources(step.from_):
            yield ("keys",), "a deduplicate", step.keys
        case Join(from_=(left, right)) if sources(left) and sources(right):
            equal = equated_by(parse_expression(step.condition).tree) if step.condition else ()
            yield ("on" if step.on else "condition",), "a join", (*step.on, *equal)
        case Derive() | Select() if sources(step.from_):
            said = step.columns.items() if isinstance(step, Derive) else enumerate(step.columns)
            for key, text in said:
                for window in windows_of(text):
                    yield ("columns", key), "a window function", folded_by(window, None)


def _changes(step: AnyStep, groups: Groups) -> Iterator[tuple[Path, str]]:
    """Where a step gives a column of the groups another value or name, and the column."""
    match step:
        case Derive(columns=columns) | Cast(columns=columns):
            yield from ((("columns", name), name) for name in columns if _has(groups, name))
        case Rename(columns=columns):
            for old, new in columns.items():
                if _has(groups, old) or _has(groups, new):
                    yield ("columns", old), old if _has(groups, old) else new
        case Pseudonymise(columns=columns):
            yield from ((("columns",), name) for name in columns if _has(groups, name))
        case Explode():
            made = (step.as_ or step.column, step.position or "")
            yield from ((("column",), name) for name in made if _has(groups, name))
        case Select(columns=items):
            named = ((index, renames_to(item, groups)) for index, item in enumerate(items))
            yield from ((("columns", index), name) for index, name in named if name)


def _has(names: Iterable[str], name: str) -> bool:
    """Whether a name is among names, whatever its case."""
    return name.lower() in {one.lower() for one in names}
