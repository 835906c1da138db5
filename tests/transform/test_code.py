"""What the tables of cases do not say of a product's own SQL and Python: what stays apart, what is left."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from lakemesh.plan.stages import Transform
from lakemesh.run import Run
from lakemesh.spec.steps import Python, Sql
from lakemesh.transform.code import call, query

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
LOUD = """
from pyspark.sql import functions as F

STATE = []

def mark(text):
    return text + "{mark}"

@F.udf("string")
def marked(text):
    return mark(text)

def enrich(rows):
    STATE.append(1)
    return rows.withColumn("v", marked("v")).withColumn("calls", F.lit(len(STATE)))
"""


def python(product: str, code: str) -> Transform:
    step = Python.model_validate({"python": "transforms/enrich.py:enrich", "from": "rows"})
    file = f"bundles/{product.replace('.', '/')}/transforms/enrich.py"
    return Transform(name="enriched", product=product, step=step, reads=("rows",), code=code, file=file)


def sql(text: str, **kept: Any) -> Transform:
    return Transform(name="step", step=Sql(sql=text), code=text, **kept)


def test_two_products_with_files_of_one_name(spark: SparkSession) -> None:
    rows, run = spark.createDataFrame([("x",), ("y",)], "v string"), Run(spark, "run", CLOCK)
    one = call(python("cart.activity", LOUD.format(mark="1")), [rows], run)
    two = call(python("checkout.orders", LOUD.format(mark="2")), [rows], run)
    both = call(python("cart.activity", LOUD.format(mark="3")), [two], run)
    assert sorted(row["v"] for row in one.collect()) == ["x1", "y1"]
    assert sorted(row["v"] for row in two.collect()) == ["x2", "y2"]
    assert sorted(row["v"] for row in both.collect()) == ["x23", "y23"]


def test_a_call_does_not_see_what_ran_before(spark: SparkSession) -> None:
    rows, run = spark.createDataFrame([("x",)], "v string"), Run(spark, "run", CLOCK)
    stage = python("cart.carts", LOUD.format(mark=""))
    made = [call(stage, [rows], run).collect()[0]["calls"] for _ in range(3)]
    assert made == [1, 1, 1]


def test_code_takes_no_future_from_lakemesh(spark: SparkSession) -> None:
    code = (
        "def enrich(rows: int):\n"
        "    assert enrich.__annotations__ == {'rows': int}, enrich.__annotations__\n"
        "    return rows\n"
    )
    rows = spark.range(1)
    assert call(python("cart.carts", code), [rows], Run(spark, "run", CLOCK)) is rows


def test_modules_bear_the_products_name(spark: SparkSession) -> None:
    call(
        python("cart.carts", "def enrich(rows):\n    return rows\n"), [spark.range(1)], Run(spark, "r", CLOCK)
    )
    assert [name for name in sys.modules if name.startswith("lakemesh_code_cart_carts_enriched_")]


def test_a_query_leaves_the_session_as_it_was(spark: SparkSession) -> None:
    run = Run(spark, "run", CLOCK)
    spark.range(7).createOrReplaceTempView("rows")
    try:
        first = query(sql("select count(*) as n from rows", reads=("rows",)), [spark.range(1)], run)
        second = query(sql("select count(*) as n from rows", reads=("rows",)), [spark.range(2)], run)
        assert [frame.collect()[0]["n"] for frame in (first, second)] == [1, 2]
        assert spark.table("rows").count() == 7
        assert [view["viewName"] for view in spark.sql("show views").collect()] == ["rows"]
    finally:
        spark.catalog.dropTempView("rows")


def test_a_view_may_have_any_name(spark: SparkSession) -> None:
    stage = sql("select id from `rows of ``{x}` where id > 0", reads=("rows of `{x}",))
    assert query(stage, [spark.range(3)], Run(spark, "run", CLOCK)).count() == 2
