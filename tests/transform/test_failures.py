"""Failures of steps are told in one sentence with their place."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

import pytest
from pyspark.errors import PySparkException

from lakemesh.errors import StepFailed
from lakemesh.plan.stages import Transform
from lakemesh.run import Run
from lakemesh.spec.steps import Filter, Python, Sql
from lakemesh.transform import transform
from lakemesh.transform.failures import Unfit, blame, failed, line_in, sentence, told

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
FILE = "bundles/cart/carts/transforms/enrich.py"
PYTHON = Transform(
    name="enriched",
    product="cart.carts",
    step=Python.model_validate({"python": "transforms/enrich.py:enrich", "from": "rows"}),
    reads=("rows",),
    file=FILE,
    code="""from pyspark.sql import functions as F

@F.udf("int")
def halved(value):
    if value == 3:
        raise ValueError(f"{value} is odd")
    return value // 2

def enrich(rows):
    return rows.withColumn("half", halved("id"))
""",
)
FILTER = Transform(
    name="kept", step=Filter.model_validate({"kind": "filter", "from": "rows", "where": "x"}), reads=("rows",)
)


def test_what_a_function_raises_on_data_is_blamed_on_its_step(spark: SparkSession) -> None:
    frame = transform(PYTHON, {"rows": spark.range(5)}, Run(spark, "run", CLOCK))
    with pytest.raises(PySparkException) as raised:
        frame.collect()
    failure = blame(str(raised.value), [FILTER, PYTHON])
    assert str(failure) == f"cart.carts: {FILE}:6: step 'enriched': ValueError: 3 is odd"


def test_nobody_is_blamed_for_what_no_step_did() -> None:
    assert blame('File "/usr/lib/python3/random.py", line 3, in f\nValueError: x', [FILTER, PYTHON]) is None
    assert blame("disk full", [PYTHON]) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "[A_B.C] `x` is wrong. SQLSTATE: 42703; line 1 pos 2;\n'Project\n+- Plan",
            "`x` is wrong.",
        ),
        (
            "\n[PARSE] Error at 'x'. SQLSTATE: 42601 (line 1, pos 14)\n\n== SQL ==\nselect",
            "Error at 'x'.",
        ),
        ("first line\nsecond", "first line."),
        ("", "ValueError"),
    ],
)
def test_a_sentence_has_no_plan(said: str, expected: str) -> None:
    assert sentence(ValueError(said)) == expected


def test_code_fails_at_its_line() -> None:
    stage = Transform(
        name="s", step=Sql(sql="select 1"), reads=(), code="select 1", file="product.yml", line=40
    )
    assert str(failed(stage, "no.", 3)) == "product.yml:42: step 's': no."
    assert str(failed(stage, "no.")) == "product.yml:40: step 's': no."
    assert str(failed(FILTER, "no.", 3)) == "step 'kept': no."


def test_spark_logs_no_stack_trace(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StepFailed):
        transform(FILTER, {"rows": spark.range(1)}, Run(spark, "run", CLOCK))
    assert "Traceback" not in "".join(capfd.readouterr())
    assert "stacktrace" not in "".join(capfd.readouterr())


def test_the_logs_speak_again_afterwards() -> None:
    logger = logging.getLogger("SQLQueryContextLogger")
    before = logger.level
    with pytest.raises(StepFailed, match="step 'kept': no such thing"), told(FILTER):
        raise Unfit("no such thing")
    assert logger.level == before


def test_a_line_is_found_in_a_traceback() -> None:
    try:
        exec(compile("\n\n1 / 0", "given.py", "exec"))
    except ZeroDivisionError as error:
        assert line_in(error, "given.py") == 3
        assert line_in(error, "other.py") is None
