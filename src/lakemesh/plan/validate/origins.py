"""`_source` where records are numbered: the number lies hidden in it, and must not get into a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lakemesh.names import METADATA
from lakemesh.plan.queries import parse_expression, parse_query, start_of
from lakemesh.plan.validate.scopes import Problem
from lakemesh.spec.steps import Derive, Select, Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

_SOURCE = METADATA[0]


def check_origins(review: Review, output: str) -> None:
    """Report calls that make a value of the whole `_source`."""
    message = (
        f"a value of the whole {_SOURCE} would tell how the records of a batch are numbered for '{output}':"
        f" take its fields, such as {_SOURCE}.path"
    )
    for name, step in review.product.spec.transformations.items():
        if isinstance(step, Sql):
            for node in _made_of_it(parse_query(review.code(name).text).tree):
                review.complain(review.code(name), Problem(start_of(node) or 0, message, "flow"))
        elif isinstance(step, Derive | Select):
            listed = step.columns.items() if isinstance(step, Derive) else enumerate(step.columns)
            for key, text in listed:
                if _SOURCE in text.lower() and any(_made_of_it(parse_expression(text).tree)):
                    review.say(("transformations", name, "columns", key), message, "flow")


def _made_of_it(tree: Any) -> Iterator[Any]:
    from sqlglot import exp

    for node in tree.find_all(exp.Column) if tree is not None else ():
        whole = node.name.lower() == _SOURCE and not isinstance(node.parent, exp.Dot)
        if whole and _is_argument(node):
            yield node


def _is_argument(node: Any) -> bool:
    """Whether a function or a cast takes it, on the way up to its query."""
    from sqlglot import exp

    above = node.find_ancestor(exp.Func, exp.Query)
    return isinstance(above, exp.Func)
