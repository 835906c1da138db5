"""A cast never raises, whatever the text, and says each value that it loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lakemesh.spec.steps import Cast
from lakemesh.transform.cast import cast

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KINDS = {
    "i": "int",
    "l": "bigint",
    "t": "tinyint",
    "f": "double",
    "m": "decimal(9,3)",
    "b": "boolean",
    "d": "date",
    "s": "timestamp",
    "n": "timestamp_ntz",
    "x": "binary",
    "a": "array<int>",
}
NEAR = st.from_regex(r"\A[ +-]?[0-9]{0,12}[.,]?[0-9]{0,4}([eE][0-9]{1,2})?[dDfFL ]?\Z") | st.from_regex(
    r"\A[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9]{1,2}:[0-9]{0,2}(Z|[+-][0-9]{2}:[0-9]{2})?)?\Z"
)
TEXT = st.none() | NEAR | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace").decode())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, min_size=80, max_size=80))
@example(texts=["", " ", "NaN", "-inf", "epoch", "now", "T", "yes", "1e400", "294277-01-01", "\0", "9" * 400])
def test_what_is_lost_is_said(spark: SparkSession, texts: list[str | None]) -> None:
    columns = ", ".join(f"{name} {'array<string>' if name == 'a' else 'string'}" for name in KINDS)
    rows = [tuple([text] if name == "a" else text for name in KINDS) for text in texts]
    step = Cast.model_validate({"kind": "cast", "from": "rows", "columns": KINDS})
    frame = cast(spark.createDataFrame(rows, columns), step, "typed")
    plain = [name for name in KINDS if name != "a"]
    kept = frame.selectExpr(*(f"{name} is not null as {name}" for name in plain), "a", "_cast_errors")
    for text, row in zip(texts, kept.collect(), strict=True):
        lost = {name: text for name in plain if text is not None and not row[name]}
        said = {key.removeprefix("typed."): raw for key, raw in (row["_cast_errors"] or {}).items()}
        assert said.pop("a", None) is not None or row["a"] != [None] or text is None
        assert said == lost
        assert row["_cast_errors"] is None or row["_cast_errors"]


def test_many_columns_at_once(spark: SparkSession) -> None:
    names = [f"c{number}" for number in range(60)]
    frame = spark.createDataFrame([tuple("x" for _ in names)], ", ".join(f"{name} string" for name in names))
    step = Cast.model_validate({"kind": "cast", "from": "rows", "columns": dict.fromkeys(names, "int")})
    row = cast(frame, step, "typed").collect()[0]
    assert row["_cast_errors"] == {f"typed.{name}": "x" for name in names}
