"""What each way of writing asks of what is written: rules 1, 2, 10, 11 and 12 of what a run means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from lakemesh.names import CHANGES, COMMIT_VERSION
from lakemesh.plan.validate.origins import check_origins
from lakemesh.plan.validate.settling import check_records, check_replaced, check_settled, check_versions
from lakemesh.plan.validate.tracing import Sources, listed
from lakemesh.spec.inputs import ProductInput
from lakemesh.spec.outputs import AnyDelta, Append, History, Merge, Overwrite

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review


@dataclass(frozen=True)
class Origin:
    """Where the rows of an output come from."""

    sources: Sources
    """The incremental inputs."""
    deduplicated: str | None = None
    """The step that folds equal rows of a batch."""
    repeated: str | None = None
    """The step that gives rows of a snapshot beside those of a batch."""


def check_mode(review: Review, name: str, port: AnyDelta, origin: Origin) -> None:
    """Report what an output's way of writing cannot make of its rows."""
    sources = origin.sources
    match port:
        case Append():
            _check_append(review, name, origin)
        case Overwrite():
            _check_overwrite(review, name, port, sources)
            if port.by:
                _check_changes(review, name, port, sources)
            if port.by and port.sequence_by and sources:
                check_replaced(review, name, port)
                check_records(review, name, port)
                check_origins(review, name)
        case Merge():
            _check_changes(review, name, port, sources)
            if sources:
                check_settled(review, name, port)
        case History():
            _check_history(review, name, port)
            if port.source == "snapshot":
                _check_snapshot(review, name, port, sources)
            elif sources:
                check_versions(review, name, port)
            _check_changes(review, name, port, sources)
        case _:
            assert_never(port)


def check_driven(review: Review, name: str, port: AnyDelta, origin: Origin, driven: Sources) -> None:
    """Report an output of snapshots alone in a product that works only where a batch of an input comes."""
    if driven and not origin.sources and not isinstance(port, Append):
        message = (
            f"'{name}' is made of snapshots alone, and this product works only when {listed(driven)}"
            " has something new: it would go stale. Give it a product of its own"
        )
        review.say(("outputPorts", name, "from"), message, "flow")


def _check_append(review: Review, name: str, origin: Origin) -> None:
    at = ("outputPorts", name, "write")
    if not origin.sources:
        message = (
            f"'{name}' appends, and only snapshots lead to it: each run would add the same rows again."
            " Use write: overwrite or merge, or read an input incrementally (read: appends)"
        )
        review.say(at, message, "flow")
    elif origin.repeated is not None:
        message = (
            f"'{name}' appends what the step '{origin.repeated}' unites, and a part of that comes from no"
            " incremental input: each batch would add those rows again. Use write: merge, or write that part"
            " in a product of its own"
        )
        review.say(at, message, "flow")
    elif origin.deduplicated is not None:
        message = (
            f"'{name}' appends what the step '{origin.deduplicated}' deduplicates within a batch only:"
            " duplicates of earlier batches would stay. Use write: merge with keys and sequenceBy, which"
            " settles it, or leave the step out"
        )
        review.say(at, message, "flow")


def _check_overwrite(review: Review, name: str, port: Overwrite, sources: Sources) -> None:
    at = ("outputPorts", name)
    if port.by and port.where is not None:
        message = "an overwrite replaces groups (by) or a slice (where), not both: leave one of them out"
        review.say((*at, "where"), message, "two-ways")
    if port.sequence_by and not port.by:
        message = "sequenceBy decides which group is newer: say the columns of a group with by: [...]"
        review.say((*at, "sequenceBy"), message, "no-groups")
    if port.delete_when is not None and not (port.by and port.sequence_by):
        message = (
            "deleteWhen takes a group away that is not newer: say the columns of a group with by: [...] and"
            " those that order its versions with sequenceBy"
        )
        review.say((*at, "deleteWhen"), message, "no-groups")
    if not sources:
        return
    fed = listed(sources)
    if port.by and not port.sequence_by:
        message = (
            f"groups fed by the batches of {fed} need sequenceBy, so that a group is replaced by a newer one"
            " only: name the columns that order its versions"
        )
        review.say((*at, "by"), message, "no-sequence")
    elif not port.by:
        what = "is overwritten whole" if port.where is None else "has its slice replaced"
        message = (
            f"'{name}' {what} by each batch of {fed}: only the last batch would stay."
            " Use write: append or merge, by: [...] for the groups of a batch, or read the input as a"
            " snapshot"
        )
        review.say((*at, "write" if port.where is None else "where"), message, "flow")


