"""Steps that deduplicate before an output that settles equal keys itself, by keys and sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.names import COMMIT_VERSION
from lakemesh.plan.settled import Fold, folds, has_keys, has_order, is_known, settles

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.outputs import History, Merge, Overwrite

_SOURCE = "_source"
_CUT = "what stays would depend on how records are cut into batches"


def check_settled(review: Review, name: str, port: Merge) -> None:
    """Report deduplicate steps that may keep other rows than the merge does.

    The merge sees all rows (see lakemesh.plan.settled) and keeps those with the highest sequence of its keys.
    """
    for fold in _strange(review, port):
        if not port.sequence_by:
            message = (
                f"step '{fold[0]}' deduplicates within a batch, and '{name}' is merged without sequenceBy:"
                f" {_CUT}. Say sequenceBy, or leave the step out"
            )
            review.say(("transformations", fold[0]), message, "flow", key=True)
        elif not is_known(port, fold):
            _say_unknown(review, fold, f"put it right before '{name}', or leave it out: the merge does it")
        else:
            _check_merged(review, name, port, fold)


def _check_merged(review: Review, name: str, port: Merge, fold: Fold) -> None:
    step, said, _ = fold
    at = ("transformations", step)
    told = f"'{name}' is merged by {', '.join(port.keys)}, the highest {', '.join(port.sequence_by)} first"
    if not has_keys(port, fold):
        message = (
            f"step '{step}' folds rows of different keys, and {told}: {_CUT}. Give the step the keys of the"
            " merge, or leave it out"
        )
        review.say((*at, "keys"), message, "flow")
    elif not has_order(port, fold):
        order = ", ".join(f"{column} desc" for column in port.sequence_by)
        message = (
            f"step '{step}' may keep another row than the merge, and {told}: {_CUT}. Write"
            f" orderBy: [{order}], or leave the step out"
        )
        review.say((*at, "orderBy") if said.order_by else at, message, "flow", key=not said.order_by)


def check_versions(review: Review, name: str, port: History) -> None:
    """Report deduplicate steps that fold versions of which a history makes one each."""
    for fold in _strange(review, port):
        if is_known(port, fold):
            message = (
                f"step '{fold[0]}' folds rows of a batch of which the history '{name}' makes a version each:"
                f" {_CUT}. Leave the step out"
            )
            review.say(("transformations", fold[0], "keys"), message, "flow")
        else:
            _say_unknown(review, fold, f"leave it out: '{name}' makes one version of equal ones")


def check_replaced(review: Review, name: str, port: Overwrite) -> None:
    """Report deduplicate steps before an output that keeps the newest version of each group."""
    for step in dict.fromkeys(fold[0] for fold in folds(review.product, port)):
        message = (
            f"step '{step}' folds records that '{name}' takes for versions of a group, before rules judge"
            f" them: {_CUT}. Leave it out: of equal copies '{name}' takes one"
        )
        review.say(("transformations", step), message, "flow", key=True)


def check_records(review: Review, name: str, port: Overwrite) -> None:
    """Report rows that do not say of which record they are: it may come twice, and would double its group."""
    if port.sequence_by != (COMMIT_VERSION,) and not review.frame(port.from_).may_have(_SOURCE):
        message = (
            f"'{port.from_}' has no {_SOURCE}, by which '{name}' tells that a record came twice, which would"
            f" double its group: select {_SOURCE} in the steps that lead to it"
        )
        review.say(("outputPorts", name, "from"), message, "flow")


def _strange(review: Review, port: Merge | History) -> list[Fold]:
    """The deduplicates that an output cannot do in their place, each once."""
    found = dict[str, Fold]()
    for fold in folds(review.product, port):
        if not settles(port, fold):
            found.setdefault(fold[0], fold)
    return list(found.values())


def _say_unknown(review: Review, fold: Fold, advice: str) -> None:
    message = (
        f"step '{fold[0]}' deduplicates within a batch, and steps behind it make keys or sequence anew:"
        f" {_CUT}; {advice}"
    )
    review.say(("transformations", fold[0]), message, "flow", key=True)
