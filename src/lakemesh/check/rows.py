"""Row rules as expressions: which rows a rule judges, and which of these it expects.

A row is unexpected where it is judged and not as expected: `coalesce(domain and not expected, false)`. So a
NULL never makes a row vanish, and means what it means in Great Expectations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    AtomicType,
    DataType,
    DateType,
    LongType,
    MapType,
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from lakemesh.check.builtin import CAST_ERRORS, AnyRule, BuiltIn
from lakemesh.check.columns import Found, find
from lakemesh.check.values import literal, whole_number, within
from lakemesh.errors import RunError
from lakemesh.names import quote
from lakemesh.spec import expectations as gx

Find = Callable[[str], Found]
Domain = tuple[str, ...]
EVERY_ROW: Domain = ("every row",)
_MOMENTS = (DateType, TimestampType, TimestampNTZType)


@dataclass(frozen=True)
class Judged:
    """A rule over the rows: those that it judges, what it expects of them, and the value that it looks at."""

    domain: Column
    expected: Column
    value: Column

    @property
    def unexpected(self) -> Column:
        """True where a row is judged and not as expected; never NULL."""
        return F.coalesce(self.domain & ~self.expected, F.lit(False))


def domain_of(rule: AnyRule) -> Domain:
    """What decides whether a row is judged, as a key: rules with the same one share a count."""
    if isinstance(rule, BuiltIn):
        return EVERY_ROW
    match rule.expectation:
        case gx.ColumnValuesToNotBeNull() | gx.ColumnValuesToBeNull():
            return EVERY_ROW
        case gx.ColumnPairValuesToBeEqual() | gx.ColumnPairValuesAToBeGreaterThanB() as pair:
            if pair.ignore_row_if == "neither":
                return EVERY_ROW
            return (pair.ignore_row_if, *sorted(pair.columns))
        case other:
            return ("not null", *other.columns)


def judge(rule: AnyRule, schema: StructType) -> Judged:
    """The expressions of a row rule over frames of a schema.

    Raises RunError where the rule reads what is not there, or compares what cannot be compared.
    """
    if isinstance(rule, BuiltIn):
        return _built_in(rule, schema)
    found = tuple(find(schema, path, rule.label) for path in rule.expectation.columns)
    return Judged(_domain(domain_of(rule), found), _expected(rule, found), _value(found))


def _built_in(rule: BuiltIn, schema: StructType) -> Judged:
    if rule.condition is not None:
        holds = F.coalesce(F.expr(rule.condition), F.lit(False))
        return Judged(F.lit(True), holds, F.lit(None).cast("string"))
    if rule.entry is None:
        found = find(schema, rule.column, rule.label)
        return Judged(F.lit(True), found.column.isNotNull(), as_text(found))
    if CAST_ERRORS not in schema.fieldNames():
        raise RunError(
            f"rule '{rule.label}' needs {CAST_ERRORS}, where the cast says what failed, and a later step did"
            f" not keep it: select {CAST_ERRORS} there too, or let the cast say `onError: null`."
        )
    raw = F.try_element_at(F.col(quote(CAST_ERRORS)), F.lit(rule.entry))
    return Judged(F.lit(True), raw.isNull(), raw)


def _domain(domain: Domain, found: tuple[Found, ...]) -> Column:
    present = [one.column.isNotNull() for one in found]
    match domain[0]:
        case "not null" | "either_value_is_missing":
            return present[0] if len(present) == 1 else present[0] & present[1]
        case "both_values_are_missing":
            return present[0] | present[1]
        case _:
            return F.lit(True)


def _expected(rule: gx.Rule, found: tuple[Found, ...]) -> Column:
    label, one = rule.label, found[0]
    match rule.expectation:
        case gx.ColumnValuesToNotBeNull():
            return one.column.isNotNull()
        case gx.ColumnValuesToBeNull():
            return one.column.isNull()
        case gx.ColumnValuesToBeInSet(value_set=values):
            return one.column.isin([literal(value, one, label) for value in values])
        case gx.ColumnValuesToNotBeInSet(value_set=values):
            return ~one.column.isin([literal(value, one, label) for value in values])
        case gx.ColumnValuesToBeBetween() as bounds:
            return within(one, bounds, label)
        case gx.ColumnValueLengthsToBeBetween() as bounds:
            return _length_within(one, bounds, label)
        case gx.ColumnValuesToMatchRegex(regex=regex):
            return _atomic(one, label).cast("string").rlike(regex)
        case gx.ColumnValuesToNotMatchRegex(regex=regex):
            return ~_atomic(one, label).cast("string").rlike(regex)
        case gx.ColumnPairValuesToBeEqual():
            _comparable(one, found[1], label)
            return one.column.eqNullSafe(found[1].column)
        case gx.ColumnPairValuesAToBeGreaterThanB(or_equal=or_equal):
            _comparable(one, found[1], label)
            return one.column >= found[1].column if or_equal else one.column > found[1].column
        case (
            gx.ColumnValuesToBeOfType()
            | gx.ColumnToExist()
            | gx.TableRowCountToBeBetween()
            | gx.ColumnMinToBeBetween()
            | gx.ColumnMaxToBeBetween()
            | gx.ColumnMeanToBeBetween()
            | gx.ColumnSumToBeBetween()
            | gx.ColumnValuesToBeUnique()
        ):
            raise ValueError(f"{rule.expectation.kind} judges no single row")
        case _ as never:
            assert_never(never)


def _length_within(found: Found, bounds: gx.ColumnValueLengthsToBeBetween, label: str) -> Column:
    """Lengths of text in characters, of bytes in bytes, of anything else as Spark prints it."""
    whole = {
        "min_value": whole_number(bounds.min_value, label),
        "max_value": whole_number(bounds.max_value, label),
    }
    length = F.length(_atomic(found, label)).cast("bigint")
    return within(Found(found.path, length, LongType()), bounds.model_copy(update=whole), label)


def _atomic(found: Found, label: str) -> Column:
    if not isinstance(found.kind, AtomicType):
        raise RunError(
            f"rule '{label}' reads the text of column '{found.path}', which is {found.kind.simpleString()}."
        )
    return found.column


def _comparable(one: Found, other: Found, label: str) -> None:
    same = one.kind.simpleString() == other.kind.simpleString()
    alike = any(
        isinstance(one.kind, family) and isinstance(other.kind, family) for family in (NumericType, _MOMENTS)
    )
    if not (same or alike) or isinstance(one.kind, MapType):
        kinds = [f"'{found.path}' ({found.kind.simpleString()})" for found in (one, other)]
        raise RunError(
            f"rule '{label}' compares column {kinds[0]} with column {kinds[1]}: these cannot be compared;"
            " cast one of them in a step."
        )


def _value(found: tuple[Found, ...]) -> Column:
    """What the rule looks at, as text: the value, or "a=..., b=..." for a pair."""
    if len(found) == 1:
        return as_text(found[0])
    pairs = [F.concat(F.lit(f"{one.path}="), F.coalesce(as_text(one), F.lit("null"))) for one in found]
    return F.concat_ws(", ", *pairs)


def as_text(found: Found) -> Column:
    """The value as text: JSON where it has parts, base64 where it is bytes."""
    if isinstance(found.kind, StringType):
        return found.column
    if found.kind.simpleString() == "binary":
        return F.base64(found.column)
    if _has_parts(found.kind):
        return F.to_json(found.column)
    return found.column.cast("string")


def _has_parts(kind: DataType) -> bool:
    return kind.simpleString().startswith(("struct<", "array<", "map<", "variant"))