def _check_history(review: Review, name: str, port: History) -> None:
    at = ("outputPorts", name)
    if port.source == "changes" and not port.sequence_by:
        message = (
            f"'{name}' makes a version of each change and needs its instant: name the column with sequenceBy,"
            " or say source: snapshot"
        )
        review.say((*at, "write"), message, "no-sequence")
    if port.source == "changes" and len(port.sequence_by) > 1:
        message = "a history takes one column of sequenceBy: valid_from and valid_to hold it"
        review.say((*at, "sequenceBy"), message, "two-ways")
    if port.max_deleted is not None and port.source != "snapshot":
        message = "maxDeleted bounds what a snapshot lacks: it goes with source: snapshot"
        review.say((*at, "maxDeleted"), message, "no-snapshot")


def _check_snapshot(review: Review, name: str, port: History, sources: Sources) -> None:
    """Report what a snapshot, which says all of one instant, is not."""
    at = ("outputPorts", name)
    if sources:
        message = (
            f"'{name}' takes each batch for a whole snapshot, and batches of {listed(sources)} are parts of"
            " one: say source: changes, or read the input as a snapshot"
        )
        review.say((*at, "source"), message, "flow")
    if port.sequence_by:
        message = "a snapshot takes no sequenceBy: valid_from is the instant of the run's clock"
        review.say((*at, "sequenceBy"), message, "two-ways")
    if port.delete_when is not None:
        message = "a snapshot takes no deleteWhen: an absent key is a delete, so filter such rows out"
        review.say((*at, "deleteWhen"), message, "two-ways")


def _check_changes(review: Review, name: str, port: Merge | History | Overwrite, sources: Sources) -> None:
    """Report what rule 11 asks of an output that another product's changes feed.

    A history may have a time of its own: each of its versions says its instant itself, whatever commit it
    comes in.
    """
    ports = review.product.spec.input_ports
    feeds = frozenset(
        one for one in sources if isinstance(feed := ports.get(one), ProductInput) and feed.read == "changes"
    )
    if not feeds:
        return
    at = ("outputPorts", name)
    if isinstance(port, History) and port.sequence_by and COMMIT_VERSION not in port.sequence_by:
        _check_own_time(review, name, port, feeds)
    elif len(sources) > 1:
        message = (
            f"'{name}' is fed by the changes of {listed(feeds)}, whose order is that of their commits, and"
            f" what comes from {listed(sources - feeds or feeds)} has another: write each to an output of"
            " its own, or read one as a snapshot"
        )
        review.say((*at, "from"), message, "flow")
    elif tuple(port.sequence_by) != (COMMIT_VERSION,):
        message = (
            f"'{name}' is fed by the changes of {listed(feeds)}: it needs sequenceBy: [{COMMIT_VERSION}],"
            " the order of their commits"
        )
        said = review.document.has((*at, "sequenceBy"))
        review.say((*at, "sequenceBy" if said else "write"), message, "no-sequence")
    elif lost := [column for column in CHANGES if not review.frame(port.from_).may_have(column)]:
        message = f"'{port.from_}' loses {' and '.join(lost)} of the change feed: select them, too"
        review.say((*at, "from"), message, "flow")


def _check_own_time(review: Review, name: str, port: History, feeds: Sources) -> None:
    """Report a history with a time of its own that leaves open what a delete in the feed means for it."""
    if port.delete_when is None and port.source == "changes":
        message = (
            f"'{name}' is fed by the changes of {listed(feeds)} and has a time of its own: say with"
            " deleteWhen what ends a version, such as deleteWhen: _change_type = 'delete', or order it by"
            f" sequenceBy: [{COMMIT_VERSION}]"
        )
        review.say(("outputPorts", name, "sequenceBy"), message, "no-sequence")
