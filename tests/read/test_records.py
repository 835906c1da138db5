"""JSON records: which are rejected and why, what is rescued, and how strictly each is parsed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.records import SOURCE, unknown_names
from lakemesh.run import Run
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob, EventHub

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

COLUMNS = tuple(
    Column.model_validate({"name": name, "physicalType": kind})
    for name, kind in {
        "a": "bigint",
        "b": "struct<c:string,d:int>",
        "e": "array<int>",
        "t": "timestamp",
        "m": "decimal(12,2)",
        "lines": "array<struct<sku:string,qty:int>>",
    }.items()
)

REJECTED: dict[str | bytes, str] = {
    '{"a":1': "not valid JSON",
    '[{"a":1},{"a":2}]': "a JSON array, not a JSON object",
    '{"a":1}{"a":2}': "not valid JSON",
    '{"a":1},{"a":2}': "not valid JSON",
    '{"a":1}}': "not valid JSON",
    '{"a":1} x': "not valid JSON",
    '{"a":1}]': "not valid JSON",
    "{'a':1}": "not valid JSON",
    '{"a":NaN}': "not valid JSON",
    "plain words": "not valid JSON",
    "null": "not a JSON object",
    "1": "not a JSON object",
    '"text"': "not a JSON object",
    "[]": "a JSON array, not a JSON object",
    "[": "not valid JSON: a JSON array over several lines? multiLine: true reads one",
    '{"a":1}],"z":[{}': "not valid JSON",
    '{"a":1}],"r":[{"a":2}': "not valid JSON",
    '{"a":1}]},"z":{"r":[{}': "not valid JSON",
    '{"a":1}],"end":[]},"z":{"r":[{}': "not valid JSON",
    '{"a":1,"a":"x"}': "a name said twice",
    '{"a":1,"b":{"d":"x","d":2}}': "a name said twice",
    b'{"a":1,"b":{"c":"\xff\xfe"}}': "not valid UTF-8",
}

RESCUED: dict[str, tuple[dict[str, Any], dict[str, str] | None]] = {
    '{"a":1,"b":{"c":"x","d":2},"e":[1,2],"m":1.5}': ({"a": 1, "m": "1.50"}, None),
    '{"a":"1"}': ({"a": None}, {"a": "1"}),
    '{"a":1.5}': ({"a": None}, {"a": "1.5"}),
    '{"a":1,"b":{"c":"x","d":"z"}}': ({"a": 1, "b": {"c": "x", "d": None}}, {"b.d": "z"}),
    '{"a":1,"b":7}': ({"a": 1, "b": None}, {"b": "7"}),
    '{"a":1,"b":[]}': ({"a": 1, "b": None}, {"b": "[]"}),
    '{"a":1,"e":[1,"x"]}': ({"a": 1}, {"e": '[1,"x"]'}),
    '{"a":1,"t":"no time"}': ({"a": 1, "t": None}, {"t": "no time"}),
    '{"a":1,"m":99999999999999}': ({"m": None}, {"m": "99999999999999"}),
    '{"a":12345678901234567890}': ({"a": None}, {"a": "12345678901234567890"}),
    '{"a":null,"b":null}': ({"a": None, "b": None}, None),
    "{}": ({"a": None}, None),
    '  {"a":3}  ': ({"a": 3}, None),
    '\ufeff{"a":4}': ({"a": 4}, None),
}


def read_of(port: Blob | EventHub) -> Read:
    """An input of the columns above."""
    return Read(name="records", mode="batch", port=port, columns=COLUMNS)


def blob(**said: Any) -> Blob:
    """A blob port of the columns above."""
    return Blob.model_validate({"kind": "blob", "path": "x", "schema": {"a": "bigint"}, **said})


def raw_of(spark: SparkSession, records: list[str | bytes], sequence: int | None = None) -> DataFrame:
    """Raw records as a stream would give them."""
    rows = [(bytearray(r.encode() if isinstance(r, str) else r), n) for n, r in enumerate(records)]
    frame = spark.createDataFrame(rows, "body binary, n int")
    return frame.select(F.col("body").cast("string").alias("value"), _source(sequence), "n")


def _source(sequence: int | None) -> Any:
    fields = [field.split(":") for field in SOURCE.removeprefix("struct<").removesuffix(">").split(",")]
    values = {"sequence_number": sequence}
    return F.struct(*(F.lit(values.get(name)).cast(kind).alias(name) for name, kind in fields)).alias(
        "_source"
    )


@pytest.fixture(scope="module")
def run(spark: SparkSession) -> Run:
    """A run at a clock."""
    return Run(spark, "run", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def test_what_is_no_single_json_object_is_rejected_with_its_reason(spark: SparkSession, run: Run) -> None:
    records = list(REJECTED)
    batch = judge_records(read_of(blob()), raw_of(spark, records), run)
    found = [(row["__value"], row["__reason"]) for row in batch.frame.select("__value", "__reason").collect()]
    assert [reason for _, reason in found] == list(REJECTED.values())
    rejected = batch.rejected().collect()
    assert len(rejected) == len(records)
    assert all("�" in row["_raw"] for row in rejected if row["_reason"] == "not valid UTF-8")


def test_a_value_of_the_wrong_type_is_null_and_rescued_with_its_path(spark: SparkSession, run: Run) -> None:
    batch = judge_records(read_of(blob()), raw_of(spark, list(RESCUED)), run)
    rows = batch.accepted().select(
        F.to_json(F.struct("a", "b", "m", "t"), {"ignoreNullFields": "false"}), "_rescued_data"
    )
    found = [(json.loads(typed), rescued) for typed, rescued in rows.collect()]
    assert len(found) == len(RESCUED)
    for (typed, rescued), (record, (values, lost)) in zip(found, RESCUED.items(), strict=True):
        assert (json.loads(rescued) if rescued else None) == lost, record
        for name, value in values.items():
            shown = typed[name]
            assert (f"{shown:.2f}" if name == "m" and shown is not None else shown) == value, record


def test_a_misfit_inside_an_array_of_objects_is_rescued_where_it_stands(
    spark: SparkSession, run: Run
) -> None:
    record = '{"a":1,"lines":[{"sku":"x","qty":1},{"sku":"y","qty":"two"}]}'
    batch = judge_records(read_of(blob()), raw_of(spark, [record]), run)
    row = batch.accepted().first()
    assert row is not None
    rescued = json.loads(row["_rescued_data"])
    assert "two" in json.dumps(rescued)
    assert set(rescued) <= {"lines", "lines[1].qty"}


def test_no_condition_is_pushed_below_the_parse(spark: SparkSession, run: Run) -> None:
    rejected = judge_records(read_of(blob()), raw_of(spark, ['{"a": 1']), run).rejected()
    plan = rejected._jdf.queryExecution().optimizedPlan().toString().splitlines()
    conditions = [line for line in plan if line.lstrip(" +-:").startswith("Filter")]
    assert conditions and not any("from_json" in line for line in conditions)


def test_blank_lines_are_no_records_and_empty_events_are_rejected(spark: SparkSession, run: Run) -> None:
    lines = judge_records(read_of(blob()), raw_of(spark, ["", '{"a":1}', "   ", " \t\r"]), run)
    assert lines.frame.count() == 1
    hub = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": {"a": "bigint"}})
    events = judge_records(read_of(hub), raw_of(spark, ["\t", '{"a":1}'], sequence=7), run)
    assert [row["__reason"] for row in events.frame.collect()] == ["empty record", None]


def test_timestamps_by_the_ports_own_format(spark: SparkSession, run: Run) -> None:
    port = blob(timestampFormat="dd.MM.yyyy HH:mm")
    batch = judge_records(
        read_of(port), raw_of(spark, ['{"t":"24.12.2025 18:30"}', '{"t":"2025-12-24T18:30:00Z"}']), run
    )
    rows = batch.accepted().select(F.col("t").cast("string"), "_rescued_data").collect()
    assert [tuple(row) for row in rows] == [
        ("2025-12-24 18:30:00", None),
        (None, '{"t":"2025-12-24T18:30:00Z"}'),
    ]


def test_counts_and_unknown_fields_come_with_the_pass(spark: SparkSession, run: Run) -> None:
    records: list[str | bytes] = ['{"a":1,"new":2}', '{"a":1,"other":{}}', '{"a":1}', "broken"]
    batch = judge_records(read_of(blob()), raw_of(spark, records), run)
    counts = batch.frame.agg(*(column.alias(name) for name, column in batch.metrics.items())).first()
    assert counts is not None
    assert (counts["read"], counts["accepted"], counts["rejected"]) == (4, 3, 1)
    assert unknown_names(counts["unknown"]) == ("new", "other")


def test_records_that_are_long_deep_or_say_a_name_twice(spark: SparkSession, run: Run) -> None:
    deep = f'{{"a":1,"new":{"[" * 200}{"]" * 200}}}'
    long = f'{{"a":2,"b":{{"c":"{"x" * 20_000_000}"}}}}'
    misfit = f'{{"a":"{"y" * 20_000_000}"}}'
    batch = judge_records(
        read_of(blob()), raw_of(spark, [deep, long, misfit, '{"a":1,"a":3}', '{"a":1,"x":1,"x":2}']), run
    )
    rows = batch.frame.selectExpr(
        "a", "length(b.c)", "length(_rescued_data)", "__reason", "__unknown"
    ).collect()
    assert [tuple(row) for row in rows] == [
        (1, None, None, None, "new"),
        (2, 20_000_000, None, None, None),
        (None, None, 20_000_008, None, None),
        (3, None, None, None, None),
        (1, None, None, None, "x"),
    ]


def test_times_and_numbers_in_the_forms_that_json_has(spark: SparkSession, run: Run) -> None:
    times = {
        "2026-01-02T03:04:05Z": "2026-01-02 03:04:05",
        "2026-01-02T05:04:05.123456+02:00": "2026-01-02 03:04:05.123456",
        "2026-01-02 03:04:05": "2026-01-02 03:04:05",
        "2026-01-02": "2026-01-02 00:00:00",
        "02.01.2026": None,
        "soon": None,
    }
    numbers = {"1.005": None, "9999999999.99": "9999999999.99", "10000000000": None, "1e3": "1000.00"}
    records = [json.dumps({"t": time}) for time in times]
    records += [f'{{"m":{number}}}' for number in numbers]
    frame = judge_records(read_of(blob()), raw_of(spark, list(records)), run).frame
    rows = frame.selectExpr("coalesce(string(t), string(m))", "_rescued_data").collect()
    for row, (said, wanted) in zip(rows, [*times.items(), *numbers.items()], strict=True):
        assert row[0] == wanted, said
        assert (row[1] is None) == (wanted is not None), said
        assert wanted is not None or json.loads(row[1]) in ({"t": said}, {"m": said})


def test_a_column_may_have_the_name_of_the_raw_text(spark: SparkSession, run: Run) -> None:
    column = Column.model_validate({"name": "value", "physicalType": "bigint"})
    read = Read(name="records", mode="batch", port=blob(), columns=(column,))
    batch = judge_records(read, raw_of(spark, ['{"value":1}']), run)
    assert [row["value"] for row in batch.accepted().collect()] == [1]
