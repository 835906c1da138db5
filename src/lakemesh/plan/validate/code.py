"""Python that a product brings: it parses, and the function is there."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from lakemesh.errors import did_you_mean, known_words
from lakemesh.plan.validate.scopes import Problem
from lakemesh.spec.steps import GIFTS, Python

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review, Snippet


def check_code(review: Review) -> None:
    """Report Python that cannot be parsed, and functions that are not in their file."""
    for name, step in review.product.spec.transformations.items():
        if isinstance(step, Python):
            _check_step(review, name, step)


def _check_step(review: Review, name: str, step: Python) -> None:
    snippet = review.code(name)
    if step.path is not None and step.path[0] not in review.product.texts:
        return  # the loader has a finding for the missing file
    if step.path is None and step.python.endswith(".py"):
        message = f"'{step.python}' needs the function after a colon: {step.python}:{name}"
        review.say(("transformations", name, "python"), message, "unknown-function")
        return
    tree = _parsed(review, snippet)
    if tree is None:
        return
    wanted = step.path[1] if step.path else name
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if wanted not in functions:
        where = f"'{step.path[0]}'" if step.path else "the code"
        message = (
            f"{where} has no function '{wanted}'.{known_words(functions)}{did_you_mean(wanted, functions)}"
        )
        review.say(("transformations", name, "python"), message, "unknown-function")
        return
    arguments = functions[wanted].args
    named = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    asked = named[: len(named) - len(arguments.defaults)]
    least, most = (sum(word not in GIFTS for word in words) for words in (asked, named))
    given = len(step.from_)
    if given < least or (given > most and arguments.vararg is None):
        takes = f"{least}" if least == most else f"{least} to {most}"
        message = f"'{wanted}' takes {takes} frames and from names {given}: one for each argument, in order"
        review.say(("transformations", name, "from"), message, "wrong-arguments")


def _parsed(review: Review, snippet: Snippet) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(snippet.text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        before = sum(len(part) for part in snippet.text.splitlines(keepends=True)[: line - 1])
        offset = before + max((getattr(error, "offset", None) or 1) - 1, 0)
        message = f"no valid Python: {getattr(error, 'msg', error)}"
        review.complain(snippet, Problem(min(offset, max(len(snippet.text) - 1, 0)), message, "python"))
        return None
