"""Steps that deduplicate before a merge or a history, which settle by keys and sequence themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.plan.settled import has_keys, has_order, step_above

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.outputs import History, Merge


def check_settled(review: Review, name: str, port: Merge) -> None:
    """Report a deduplicate step that asks for other rows than the merge keeps.

    The merge sees all rows (see lakemesh.plan.settled) and keeps those with the highest sequence of its keys.
    """
    found = step_above(review.product.spec.transformations, port)
    if found is None:
        return
    step, said = found
    at = ("transformations", step)
    if not port.sequence_by:
        message = (
            f"step '{step}' deduplicates within a batch, and '{name}' is merged without sequenceBy: what"
            " stays would depend on how records are cut into batches. Say sequenceBy, or leave the step out"
        )
        review.say(at, message, "flow", key=True)
        return
    told = f"'{name}' is merged by {', '.join(port.keys)}, the highest {', '.join(port.sequence_by)} first"
    if not has_keys(said, port):
        message = (
            f"step '{step}' folds rows of different keys, and {told}: what stays would depend on how records"
            " are cut into batches. Give the step the keys of the merge, or leave it out"
        )
        review.say((*at, "keys"), message, "flow")
    elif not has_order(said, port):
        order = ", ".join(f"{column} desc" for column in port.sequence_by)
        message = (
            f"step '{step}' may keep another row than the merge, and {told}: what stays would depend on how"
            f" records are cut into batches. Write orderBy: [{order}], or leave the step out"
        )
        review.say((*at, "orderBy") if said.order_by else at, message, "flow", key=not said.order_by)


def check_versions(review: Review, name: str, port: History) -> None:
    """Report a deduplicate step that folds versions of which a history makes one each."""
    found = step_above(review.product.spec.transformations, port)
    if found is None:
        return
    step, said = found
    versions = frozenset(map(str.lower, (*port.keys, *port.sequence_by)))
    if not versions <= frozenset(map(str.lower, said.keys)):
        message = (
            f"step '{step}' folds rows of a batch of which the history '{name}' makes a version each: what it"
            " shows would depend on how records are cut into batches. Leave the step out"
        )
        review.say(("transformations", step, "keys"), message, "flow")
