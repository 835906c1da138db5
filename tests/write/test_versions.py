"""Versions of tables: where one stands, and back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.write.versions import can_go_back, go_back, version_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place


def test_a_table_goes_back_as_long_as_its_files_are_there(spark: SparkSession, place: Place) -> None:
    assert version_of(spark, place) is None
    for number in range(2):
        spark.range(number, number + 1).write.format("delta").mode("overwrite").save(place.location)
    assert version_of(spark, place) == 1
    assert can_go_back(spark, place, 0)
    go_back(spark, place, 0)
    assert [row.id for row in spark.read.format("delta").load(place.location).collect()] == [0]
    go_back(spark, place, None)
    assert spark.read.format("delta").load(place.location).count() == 0
    assert version_of(spark, place) == 3
    assert not can_go_back(spark, place, 9)
    for file in Path(place.location).glob("*.parquet"):
        shutil.move(file, file.with_suffix(".gone"))
    assert not can_go_back(spark, place, 1)
