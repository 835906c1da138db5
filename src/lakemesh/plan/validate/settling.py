"""Steps that deduplicate before a merge: they have to keep the rows that the merge would keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.spec.steps import Cast, Deduplicate, Derive, Drop, Filter

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.outputs import Merge


def check_settled(review: Review, name: str, port: Merge) -> None:
    """Report a deduplicate step whose choice depends on how records are cut into batches.

    Within a batch it keeps a row of each of its keys, and the merge keeps one of each of its own: the row
    with the highest sequence has to outlive both.
    """
    found = _above(review, port)
    if found is None or not port.sequence_by:
        return
    step, said = found
    at = ("transformations", step)
    keys, ours = (frozenset(map(str.lower, words)) for words in (said.keys, port.keys))
    told = f"'{name}' is merged by {', '.join(port.keys)}, the highest {', '.join(port.sequence_by)} first"
    if not ours <= keys:
        message = (
            f"step '{step}' folds rows of different keys, and {told}: what stays would depend on how records"
            " are cut into batches. Give the step the keys of the merge, or leave it out"
        )
        review.say((*at, "keys"), message, "flow")
    elif not _keeps_highest(said, keys, tuple(map(str.lower, port.sequence_by))):
        order = ", ".join(f"{column} desc" for column in port.sequence_by)
        message = (
            f"step '{step}' may keep another row than the merge, and {told}: what stays would depend on how"
            f" records are cut into batches. Write orderBy: [{order}], or leave the step out"
        )
        review.say((*at, "orderBy") if said.order_by else at, message, "flow", key=not said.order_by)


def _above(review: Review, port: Merge) -> tuple[str, Deduplicate] | None:
    """The deduplicate step that an output is written from, behind steps that leave its keys alone."""
    steps = review.product.spec.transformations
    told = frozenset(map(str.lower, (*port.keys, *port.sequence_by)))
    view = port.from_
    for _ in steps:
        match steps.get(view):
            case Deduplicate() as step:
                return view, step
            case Derive(columns=columns, from_=above) | Cast(columns=columns, from_=above):
                if told & frozenset(map(str.lower, columns)):
                    return None
                view = above
            case Filter(from_=above) | Drop(from_=above):
                view = above
            case _:
                return None
    return None


def _keeps_highest(step: Deduplicate, keys: frozenset[str], sequence: tuple[str, ...]) -> bool:
    """Whether no row goes that has a higher sequence than the one of its keys that stays."""
    order = [text.lower().split() for text in step.order_by]
    behind = [column for column in sequence if column not in keys]
    first = [words[0].strip("`") if words[1:2] == ["desc"] else "" for words in order[: len(behind)]]
    return first == behind
