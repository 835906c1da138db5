"""Table rules: aggregates that are observed while rows pass, and rules on the schema alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyspark.sql.types as spark_types
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DecimalType, IntegralType, LongType, NumericType, StructType

from lakemesh.check.columns import Found, find
from lakemesh.check.values import Bounds, within
from lakemesh.errors import RunError
from lakemesh.spec import expectations as gx
from lakemesh.spec.expectations import Rule
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from lakemesh.check.builtin import AnyRule


@dataclass(frozen=True)
class SchemaVerdict:
    """Whether a rule on the schema holds, and what it saw (None where Great Expectations tells nothing)."""

    success: bool
    observed: str | None = None


def aggregates(rule: Rule, schema: StructType, judged: Column | None) -> Mapping[str, Column]:
    """Two aggregates of a table rule: `value` as text and `holds` as 1 or 0.

    The bounds are compared within Spark, so that dates, decimals and NaN keep their own type's order. No
    value (an empty or NULL-only column) and NaN fail, as in Great Expectations. `judged` leaves rows out
    where it is not true.
    Raises RunError where the rule reads what is not there, or compares what cannot be compared.
    """
    total = _aggregate(rule, schema, judged)
    holds = within(total, cast("Bounds", rule.expectation), rule.label)
    if total.kind.simpleString() in ("float", "double"):
        holds = holds & ~F.isnan(total.column)
    return {"value": total.column.cast("string"), "holds": F.coalesce(holds, F.lit(False)).cast("int")}


def _aggregate(rule: Rule, schema: StructType, judged: Column | None) -> Found:
    """The aggregate as a value of its own: its column's path, its expression, its type."""
    expectation = rule.expectation
    if isinstance(expectation, gx.TableRowCountToBeBetween):
        counted = F.lit(1) if judged is None else judged.cast("int")
        return Found("row count", F.coalesce(F.sum(counted), F.lit(0)).cast("bigint"), LongType())
    found = find(schema, expectation.columns[0], rule.label)
    column = found.column if judged is None else F.when(judged, found.column)
    match expectation:
        case gx.ColumnMinToBeBetween():
            return Found(found.path, F.min(column), found.kind)
        case gx.ColumnMaxToBeBetween():
            return Found(found.path, F.max(column), found.kind)
        case gx.ColumnMeanToBeBetween():
            # try_: a sum that does not fit is no value, not the end of a batch.
            return Found(found.path, F.try_avg(_numeric(found, column, rule.label)), _mean_type(found.kind))
        case gx.ColumnSumToBeBetween():
            numbers = _numeric(found, column, rule.label)
            if isinstance(found.kind, IntegralType):
                return Found(found.path, F.try_sum(numbers.cast("decimal(20,0)")), DecimalType(30, 0))
            return Found(found.path, F.try_sum(numbers), found.kind)
        case _:
            raise ValueError(f"{expectation.kind} is no aggregate")


def _numeric(found: Found, column: Column, label: str) -> Column:
    if not isinstance(found.kind, NumericType):
        raise RunError(
            f"rule '{label}' needs numbers, and column '{found.path}' is {found.kind.simpleString()}."
        )
    return column


def _mean_type(kind: DataType) -> DataType:
    return kind if isinstance(kind, DecimalType) else spark_types.DoubleType()


def judge_schema(rule: AnyRule, schema: StructType) -> SchemaVerdict:
    """The verdict of a rule on the schema alone.

    Raises RunError where the column whose type it asks for is not there, or where its type is none of
    Spark's.
    """
    match rule:
        case Rule(expectation=gx.ColumnToExist(column=column, column_index=index)):
            return SchemaVerdict(_exists(schema, column, index))
        case Rule(expectation=gx.ColumnValuesToBeOfType(column=column, type_=wanted)):
            found = find(schema, column, rule.label)
            return _of_type(found.kind, wanted, rule.label)
        case other:
            raise ValueError(f"{other.label} is no rule on the schema")


def _exists(schema: StructType, column: str, index: int | None) -> bool:
    """Whether there is a column of that very name (nested: path), at a place where one is said."""
    names = schema.fieldNames()
    if index is not None:
        return -len(names) <= index < len(names) and names[index] == column
    return column in names or _has_path(schema, column.split("."))


def _has_path(kind: DataType, path: list[str]) -> bool:
    if not path:
        return True
    if not isinstance(kind, StructType) or path[0] not in kind.fieldNames():
        return False
    return _has_path(kind[path[0]].dataType, path[1:])


def _of_type(kind: DataType, wanted: str, label: str) -> SchemaVerdict:
    """By the name of a class of pyspark.sql.types, as Great Expectations has it, or by DDL."""
    named = getattr(spark_types, wanted, None)
    if isinstance(named, type) and issubclass(named, DataType):
        return SchemaVerdict(isinstance(kind, named), type(kind).__name__)
    try:
        ddl = parse_type(wanted).ddl
    except ValueError as error:
        said = f"{error}" if f"{error}".endswith("?") else f"{error}."
        raise RunError(
            f"rule '{label}': {said} Write a class of pyspark.sql.types, such as StringType, or DDL, such"
            " as decimal(12,2)."
        ) from None
    return SchemaVerdict(_ddl(kind) == ddl.lower().replace("`", ""), kind.simpleString())


def _ddl(kind: DataType) -> str:
    return kind.simpleString().lower().replace("`", "")
