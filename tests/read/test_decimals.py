"""Numbers that their type does not hold: NULL, with the text rescued, wherever they stand."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.decimals import widened
from lakemesh.read.records import source_struct
from lakemesh.run import Run
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import Decimal as DecimalType
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = {
    "m": "decimal(12,2)",
    "all": "decimal(38,2)",
    "o": "struct<p:decimal(5,1)>",
    "l": "array<struct<p:decimal(5,1),q:string>>",
    "a": "array<decimal(5,1)>",
    "k": "map<string,decimal(5,1)>",
    "t": "tinyint",
    "d": "double",
    "f": "array<float>",
}
FITS: dict[str, tuple[Any, dict[str, str] | None]] = {
    '{"m":1.5}': ({"m": Decimal("1.50")}, None),
    '{"m":"1.50000"}': ({"m": Decimal("1.50")}, None),
    '{"m":1e3}': ({"m": Decimal("1000.00")}, None),
    '{"m":1.239}': ({}, {"m": "1.239"}),
    '{"m":"1.239"}': ({}, {"m": "1.239"}),
    '{"m":0.30000000000000004}': ({}, {"m": "0.30000000000000004"}),
    '{"m":9999999999.999}': ({}, {"m": "9999999999.999"}),
    '{"m":12345678901.5}': ({}, {"m": "12345678901.5"}),
    '{"all":1.239}': ({"all": Decimal("1.24")}, None),
    '{"o":{"p":1.25}}': ({"o": {}}, {"o.p": "1.25"}),
    '{"l":[{"p":1.5,"q":"x"},{"p":1.25,"q":1.10}]}': (
        {"l": [{"p": Decimal("1.5"), "q": "x"}, {"q": "1.10"}]},
        {"l[1].p": "1.25"},
    ),
    '{"a":[1.5,1.25,null]}': ({"a": [Decimal("1.5"), None, None]}, {"a[1]": "1.25"}),
    '{"t":-128}': ({"t": -128}, None),
    '{"t":200}': ({}, {"t": "200"}),
    '{"t":40000}': ({}, {"t": "40000"}),
    '{"d":1.5e308}': ({"d": 1.5e308}, None),
    '{"d":1e400}': ({}, {"d": "1e400"}),
    '{"f":[-1e39,2]}': ({"f": [None, 2.0]}, {"f[0]": "-1e39"}),
    '{"k":{"x":1.5,"y":1.25}}': ({"k": {"x": Decimal("1.5")}}, {"k.y": "1.25"}),
}


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def test_a_number_with_more_digits_than_its_column_does_not_fit(spark: SparkSession) -> None:
    run = Run(spark, "run", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": COLUMNS})
    columns = tuple(Column.model_validate({"name": n, "physicalType": t}) for n, t in COLUMNS.items())
    raw = spark.createDataFrame([(text,) for text in FITS], "value string")
    read = Read(name="in", mode="batch", port=port, columns=columns)
    frame = judge_records(read, raw.select("value", source_struct("in", run)), run).frame
    assert [field.dataType.simpleString() for field in frame.schema.fields][: len(COLUMNS)] == list(
        COLUMNS.values()
    )
    rows = [row.asDict(recursive=True) for row in frame.select(*COLUMNS, "_rescued_data").collect()]
    for row, (text, (wanted, rescued)) in zip(rows, FITS.items(), strict=True):
        said = row.pop("_rescued_data")
        assert (without_nulls(row), said and json.loads(said)) == (wanted, rescued), text


def test_the_widest_decimal_holds_the_same_whole_numbers() -> None:
    assert widened(DecimalType(12, 2)) == DecimalType(38, 28)
    assert widened(DecimalType(38, 2)) == DecimalType(38, 2)
    assert widened(parse_type("array<tinyint>")) == parse_type("array<smallint>")
    assert widened(parse_type("array<int>")) == parse_type("array<int>")
