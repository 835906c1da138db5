"""Numbers where a text is wanted: string columns, what is rescued, rejected elements keep each digit."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.digits import as_texts, marked, unmarked
from lakemesh.read.records import source_struct
from lakemesh.run import Run
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.read import Batch

LONG = "12345678901234567.891234567"
COLUMNS = {
    "s": "string",
    "d": "double",
    "o": "struct<t:string,n:int>",
    "l": "array<struct<t:string,n:int>>",
    "m": "map<string,string>",
}
TEXTS: list[tuple[str, dict[str, Any]]] = [
    ('{"s":1.10,"d":1.10}', {"s": "1.10", "d": 1.1}),
    (f'{{"s":{LONG}}}', {"s": LONG}),
    ('{"s":2e3}', {"s": "2e3"}),
    ('{"s":1e999}', {"s": "1e999"}),
    ('{"s":-0.0}', {"s": "-0.0"}),
    ('{"s":"1.10","d":1.5}', {"s": "1.10", "d": 1.5}),
    ('{"s":"say \\"1.10\\", {1.20}","d":1.5}', {"s": 'say "1.10", {1.20}', "d": 1.5}),
    ('{"s":{"a":[1.10,"x 1.20",2]}}', {"s": '{"a":[1.10,"x 1.20",2]}'}),
    ('{"s":17}', {"s": "17"}),
    ('{"o":{"t":1.10,"n":1}}', {"o": {"t": "1.10", "n": 1}}),
    ('{"l":[{"t":"a","n":1},{"t":1.10},null]}', {"l": [{"t": "a", "n": 1}, {"t": "1.10"}, None]}),
    ('{"m":{"a":1.10,"b":"1.20"}}', {"m": {"a": "1.10", "b": "1.20"}}),
]
RESCUED = {
    '{"o":{"t":"x","n":1.10}}': {"o.n": "1.10"},
    f'{{"l":{LONG}}}': {"l": LONG},
    '{"o":[{"a":1.10},"1.20"]}': {"o": '[{"a":1.10},"1.20"]'},
    '{"new":1.10,"d":1}': {"new": "1.10"},
    '{"o":{"new":{"a":[2e3]}}}': {"o.new": '{"a":[2e3]}'},
}


@pytest.fixture(scope="module")
def run(spark: SparkSession) -> Run:
    """A run at a clock."""
    return Run(spark, "run", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def judged(run: Run, texts: list[str], **said: Any) -> Batch:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": COLUMNS, **said})
    columns = tuple(Column.model_validate({"name": n, "physicalType": t}) for n, t in COLUMNS.items())
    raw = run.session.createDataFrame([(text,) for text in texts], "value string")
    read = Read(name="in", mode="batch", port=port, columns=columns)
    return judge_records(read, raw.select("value", source_struct("in", run)), run)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def test_a_number_in_a_text_column_keeps_its_digits(run: Run) -> None:
    frame = judged(run, [text for text, _ in TEXTS]).frame
    rows = [row.asDict(recursive=True) for row in frame.select(*COLUMNS).collect()]
    for row, (text, wanted) in zip(rows, TEXTS, strict=True):
        assert without_nulls(row) == wanted, text


def test_what_is_rescued_has_the_text_that_was_said(run: Run) -> None:
    frame = judged(run, list(RESCUED), onSchemaChange="discard_value").frame
    found = [json.loads(row[0]) for row in frame.select("_rescued_data").collect()]
    assert found == list(RESCUED.values())


def test_elements_of_a_document_keep_their_digits(run: Run) -> None:
    document = '[{"s":1.10},[2.50,"3.10"],{"s":"4.10","new":1},1.20]'
    plain = '[{"s":5.10,"d":"6.10"},{"s":"7"}]'
    frame = judged(run, [document, plain], multiLine=True).frame
    rows = frame.select(
        "s", "_rescued_data", F.when(F.col("__reason").isNotNull(), F.col("__value"))
    ).collect()
    assert [tuple(row) for row in rows] == [
        ("1.10", None, None),
        (None, None, '[2.50,"3.10"]'),
        ("4.10", None, None),
        (None, None, "1.20"),
        ("5.10", '{"d":"6.10"}', None),
        ("7", None, None),
    ]


def test_marks_come_and_go_without_a_trace(spark: SparkSession) -> None:
    texts = [
        *RESCUED,
        *(text for text, _ in TEXTS),
        "",
        "{",
        '{"a":"\\\\","b":1.5}',
        "1.5",
        "[-1E-5 ,2]",
        "1.",
    ]
    frame = spark.createDataFrame([(text,) for text in texts], "t string")
    assert [row[0] for row in frame.select(unmarked(marked(F.col("t")))).collect()] == texts


def test_every_value_as_a_text() -> None:
    kind = as_texts(parse_type("struct<a:int,b:array<decimal(5,2)>,c:map<string,struct<d:date>>>"))
    assert kind.ddl == "struct<`a`:string,`b`:array<string>,`c`:map<string,struct<`d`:string>>>"
