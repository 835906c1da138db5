"""Casts that set bad values aside: their marks must reach the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.names import METADATA
from lakemesh.plan.graph import step_reads
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import Aggregate, Cast, Join, Python, Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

MARK = METADATA[2]


def check_casts(review: Review) -> None:
    """Report casts with onError reject or fail whose mark a later step leaves behind."""
    for name, port in review.product.spec.output_ports.items():
        if isinstance(port, View):
            continue
        for cast, loser in sorted(_lost_behind(review, port.from_, set()).items()):
            _say(review, name, cast, loser)


def _say(review: Review, port: str, cast: str, loser: str) -> None:
    step = review.product.spec.transformations[loser]
    where = (
        f"step '{loser}' leaves {MARK} behind, so output '{port}' cannot tell the values that"
        f" '{cast}' could not cast"
    )
    if isinstance(step, Aggregate):
        way = f"say onError: \"null\" in '{cast}', or check the rows in an output before they are aggregated"
        review.say(("transformations", loser, "kind"), f"{where}: {way}", "cast-mark-lost")
    elif isinstance(step, Join):
        way = f"put '{cast}' after the join, or on its left side"
        review.say(("transformations", loser, "from"), f"{where}: {way}", "cast-mark-lost")
    else:
        way = f"select {MARK} in it, or say onError: \"null\" in '{cast}'"
        review.say(("transformations", loser, "sql"), f"{where}: {way}", "cast-mark-lost")


def _lost_behind(review: Review, view: str, seen: set[str]) -> dict[str, str]:
    """The casts behind a view whose mark is lost on the way, each with the step that loses it."""
    steps = review.product.spec.transformations
    if view not in steps or view in seen:
        return {}
    seen.add(view)
    lost: dict[str, str] = {}
    for read in step_reads(review.product, view):
        lost.update(_lost_behind(review, read, seen))
    step = steps[view]
    if _loses(review, view):
        lost.update(dict.fromkeys(_marking(review, step_reads(review.product, view)), view))
    elif isinstance(step, Join) and step.how not in ("semi", "anti"):
        lost.update(dict.fromkeys(_marking(review, step.from_[1:]), view))
    return lost


def _loses(review: Review, name: str) -> bool:
    step = review.product.spec.transformations[name]
    if isinstance(step, Aggregate):
        return True
    return isinstance(step, Sql) and not review.frame(name).may_have(MARK)


def _marking(review: Review, views: tuple[str, ...]) -> set[str]:
    """The casts whose mark the views still carry."""
    steps = review.product.spec.transformations
    found: set[str] = set()
    waiting, seen = list(views), set()
    while waiting:
        view = waiting.pop()
        if view in seen or view not in steps:
            continue
        seen.add(view)
        step = steps[view]
        if isinstance(step, Cast) and step.on_error != "null":
            found.add(view)
        if not _loses(review, view) and not isinstance(step, Python):
            waiting.extend(step.from_[:1] if isinstance(step, Join) else step_reads(review.product, view))
    return found
