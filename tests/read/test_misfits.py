"""The second look: what each onSchemaChange makes of fields and values that nobody declared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.records import END_OF_FROZEN, FROZEN, SOURCE, unknown_names
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.run import Run

CASES = yaml.safe_load(
    (Path(__file__).parent.parent / "cases/read/schema_change.yml").read_text(encoding="utf-8")
)
COLUMNS = {
    "a": "bigint",
    "b": "struct<c:string,d:int>",
    "lines": "array<struct<sku:string>>",
    "any": "map<string,struct<q:int>>",
}


def reading(says: str, columns: dict[str, str] = COLUMNS) -> Read:
    """An input of the columns, one more of which was found before where it says evolve."""
    port = Blob.model_validate(
        {"kind": "blob", "path": "x", "schema": {"a": "bigint"}, "onSchemaChange": says}
    )
    listed = tuple(Column.model_validate({"name": n, "physicalType": t}) for n, t in columns.items())
    found = ("found",) if says == "evolve" else ()
    return Read(name="records", mode="batch", port=port, columns=listed, evolved=found)


def raw(spark: SparkSession, records: list[str]) -> DataFrame:
    """Raw records of one event or file."""
    values = {"path": "in.json", "partition": "0", "sequence_number": 7}
    kinds = [field.split(":") for field in SOURCE.removeprefix("struct<").removesuffix(">").split(",")]
    source = F.struct(*(F.lit(values.get(name)).cast(kind).alias(name) for name, kind in kinds))
    return spark.createDataFrame([(record,) for record in records], "value string").select(
        "value", source.alias("_source")
    )


@pytest.mark.parametrize("says", ["ignore", "evolve", "freeze", "discard_row", "discard_value"])
def test_what_an_answer_to_a_changed_schema_makes_of_each_record(
    spark: SparkSession, run: Run, says: str
) -> None:
    cases = [case for case in CASES if case["says"] == says and "fails" not in case]
    batch = judge_records(reading(says), raw(spark, [case["record"] for case in cases]), run)
    found = [row.asDict(recursive=True) for row in batch.frame.collect()]
    assert len(found) == len(cases) > 0
    for row, case in zip(found, cases, strict=True):
        rescued = row["_rescued_data"] and json.loads(row["_rescued_data"])
        assert row["__reason"] == case.get("reason"), case["record"]
        assert row["__reason"] or rescued == case.get("rescued"), case["record"]
        assert unknown_names(row["__unknown"]) == tuple(case.get("unknown", ())), case["record"]
        assert row.get("found") == case.get("evolved"), case["record"]


@pytest.mark.parametrize("case", [case for case in CASES if "fails" in case], ids=lambda case: case["record"])
def test_a_frozen_schema_stops_whoever_runs_the_batch(
    spark: SparkSession, run: Run, case: dict[str, Any]
) -> None:
    batch = judge_records(reading("freeze"), raw(spark, ['{"a": 1}', case["record"]]), run)
    with pytest.raises(Exception) as caught:
        batch.accepted().write.format("noop").mode("overwrite").save()
    assert f"{FROZEN}{case['fails']}{END_OF_FROZEN}" in str(caught.value)


def test_flat_schemas_and_maps_of_values(spark: SparkSession, run: Run) -> None:
    flat = reading("discard_value", {"a": "bigint", "m": "map<string,int>"})
    records = ['{"a": 1, "x": "y"}', '{"a": 1, "m": {"k": 1, "l": "two"}}', '{"a": 1}', "{}"]
    rows = judge_records(flat, raw(spark, records), run).frame.collect()
    assert [row["_rescued_data"] for row in rows] == [
        '{"x":"y"}',
        '{"m":"{\\"k\\":1,\\"l\\":\\"two\\"}"}',
        None,
        None,
    ]
    assert rows[1]["m"] is None
