"""The table of cases of lakemesh sql: what Spark gives, and so what the reader has to give."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from lakemesh.errors import QueryError
from lakemesh.query.ask import _lock
from lakemesh.query.statement import read_statement
from lakemesh.query.translate import translate
from lakemesh.query.translate.functions import AGGREGATES, FUNCTIONS, LAMBDAS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FOLDER = Path(__file__).parent.parent / "cases" / "query"
AT_ONCE = 40


@dataclass(frozen=True)
class Case:
    """A query with the types and the rows of its answer."""

    sql: str
    types: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    zone: str = "UTC"
    is_alone: bool = False
    spark: str = ""  # what Spark is asked, where Databricks alone knows the words

    def __str__(self) -> str:
        return self.sql[:60]


def read_file(file: Path) -> list[Case]:
    """The cases of a file: expressions, each of which is selected alone, and queries."""
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    zone = said.get("zone", "UTC")
    alone = [
        Case(f"select {sql}", [kind], [[value]], zone, True, f"select {other[0] if other else sql}")
        for sql, kind, value, *other in said.get("expressions", ())
    ]
    whole = [
        Case(q["sql"], q["types"], q["rows"], zone, False, q.get("spark", q["sql"]))
        for q in said.get("queries", ())
    ]
    return [*alone, *whole]


CASES = [case for file in sorted(FOLDER.glob("*.yml")) for case in read_file(file)]
ERRORS = yaml.safe_load((FOLDER / "errors.yml").read_text(encoding="utf-8"))["errors"]


def plain(value: Any, kind: str) -> Any:
    """A value as YAML holds it: decimals and days as text, instants in UTC, structs and maps as mappings."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime() if kind == "timestamp":
            # Spark gives the naive time of the process's zone, DuckDB an aware one.
            return value.astimezone(dt.UTC).isoformat(sep=" ").removesuffix("+00:00")
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case bytes() | bytearray():
            return bytes(value).hex()
        case dict():
            return {plain(key, ""): plain(item, "") for key, item in value.items()}
        case tuple() if hasattr(value, "asDict"):
            return {key: plain(item, "") for key, item in value.asDict().items()}
        case list() | tuple():
            return [plain(item, kind.removeprefix("array<").removesuffix(">")) for item in value]
        case _:
            return value


def is_same(left: Any, right: Any) -> bool:
    """Whether two plain values are equal, doubles up to their last digits."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(is_same(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)


def by_reader(sql: str, zone: str) -> tuple[list[str], list[list[Any]], list[str]]:
    """What lakemesh's reader gives: types and rows, and where DuckDB's types are not as promised."""
    query = translate(read_statement(sql).tree, {}, zone)
    types = [str(kind) for _, kind in query.columns]
    with duckdb.connect(":memory:") as connection:
        _lock(connection, zone)
        result = connection.execute(query.sql)
        given = [str(column[1]).replace('"', "") for column in result.description or ()]
        promised = [kind.duck.replace('"', "") for _, kind in query.columns]
        pairs = zip(given, promised, strict=True)
        broken = [f"{one} is no {other}" for one, other in pairs if other != one != "NULL"]
        rows = [[plain(v, kind) for v, kind in zip(row, types, strict=True)] for row in result.fetchall()]
    return types, rows, broken


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reader_answers_as_spark_does(case: Case) -> None:
    types, rows, broken = by_reader(case.sql, case.zone)
    assert broken == []
    assert types == case.types
    assert is_same(rows, case.rows), rows


@pytest.mark.parametrize("sql", ERRORS)
def test_an_error_of_spark_is_one_here(sql: str) -> None:
    with pytest.raises((QueryError, duckdb.Error)):
        by_reader(f"select {sql}", "UTC")


def test_every_function_has_its_case() -> None:
    said = set(re.findall(r"\w+(?=\()", " ".join(case.sql.lower() for case in CASES)))
    lacking = [name for name in (*FUNCTIONS, *AGGREGATES, *LAMBDAS) if name not in said]
    assert lacking == []


def by_spark(spark: SparkSession, sql: str) -> tuple[list[str], list[list[Any]]]:
    """What Spark gives: types and rows."""
    frame = spark.sql(sql)
    types = [column.dataType.simpleString() for column in frame.schema.fields]
    return types, [[plain(v, kind) for v, kind in zip(row, types, strict=True)] for row in frame.collect()]


def in_groups(cases: list[Case]) -> list[Case]:
    """The expressions of a zone, many in one query: Spark takes as long for one as for forty."""
    groups = [cases[at : at + AT_ONCE] for at in range(0, len(cases), AT_ONCE)]
    return [
        Case(
            "",
            [case.types[0] for case in group],
            [[case.rows[0][0] for case in group]],
            group[0].zone,
            True,
            "select " + ", ".join(f"{case.spark[7:]} as c{n}" for n, case in enumerate(group)),
        )
        for group in groups
    ]


def test_the_table_is_true(spark: SparkSession) -> None:
    from pyspark.errors import PySparkException

    wrong = []
    try:
        for zone in sorted({case.zone for case in CASES}):
            spark.conf.set("spark.sql.session.timeZone", zone)
            here = [case for case in CASES if case.zone == zone]
            whole = [case for case in here if not case.is_alone]
            for case in (*in_groups([case for case in here if case.is_alone]), *whole):
                types, rows = by_spark(spark, case.spark)
                if types != case.types or not is_same(rows, case.rows):
                    wrong.append((case.spark, types, rows))
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert wrong == []
    for sql in ERRORS:
        with pytest.raises(PySparkException):
            spark.sql(f"select {sql}").collect()
