"""Rows as a multiset, by the columns that an expected row names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.jobs import jobs_of

from lakemesh.cli.render.json import to_json
from lakemesh.errors import CallError
from lakemesh.runner.comparison import Difference, _match, _named, _plain, _shown

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_rows_match_by_the_columns_that_are_named_and_each_only_once() -> None:
    actual = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": None}]
    assert _match([{"a": 1, "b": 3}, {"a": 1}, {"a": 2}], actual) == ([], [])
    assert _match([{"a": 1}], actual) == ([], [{"a": 1, "b": 3}, {"a": 2, "b": None}])
    assert _match([{"a": 1}, {"a": 1}, {"a": 1}], actual[:2]) == ([{"a": 1}], [])
    assert _match([{"b": None}], actual) == ([], actual[:2])


def test_a_row_gives_way_to_one_that_fits_less() -> None:
    actual = [{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 2}, {"a": 3, "b": 3, "c": 1}]
    assert _match([{"a": 1}, {"b": 1}, {"c": 1}], actual) == ([], [])
    assert _match([{"c": 1}, {"b": 1}, {"a": 1}], actual) == ([], [])
    assert _match([{"c": 1}, {"b": 1}, {"b": 1}], actual)[0] == [{"b": 1}]


def test_instants_and_decimals_differ_by_their_last_digit(spark: SparkSession) -> None:
    rows = spark.sql(
        "select timestamp'2026-01-01 00:00:00.000001' as at, timestamp_ntz'2026-01-01 00:00:00.000002' as on,"
        " 12345678901234567.891234567bd as d, 1.5d as f, cast(null as int) as n"
    )
    _, (row,) = _plain(rows, [], "expect.t")
    assert row["at"].endswith("00:00.000001Z")
    assert row["on"] == "2026-01-01T00:00:00.000002"
    assert to_json(row["d"]) == "12345678901234567.891234567"
    assert (row["f"], row["n"]) == (1.5, None)


def test_one_job_reads_a_table_and_what_is_expected_of_it(spark: SparkSession) -> None:
    table = spark.sql("select 1 as id, named_struct('a b', 1.50) as `of it`")
    expected = [{"id": 2, "of it": {"a b": 1.5}}, {"id": 1}]
    assert jobs_of(spark, lambda: _plain(table, expected, "expect.t")) == 1
    wanted, found = _plain(table, expected, "expect.t")
    assert [row["id"] for row in wanted] == [2, 1]
    assert found == [{"id": 1, "of it": {"a b": Decimal("1.50")}}]
    assert wanted[0]["of it"] == found[0]["of it"]
    with pytest.raises(CallError, match=r"expect.t: a value does not fit its column's type in .*many"):
        _plain(table, [{"id": "many"}], "expect.t")


def test_a_companion_s_columns_go_without_their_underscore() -> None:
    columns = ("id", "_reason", "_raw", "raw")
    assert _named({"reason": 1, "raw": 2, "id": 3, "_raw": 4}, columns) == {
        "_reason": 1,
        "raw": 2,
        "id": 3,
        "_raw": 4,
    }


def test_a_difference_is_true_where_there_is_one() -> None:
    assert not Difference("t", (), ())
    assert Difference("t", ({"a": 1},), ())
    assert _shown({"a": 1, "b": 2}, {"a"}) == {"a": 1}
    assert _shown({"a": 1, "b": 2}, set()) == {"a": 1, "b": 2}
    assert _shown({"_reason": "x", "_raw": "y", "_run": 1, "_at": 2}, set()) == {"_reason": "x", "_raw": "y"}
