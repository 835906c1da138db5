"""A session for tiny frames is as it was afterwards, whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakemesh.runner.lean import lean

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KEYS = ("spark.sql.adaptive.enabled", "spark.sql.shuffle.partitions", "spark.sql.codegen.factoryMode")


def test_a_session_is_lean_for_as_long_as_the_block_lasts(spark: SparkSession) -> None:
    before = [spark.conf.get(key) for key in KEYS]
    with pytest.raises(RuntimeError), lean(spark):
        assert [spark.conf.get(key) for key in KEYS] == ["false", "1", "NO_CODEGEN"]
        raise RuntimeError
    assert [spark.conf.get(key) for key in KEYS] == before
