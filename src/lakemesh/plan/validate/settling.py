"""Steps that deduplicate before an output that settles equal keys itself, by keys and sequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.graph import behind
from lakemesh.plan.settled import has_keys, has_order, has_versions, step_above
from lakemesh.spec.steps import Deduplicate

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.outputs import History, Merge, Overwrite

_CUT = "what stays would depend on how records are cut into batches"


def check_settled(review: Review, name: str, port: Merge) -> None:
    """Report deduplicate steps that may keep other rows than the merge does.

    The merge sees all rows (see lakemesh.plan.settled) and keeps those with the highest sequence of its keys.
    """
    found = step_above(review.product.spec.transformations, port)
    if found is not None:
        _check_merged(review, name, port, *found)
    advice = f"Put it right before '{name}', or leave it out: the merge keeps one row of its keys"
    _check_others(review, port, found, advice)


def _check_merged(review: Review, name: str, port: Merge, step: str, said: Deduplicate) -> None:
    at = ("transformations", step)
    if not port.sequence_by:
        message = (
            f"step '{step}' deduplicates within a batch, and '{name}' is merged without sequenceBy: {_CUT}."
            " Say sequenceBy, or leave the step out"
        )
        review.say(at, message, "flow", key=True)
        return
    told = f"'{name}' is merged by {', '.join(port.keys)}, the highest {', '.join(port.sequence_by)} first"
    if not has_keys(said, port):
        message = (
            f"step '{step}' folds rows of different keys, and {told}: {_CUT}. Give the step the keys of the"
            " merge, or leave it out"
        )
        review.say((*at, "keys"), message, "flow")
    elif not has_order(said, port):
        order = ", ".join(f"{column} desc" for column in port.sequence_by)
        message = (
            f"step '{step}' may keep another row than the merge, and {told}: {_CUT}. Write"
            f" orderBy: [{order}], or leave the step out"
        )
        review.say((*at, "orderBy") if said.order_by else at, message, "flow", key=not said.order_by)


def check_versions(review: Review, name: str, port: History) -> None:
    """Report deduplicate steps that fold versions of which a history makes one each."""
    found = step_above(review.product.spec.transformations, port)
    if found is not None and not has_versions(found[1], port):
        message = (
            f"step '{found[0]}' folds rows of a batch of which the history '{name}' makes a version each:"
            f" {_CUT}. Leave the step out"
        )
        review.say(("transformations", found[0], "keys"), message, "flow")
    _check_others(review, port, found, f"Leave it out: '{name}' makes one version of equals")


def check_replaced(review: Review, name: str, port: Overwrite) -> None:
    """Report deduplicate steps that fold versions of a group, of which the output keeps the newest."""
    for step, said in _folding(review, port.from_):
        if not has_versions(said, port):
            columns = ", ".join((*port.by, *port.sequence_by))
            message = (
                f"step '{step}' folds rows of a batch that '{name}' takes for versions of a group: {_CUT}."
                f" Give it keys that hold {columns}, or leave it out"
            )
            review.say(("transformations", step, "keys"), message, "flow")


def _check_others(
    review: Review, port: Merge | History, found: tuple[str, Deduplicate] | None, advice: str
) -> None:
    """Report those deduplicates before an output which it cannot do in their place."""
    for step, _ in _folding(review, port.from_):
        if found is None or step != found[0]:
            message = f"step '{step}' deduplicates within a batch, and other steps follow: {_CUT}. {advice}"
            review.say(("transformations", step), message, "flow", key=True)


def _folding(review: Review, view: str) -> Iterator[tuple[str, Deduplicate]]:
    """The deduplicate steps of a flow that lead to a view."""
    spec, waiting, seen = review.product.spec, [view], set[str]()
    while waiting:
        at = waiting.pop()
        if at in seen or at not in spec.transformations:
            continue
        seen.add(at)
        waiting.extend(review.reads(at))
        step = spec.transformations[at]
        if isinstance(step, Deduplicate) and _is_fed(review, step.from_):
            yield at, step


def _is_fed(review: Review, view: str) -> bool:
    """Whether batches of an incremental input lead to a view."""
    inputs = review.product.spec.input_ports
    return any(name in inputs and inputs[name].incremental for name in behind(review.product, [view]))
