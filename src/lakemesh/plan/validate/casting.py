"""Casts that set bad values aside: their marks must reach the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.names import METADATA
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import Aggregate, Cast, Drop, Join, Python, Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

MARK = METADATA[2]


def check_casts(review: Review) -> None:
    """Report casts with onError reject or fail whose mark a later step leaves behind."""
    lost: dict[tuple[str, str], list[str]] = {}
    for name, port in review.product.spec.output_ports.items():
        if not isinstance(port, View):
            for cast, loser in sorted(_lost_behind(review, port.from_, set()).items()):
                lost.setdefault((cast, loser), []).append(f"'{name}'")
    for (cast, loser), ports in lost.items():
        _say(review, " and ".join(ports), cast, loser)


def _say(review: Review, ports: str, cast: str, loser: str) -> None:
    step = review.product.spec.transformations[loser]
    where = (
        f"step '{loser}' leaves {MARK} behind, so {ports} cannot tell the values that '{cast}' could not cast"
    )
    match step:
        case Aggregate():
            key, way = (
                "kind",
                f"say onError: \"null\" in '{cast}', or check the rows before they are aggregated",
            )
        case Join():
            key, way = "from", f"put '{cast}' after the join, or on its left side"
        case Drop():
            key, way = "columns", f"do not drop it, or say onError: \"null\" in '{cast}'"
        case _:
            key, way = "sql", f"select {MARK} in it, or say onError: \"null\" in '{cast}'"
    review.say(("transformations", loser, key), f"{where}: {way}", "cast-mark-lost")


def _lost_behind(review: Review, view: str, seen: set[str]) -> dict[str, str]:
    """The casts behind a view whose mark is lost on the way, each with the step that loses it."""
    steps = review.product.spec.transformations
    if view not in steps or view in seen:
        return {}
    seen.add(view)
    lost: dict[str, str] = {}
    for read in review.reads(view):
        lost.update(_lost_behind(review, read, seen))
    step = steps[view]
    if _loses(review, view):
        lost.update(dict.fromkeys(_marking(review, review.reads(view)), view))
    elif isinstance(step, Join) and step.how not in ("semi", "anti"):
        lost.update(dict.fromkeys(_marking(review, step.from_[1:]), view))
    return lost


def _loses(review: Review, name: str) -> bool:
    step = review.product.spec.transformations[name]
    if isinstance(step, Aggregate):
        return True
    if isinstance(step, Drop):
        return MARK in map(str.lower, step.columns)
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
            waiting.extend(step.from_[:1] if isinstance(step, Join) else review.reads(view))
    return found
