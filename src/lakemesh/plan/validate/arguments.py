"""The arguments of a rule against the types of the columns that it judges."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lakemesh.plan.validate.literals import MOMENTS, is_number, why_unfit
from lakemesh.spec import expectations as gx
from lakemesh.spec.types import DataType, Map, Primitive, parse_type

if TYPE_CHECKING:
    from lakemesh.spec.document import Path

Kinds = Callable[[str], DataType | None]
"""The type of a column; None where it is not known."""
Wrong = tuple["Path", str]
"""The argument that is wrong, and why."""
_COUNT = Primitive("bigint")


def wrong_for_types(expectation: gx.AnyExpectation, kinds: Kinds) -> Iterator[Wrong]:
    """What of a rule's arguments can never fit the columns that it judges."""
    match expectation:
        case gx.ColumnValuesToBeInSet() | gx.ColumnValuesToNotBeInSet():
            for index, value in enumerate(expectation.value_set):
                yield from _unfit(("value_set", index), value, expectation.column, kinds)
        case gx.ColumnValuesToBeBetween() | gx.ColumnMinToBeBetween() | gx.ColumnMaxToBeBetween():
            for key, value in _bounds(expectation):
                yield from _unfit((key,), value, expectation.column, kinds)
        case gx.ColumnMeanToBeBetween() | gx.ColumnSumToBeBetween():
            yield from _of_numbers(expectation, kinds)
        case gx.ColumnValueLengthsToBeBetween():
            yield from _of_text(expectation.column, "a length", kinds, ("string", "binary"))
            yield from _whole_numbers(expectation)
        case gx.ColumnValuesToMatchRegex() | gx.ColumnValuesToNotMatchRegex():
            yield from _of_text(expectation.column, "a regular expression", kinds, ("string",))
        case gx.ColumnPairValuesToBeEqual() | gx.ColumnPairValuesAToBeGreaterThanB():
            yield from _of_a_pair(expectation, kinds)
        case gx.TableRowCountToBeBetween():
            yield from _whole_numbers(expectation)
        case gx.ColumnValuesToBeUnique() if isinstance(kinds(expectation.column), Map):
            yield ("column",), f"'{expectation.column}' is a map, and maps cannot be compared"
        case gx.ColumnValuesToBeOfType():
            yield from _of_another_type(expectation, kinds)


def _bounds(expectation: Any) -> Iterator[tuple[str, Any]]:
    for key in ("min_value", "max_value"):
        value = getattr(expectation, key)
        if value is not None:
            yield key, value


def _unfit(at: Path, value: Any, column: str, kinds: Kinds) -> Iterator[Wrong]:
    kind = kinds(column)
    why = why_unfit(value, kind) if kind is not None else ""
    if kind is not None and why:
        yield at, f"{_written(value)} {why}: '{column}' is {short(kind)}"


def _of_numbers(expectation: Any, kinds: Kinds) -> Iterator[Wrong]:
    kind = kinds(expectation.column)
    if kind is not None and not is_number(kind):
        said = f"'{expectation.column}' is {short(kind)}, and this rule needs numbers"
        yield ("column",), said
        return
    for key, value in _bounds(expectation):
        if why := why_unfit(value, Primitive("double")):
            yield (key,), f"{_written(value)} {why}"


def _of_text(column: str, what: str, kinds: Kinds, fit: tuple[str, ...]) -> Iterator[Wrong]:
    kind = kinds(column)
    if kind is not None and not (isinstance(kind, Primitive) and kind.name in fit):
        said = f"{what} is for text, and '{column}' is {short(kind)}"
        yield ("column",), f"{said}: cast it to string in a step, or use expect_column_values_to_be_between"


def _whole_numbers(expectation: Any) -> Iterator[Wrong]:
    for key, value in _bounds(expectation):
        if why_unfit(value, _COUNT) or not math.isfinite(float(value)) or float(value) % 1:
            yield (key,), f"{_written(value)} is no whole number"


def _of_a_pair(expectation: Any, kinds: Kinds) -> Iterator[Wrong]:
    one, other = kinds(expectation.column_A), kinds(expectation.column_B)
    if one is None or other is None:
        return
    if isinstance(one, Map) or not (one == other or _are_alike(one, other)):
        yield (
            ("column_B",),
            (
                f"'{expectation.column_A}' is {short(one)} and '{expectation.column_B}' is {short(other)}:"
                " these cannot be compared; cast one of them in a step"
            ),
        )


def _are_alike(one: DataType, other: DataType) -> bool:
    both = isinstance(one, Primitive) and isinstance(other, Primitive)
    moments = both and one.name in MOMENTS and other.name in MOMENTS  # type: ignore[union-attr]
    return moments or (is_number(one) and is_number(other))


def _of_another_type(expectation: gx.ColumnValuesToBeOfType, kinds: Kinds) -> Iterator[Wrong]:
    kind = kinds(expectation.column)
    try:
        wanted = parse_type(expectation.type_)
    except ValueError:  # the name of a class, or nothing at all, which has its finding
        return
    if kind is not None and short(kind).lower() != short(wanted).lower():
        yield ("type_",), f"'{expectation.column}' is {short(kind)}: this rule can never hold"


def short(kind: DataType) -> str:
    """A type as people write it: without quotes around the names in it."""
    return kind.ddl.replace("`", "")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)
