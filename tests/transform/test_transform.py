"""Every kind of step against its table of cases: rows in, step, rows out.

`frames` are views by name, `rows` stands for one view of that name. A row is a mapping, what it leaves out is
NULL; `expect` names every column and type of the result, `error` is the whole message of the failure.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from lakemesh.errors import RunError
from lakemesh.plan.stages import Transform
from lakemesh.run import Run, Secrets
from lakemesh.spec.document import read_document
from lakemesh.spec.steps import AnyStep, Step
from lakemesh.transform import keep, transform

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FOLDER = Path(__file__).parent.parent / "cases" / "transform"
CLOCK = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
SECRETS = Secrets({"checkout/salt": "top secret", "checkout/long": "k" * 100})
KINDS = (
    "sql python select rename cast derive drop filter flatten explode deduplicate join union aggregate"
    " pseudonymise window"
).split()
STEPS: TypeAdapter[AnyStep] = TypeAdapter(Step)


def read_cases() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for file in sorted(FOLDER.glob("*.yml")):
        document = read_document(file.name, file.read_text(encoding="utf-8"))
        assert not document.findings, document.findings
        found += [(f"{file.stem}: {case['name']}", case) for case in document.value]
    return found


def make_run(session: SparkSession, zone: str = "UTC") -> Run:
    return Run(session, "run", CLOCK, zone, SECRETS)


def make_frame(session: SparkSession, said: dict[str, Any]) -> DataFrame:
    from pyspark.sql import functions as F

    lines = [(json.dumps(row),) for row in said.get("rows", ())]
    text = session.createDataFrame(lines, "value string")
    return text.select(F.from_json("value", said["schema"]).alias("row")).select("row.*")


def make_stage(case: dict[str, Any], views: list[str]) -> Transform:
    said = dict(case["step"])
    name = said.pop("name", "step")
    step = STEPS.validate_python(said)
    code = case.get("code") or said.get("sql") or said.get("python")
    reads = tuple(getattr(step, "reads", views))
    file, line = case.get("file"), case.get("line", 1)
    return Transform(name=name, product="", step=step, reads=reads, code=code, file=file, line=line)


def rows_of(frame: DataFrame) -> list[str]:
    """Each row as JSON, numbers as they are printed, sorted."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import VariantType

    columns = [
        F.to_json(field.name).alias(field.name)
        if isinstance(field.dataType, VariantType)
        else F.col(f"`{field.name.replace('`', '``')}`")
        for field in frame.schema.fields
    ]
    written = frame.select(
        F.to_json(F.struct(*columns), {"ignoreNullFields": "false"}).alias("row")
    ).collect()
    return sorted(
        json.dumps(json.loads(row["row"], parse_float=str, parse_int=str), sort_keys=True) for row in written
    )


def expected_rows(rows: list[dict[str, Any]], schema: Any) -> list[str]:
    return sorted(json.dumps(_filled(row, schema), sort_keys=True) for row in rows)


def _filled(value: Any, kind: Any) -> Any:
    """A value as `rows_of` writes it: what is left out of a struct is null, numbers are text."""
    if kind.typeName() == "struct" and isinstance(value, dict):
        assert set(value) <= set(kind.names), (value, kind.names)
        return {field.name: _filled(value.get(field.name), field.dataType) for field in kind.fields}
    if kind.typeName() == "array" and isinstance(value, list):
        return [_filled(item, kind.elementType) for item in value]
    if kind.typeName() == "map" and isinstance(value, dict):
        return {key: _filled(item, kind.valueType) for key, item in value.items()}
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def run_case(session: SparkSession, case: dict[str, Any]) -> None:
    """Do the case's step and compare, whatever the session."""
    views = case.get("frames", {"rows": case})
    frames = {name: make_frame(session, said) for name, said in views.items()}
    stage = make_stage(case, list(views))
    run = make_run(session, case.get("timeZone", "UTC"))
    if "error" in case:
        with pytest.raises(RunError) as failure:
            transform(stage, frames, run)
        assert str(failure.value) == case["error"]
        return
    result = transform(stage, frames, run)
    expected = case["expect"]
    schema = make_frame(session, {"schema": expected["schema"]}).schema
    assert result.schema.simpleString() == schema.simpleString()
    assert rows_of(result) == expected_rows(expected["rows"], schema)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in read_cases()])
def test_case(spark: SparkSession, case: dict[str, Any]) -> None:
    run_case(spark, case)


def test_every_kind_has_its_table() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yml")) == sorted(KINDS)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"kind": "filter", "from": "rows", "where": "v > 1"}, 1),
        ({"kind": "deduplicate", "from": "rows", "keys": ["k"]}, 4),
    ],
)
def test_rows_that_are_left_out_can_be_counted(spark: SparkSession, said: dict[str, Any], kept: int) -> None:
    rows = [{"k": "a", "v": 1}, {"k": "a", "v": 1}, {"k": "b"}, {"v": 1}, {"v": 2}]
    frame = make_frame(spark, {"schema": "k string, v int", "rows": rows})
    stage = make_stage({"step": said}, ["rows"])
    judged, condition = keep(stage, {"rows": frame}, make_run(spark))
    assert judged.columns == ["k", "v", "__kept"]
    assert judged.where(condition).count() == kept
    assert judged.where(~condition).count() == len(rows) - kept
    assert rows_of(judged.where(condition).drop("__kept")) == rows_of(
        transform(stage, {"rows": frame}, make_run(spark))
    )


def test_only_a_filter_or_a_deduplicate_leaves_rows_out(spark: SparkSession) -> None:
    stage = make_stage({"step": {"kind": "drop", "from": "rows", "columns": ["id"]}}, ["rows"])
    with pytest.raises(TypeError):
        keep(stage, {"rows": spark.range(1)}, make_run(spark))
