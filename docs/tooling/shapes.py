"""Types, defaults and meanings of the models' keys, as words of a Markdown table."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from lakemesh.spec.meanings import meanings

if typing.TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "true or false",
    dt.date: "date",
    dt.datetime: "timestamp",
    Any: "any value",
}
_BY_NAME = {
    "schema_": "[schema](columns.md)",
    "schemas": "map to [columns](columns.md)",
    "quality": "list of [rules](expectations.md)",
    "input_ports": "map to [input port](input-ports.md)",
    "transformations": "map to [step](steps.md)",
    "output_ports": "map to [output port](output-ports.md)",
}
PAGE_OF: dict[str, str] = {}
"""The page, with its anchor, of each model that has one."""


def table(model: type[BaseModel], without: Collection[str] = ()) -> list[str]:
    """A table of a model's keys, the required ones first; nothing where it has none of its own."""
    rows = [_row(model, name, field) for name, field in model.model_fields.items() if name not in without]
    rows.sort(key=lambda row: row[2] != "required")
    if not rows:
        return []
    return ["| key | value | default | meaning |", "| --- | --- | --- | --- |", *map(_line, rows), ""]


def _row(model: type[BaseModel], name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    shape = _BY_NAME.get(name) or _inner(field.annotation)
    return f"`{field.alias or name}`", shape, _default(field), meanings(model).get(name, "")


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None or field.default in ("", (), {}) or isinstance(field.default, BaseModel):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _shapes(said: Any) -> Iterator[str]:
    """The forms that a value may have, in the order of the annotation."""
    origin, parts = typing.get_origin(said), typing.get_args(said)
    if origin is Annotated:
        yield from _shapes(parts[0])
    elif origin is Literal:
        yield ", ".join(f"`{word}`" for word in parts)
    elif origin in (Union, types.UnionType):
        for part in parts:
            yield from _shapes(part)
    elif origin is tuple:
        yield "word, list of words" if parts[0] is str else f"list of {_inner(parts[0])}"
    elif origin is dict:
        yield f"map to {_inner(parts[1])}"
    elif isinstance(said, type) and issubclass(said, BaseModel):
        yield _link(said)
    elif said is not type(None):
        yield _PLAIN[said]


def _inner(said: Any) -> str:
    """All forms in one phrase."""
    forms = list(dict.fromkeys(_shapes(said)))
    if "number" in forms and "whole number" in forms:
        forms.remove("whole number")
    return " or ".join(forms)


def _link(model: type[BaseModel]) -> str:
    page = PAGE_OF.get(model.__name__)
    name = "type" if model.__name__ == "ColumnType" else model.__name__
    return f"[{name}]({page})" if page else name


def told(model: type[BaseModel]) -> str:
    """What a model is, by its docstring, as one paragraph for each of the docstring's."""
    paragraphs = (model.__doc__ or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
