"""A product as far as it can be read, without its unknown keys and broken rules: the rest is checked, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lakemesh.spec.complaints import real_path
from lakemesh.spec.product import DataProduct

if TYPE_CHECKING:
    from lakemesh.spec.document import Document, Path


def read_without_mistakes(document: Document) -> DataProduct | None:
    """The product without what nothing refers to and the model refuses; None where it refuses more than that.

    What is left out has its findings and leaves the document, too; a run never sees such a product.
    """
    try:
        DataProduct.model_validate(document.value)
    except ValidationError as error:
        wrong = {
            _wrong(document, problem["type"], problem["loc"]) for problem in error.errors(include_url=False)
        }
        if None in wrong:
            return None
        for path in sorted((path for path in wrong if path), key=_last_first):
            _leave_out(document, path)
        try:
            return DataProduct.model_validate(document.value)
        except ValidationError:
            return None
    return None


def _wrong(document: Document, kind: str, loc: Path) -> Path | None:
    """What can be left out to silence one of pydantic's errors: an unknown key, or the rule that it is in."""
    path = real_path(document, loc)
    for length, step in enumerate(path):
        if step == "quality" and len(path) > length + 1:
            return path[: length + 2]
    return path if kind == "extra_forbidden" else None


def _last_first(path: Path) -> tuple[Any, ...]:
    """Deeper and later things first: leaving one out must not move the others."""
    return tuple((0, -step, "") if isinstance(step, int) else (1, 0, step) for step in path)


def _leave_out(document: Document, path: Path) -> None:
    """Take what stands at a path from the values and from the nodes that say where each value stands."""
    value, node = document.value, document.root
    for step in path[:-1]:
        value, node = value[step], _below(node, step)
    last = path[-1]
    if isinstance(value, list) and isinstance(last, int) and last < len(value):
        del value[last], node.value[last]
    elif isinstance(value, dict) and last in value:
        del value[last]
        node.value = [pair for pair in node.value if pair[0].value != last]


def _below(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return node.value[step]
    return next(value for key, value in node.value if key.value == step)
