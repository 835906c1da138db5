"""What is computed once: in Spark's memory, or in a table that lasts as long as its batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.runner.staging import Staging, clear_staging

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ODD = """
select uuid() as `a b`, id as `x.y`, 'q' as `back``tick`, null as nothing, null as `no.thing`,
  interval 1 day as days, timestamp'1500-01-01 00:00:00' - timestamp'1499-01-01 00:00:00' as span,
  date'0001-01-01' as first, double('NaN') as n, array(struct(cast(1.10 as decimal(4,2)) as d)) as `a=b`,
  map(date'2026-01-01', x'ff') as bytes, timestamp_ntz'1500-01-01 00:00:00.000001' as local,
  cast(null as void) is null as void, id as _hidden
from range(3)
"""


def texts(frame: DataFrame) -> list[str]:
    return sorted(map(str, frame.collect()))


@pytest.mark.parametrize("persists", [True, False])
def test_a_frame_is_computed_once_whatever_its_columns(
    spark: SparkSession, tmp_path: Path, persists: bool
) -> None:
    folder = tmp_path / "run"
    with Staging(str(folder), persists) as staging:
        kept = staging.keep("_odd", spark.sql(ODD))
        assert kept.dtypes == spark.sql(ODD).dtypes
        assert texts(kept) == texts(kept.where("true"))
        assert "datetime.date(1, 1, 1)" in texts(kept)[0]
        assert staging.keep("_odd", spark.range(1)) is kept
        assert folder.exists() is not persists
        assert [one.storageLevel.useMemory for one in staging.persisted] == [True] * persists
        held = list(staging.persisted)
    assert not folder.exists()
    assert not any(one.storageLevel.useMemory for one in held)


@pytest.mark.parametrize("persists", [True, False])
def test_what_is_lent_is_kept_in_memory_or_not_at_all(
    spark: SparkSession, tmp_path: Path, persists: bool
) -> None:
    folder = tmp_path / "run"
    with Staging(str(folder), persists) as staging:
        lent = staging.lend(spark.sql(ODD))
        assert (lent.storageLevel.useMemory, staging.kept, folder.exists()) == (persists, {}, False)
    assert not lent.storageLevel.useMemory


def test_what_is_lent_bare_has_no_plan_behind_it(spark: SparkSession, tmp_path: Path) -> None:
    with Staging(str(tmp_path / "run"), persists=True) as staging:
        lent = staging.lend_bare(spark.sql(ODD))
        assert lent.dtypes == spark.sql(ODD).dtypes
        assert lent._jdf.queryExecution().analyzed().children().isEmpty()  # type: ignore[attr-defined]
        assert texts(lent) == texts(lent.where("true"))  # its uuids, once
        assert lent.join(lent, "a b", "left_semi").count() == 3
    with Staging(str(tmp_path / "run"), persists=False) as staging:
        frame = spark.sql(ODD)
        assert staging.lend_bare(frame) is frame


def test_where_a_session_refuses_nothing_more_is_persisted(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(frame: Any) -> None:
        asked.append(frame)
        raise RuntimeError("[NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE")

    monkeypatch.setattr(type(spark.range(1)), "persist", refuse)
    with Staging(str(tmp_path / "run"), persists=True) as staging:
        for name in ("one", "two"):
            assert staging.keep(name, spark.range(2)).count() == 2
    assert len(asked) == 1


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    from lakemesh.names import ProductName
    from lakemesh.plan.places import Places

    places = Places(platform="local", root=str(tmp_path), lakehouse=str(tmp_path / "lakehouse"))
    mine, other = (Path(places.staging(ProductName("shop", name))) for name in ("orders", "others"))
    for folder in (mine, other):
        (folder / "killed" / "0-more").mkdir(parents=True)
    plan: Any = type("Plan", (), {"places": places, "name": ProductName("shop", "orders")})
    clear_staging(plan)
    assert not mine.exists()
    assert other.exists()
