"""Rows as text: what differs anywhere differs there, and what was only written otherwise does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.write.content import content, content_sql, data_of, match_sql, sequence_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_the_parts_of_sql() -> None:
    assert match_sql(["a", "b c"], "s", "t") == "s.`a` = t.`a` AND s.`b c` = t.`b c`"
    assert sequence_sql(["a", "b`"], "s") == "struct(s.`a`, s.`b```)"
    assert content_sql(["a"], "t").startswith("to_json(struct(t.`a`), map('ignoreNullFields', 'false', ")


def test_both_ways_give_one_text(spark: SparkSession) -> None:
    frame = spark.sql(
        "select 1 as a, cast(null as string) as `b c`, timestamp'2026-01-01 00:00:00.000001' as at"
    )
    texts = (
        frame.alias("s")
        .selectExpr(f"{content_sql(frame.columns, 's')} as text")
        .union(frame.select(content(frame.columns)))
    )
    expected = '{"a":1,"b c":null,"at":"2026-01-01 00:00:00.000001Z"}'
    assert [row["text"] for row in texts.collect()] == [expected, expected]
    assert data_of(frame.selectExpr("*", "true as __delete")) == ["a", "b c", "at"]
