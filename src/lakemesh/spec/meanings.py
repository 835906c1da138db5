"""What each key of the language means: the texts that stand under the fields of its models.

They are read from the source only when somebody asks, for the JSON Schema and the reference; pydantic's own
way (`use_attribute_docstrings`) would read every model's source at each start.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """The meaning of each field that has one, by its Python name; those of a base class among them."""
    found: dict[str, str] = {}
    for kin in reversed(model.__mro__):
        if kin.__module__.startswith("lakemesh."):
            found |= _texts(kin.__module__).get(kin.__name__, {})
    return found


@cache
def _texts(module: str) -> dict[str, dict[str, str]]:
    """Of each class of a module its fields with the texts under them."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_said(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _said(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in pairwise(node.body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                yield name, " ".join(said.split())
            case _:
                pass
