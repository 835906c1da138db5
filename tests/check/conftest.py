"""Tables of cases for the rules: rows, a rule, what is to come out.

A file under tests/cases/check is named after its expectation. `frames` are rows with a schema, by name;
a case marks one of them (`default` where it names none). What it expects:

    success, unexpected,   as in the result; `missing: none` where nothing is dropped
    missing, percent, observed
    marked: [0, 2]         the rows (counted from 0) whose mask has the rule's bit
    values: ["-1", null]   what `failed_values` says of these rows
    error: text            a part of the message with which the rule is refused

All cases of a frame are marked together and run as one job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lakemesh.spec.document import read_document
from lakemesh.spec.expectations import Rule

FOLDER = Path(__file__).parent.parent / "cases" / "check"
LEVELS = ("row", "aggregate", "schema", "grouped")


def read_cases(file: Path) -> dict[str, Any]:
    document = read_document(file.name, file.read_text(encoding="utf-8"))
    assert not document.findings, document.findings
    return dict(document.value)


def rule_of(kind: str, case: Mapping[str, Any]) -> Rule:
    return Rule.model_validate({kind: case["rule"], "name": case["name"]})


@dataclass
class Watch:
    """Observes as a run does, with one Observation for each name."""

    watched: dict[str, Any] = field(default_factory=dict)

    def __call__(self, frame: Any, name: str, metrics: Mapping[str, Any]) -> Any:
        from pyspark.sql import Observation

        self.watched[name] = Observation()
        return frame.observe(self.watched[name], *(one.alias(key) for key, one in metrics.items()))

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        return {name: observation.get for name, observation in self.watched.items()}


@dataclass(frozen=True)
class Outcome:
    """What came of rules over a frame: results by label, the rows marked, the values told."""

    results: dict[str, Any]
    marked: dict[str, list[int]]
    values: dict[str, list[str | None]]


@pytest.fixture(scope="session")
def judge_frame(spark: Any) -> Callable[..., Outcome]:
    """Marks, runs and judges: (frame, rules, exempt) to an Outcome, the row rules in one job."""
    from lakemesh.check import failed_values, grouped, mark, verdicts

    def judge(frame: Any, rules: Sequence[Any], exempt: Any = None) -> Outcome:
        watch = Watch()
        marked = mark(frame, rules, watch, "out", exempt)
        rows = marked.frame.select(failed_values(marked).alias("failed")).collect()
        results = verdicts(rules, watch.metrics, frame.schema, "out", grouped(frame, rules))
        failed = [row["failed"] or {} for row in rows]
        by_label = {
            result.rule: [index for index, row in enumerate(failed) if result.rule in row]
            for result in results
        }
        values = {label: [failed[index][label] for index in found] for label, found in by_label.items()}
        return Outcome({result.rule: result for result in results}, by_label, values)

    return judge


@pytest.fixture(scope="session")
def outcomes(spark: Any, judge_frame: Callable[..., Outcome]) -> Callable[[Path, str], Outcome]:
    """The outcome of all cases over one frame of a file, run once."""
    known: dict[tuple[Path, str], Outcome] = {}

    def outcome(file: Path, name: str) -> Outcome:
        if (file, name) not in known:
            said = read_cases(file)
            cases = [
                case for case in said["cases"] if _frame_of(case) == name and "error" not in case["expect"]
            ]
            rules = [rule_of(file.stem, case) for case in cases]
            known[file, name] = judge_frame(make_frame(spark, said["frames"][name]), rules)
        return known[file, name]

    return outcome


@pytest.fixture(scope="session")
def prove(spark: Any, outcomes: Callable[[Path, str], Outcome]) -> Callable[[Path, dict[str, Any]], None]:
    """Holds a case against what came out."""

    def hold(file: Path, case: dict[str, Any]) -> None:
        expect = dict(case["expect"])
        if "error" in expect:
            return _refused(make_frame(spark, read_cases(file)["frames"][_frame_of(case)]), file, case)
        outcome, name = outcomes(file, _frame_of(case)), case["name"]
        result = outcome.results[name]
        found = {
            "success": result.success,
            "unexpected": result.unexpected_count,
            "missing": "none" if result.missing_count is None else result.missing_count,
            "percent": None if result.unexpected_percent is None else round(result.unexpected_percent, 4),
            "observed": result.observed_value,
            "marked": outcome.marked[name],
            "values": outcome.values[name],
        }
        assert {key: found[key] for key in expect} == expect
        return None

    return hold


def _refused(frame: Any, file: Path, case: dict[str, Any]) -> None:
    from lakemesh.check import mark
    from lakemesh.errors import RunError

    with pytest.raises(RunError) as refused:
        mark(frame, [rule_of(file.stem, case)], Watch(), "out")
    assert case["expect"]["error"] in str(refused.value)


def _frame_of(case: Mapping[str, Any]) -> str:
    return str(case.get("frame", "default"))


def make_frame(spark: Any, said: Mapping[str, Any]) -> Any:
    """A frame of rows as YAML says them, each value turned into its column's type."""
    from pyspark.sql.types import StructType

    schema = StructType.fromDDL(said["schema"])
    rows = [as_type(row, schema) for row in said.get("rows", ())]
    return spark.createDataFrame(rows, schema).coalesce(1)


def as_type(value: Any, kind: Any) -> Any:
    """A YAML value as Python's value of a Spark type; a text of a moment is UTC where it has no zone."""
    from pyspark.sql import types as T

    if value is None:
        return None
    match kind:
        case T.StructType():
            return tuple(as_type(item, part.dataType) for item, part in zip(value, kind.fields, strict=True))
        case T.ArrayType():
            return [as_type(item, kind.elementType) for item in value]
        case T.DecimalType():
            return Decimal(str(value))
        case T.FractionalType():
            return float(value)
        case T.DateType():
            return dt.date.fromisoformat(value)
        case T.TimestampType():
            moment = dt.datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        case T.TimestampNTZType():
            return dt.datetime.fromisoformat(value)
        case T.BinaryType():
            return bytes(value, "utf-8")
        case _:
            return value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `row_case` and the like gets each case of the files of that level."""
    for level in LEVELS:
        if f"{level}_case" in metafunc.fixturenames:
            found = [
                (file, case) for file in sorted(FOLDER.glob("*.yml")) for case in read_cases(file)["cases"]
            ]
            chosen = [(file, case) for file, case in found if _level(file, case) == level]
            ids = [f"{file.stem.removeprefix('expect_')}: {case['name']}" for file, case in chosen]
            metafunc.parametrize(f"{level}_case", chosen, ids=ids)


def _level(file: Path, case: Mapping[str, Any]) -> str:
    return rule_of(file.stem, case).expectation.level
