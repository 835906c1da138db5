"""Counts as verdicts, by the arithmetic of Great Expectations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lakemesh.check.builtin import AnyRule, BuiltIn
from lakemesh.check.marks import chunks, judged_by, labels_of, level_of, mostly_of
from lakemesh.check.rows import EVERY_ROW, domain_of
from lakemesh.check.tables import judge_schema
from lakemesh.errors import RunError
from lakemesh.observe.checks import CheckResult

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

Counts = Mapping[str, Any]
"""What was counted: the metrics of all observations of one output, by their names."""


def verdicts(
    rules: Sequence[AnyRule],
    metrics: Mapping[str, Counts],
    schema: StructType,
    output: str,
    grouped: Mapping[str, Mapping[str, int]] = {},
) -> tuple[CheckResult, ...]:
    """A result for each rule, in their order.

    `metrics` are what the observations of `mark` for this output counted, by their names; `schema` is the
    frame's before it was marked; `grouped` is what `grouped` gave. No judged row is success; a table rule
    without a value fails.
    Raises RunError where a count is missing.
    """
    counts = {key: value for observed in metrics.values() for key, value in observed.items()}
    judged = _judged_metrics(rules)
    found = []
    for index, (rule, label) in enumerate(zip(rules, labels_of(rules), strict=True)):
        said = _said(rule, label, output, _element_count(rule, counts))
        match level_of(rule):
            case "row":
                found.append(
                    _on_rows(rule, said, _number(counts, f"unexpected_{index}"), counts, judged[index])
                )
            case "aggregate":
                found.append(_on_aggregate(index, said, counts))
            case "grouped":
                found.append(_on_groups(rule, said, grouped))
            case _:
                found.append(_on_schema(rule, said, schema))
    return tuple(found)


def failing(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The results that stop a run: of rules with onFailure fail, those that do not hold."""
    return tuple(result for result in results if result.on_failure == "fail" and not result.success)


def _judged_metrics(rules: Sequence[AnyRule]) -> dict[int, str]:
    """For each row rule the name of the metric that counts the rows it judges."""
    return {
        slot.index: f"judged_{judged_by(chunk)[domain_of(slot.rule)]}"
        for chunk in chunks(rules)
        for slot in chunk
    }


def _said(rule: AnyRule, label: str, output: str, element_count: int) -> dict[str, Any]:
    """What a result says of its rule, whatever was counted."""
    if isinstance(rule, BuiltIn):
        expectation, arguments = rule.expectation, {}
    else:
        expectation = rule.expectation.kind
        arguments = rule.expectation.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    return {
        "output": output,
        "rule": label,
        "expectation": expectation,
        "columns": rule.columns if isinstance(rule, BuiltIn) else rule.expectation.columns,
        "arguments": json.dumps(arguments, ensure_ascii=False),
        "severity": rule.severity,
        "on_failure": rule.on_failure,
        "element_count": element_count,
    }


def _element_count(rule: AnyRule, counts: Counts) -> int:
    """The rows offered to the rule: all, less those (deletes) that only keys and sequences are judged of."""
    always = isinstance(rule, BuiltIn) and rule.always
    return _number(counts, "rows") - (0 if always else int(counts.get("exempt") or 0))


def _on_rows(
    rule: AnyRule, said: dict[str, Any], unexpected: int, counts: Counts, metric: str
) -> CheckResult:
    every = domain_of(rule) == EVERY_ROW
    judged = said["element_count"] if every else _number(counts, metric)
    # The null tests and built-in rules judge every row, so nothing is missing; a pair's ignored rows are.
    told = not every or (not isinstance(rule, BuiltIn) and len(rule.expectation.columns) > 1)
    return _on_counts(rule, said, judged, unexpected, told)


def _on_groups(rule: AnyRule, said: dict[str, Any], grouped: Mapping[str, Mapping[str, int]]) -> CheckResult:
    (column,) = said["columns"]
    if column not in grouped:
        raise RunError(f"rule '{said['rule']}' has no grouped counts of column '{column}'.")
    return _on_counts(rule, said, grouped[column]["judged"], grouped[column]["unexpected"], True)


def _on_counts(rule: AnyRule, said: dict[str, Any], judged: int, unexpected: int, told: bool) -> CheckResult:
    """The verdict as in Great Expectations: of the judged rows at least `mostly` are as expected."""
    return CheckResult(
        **said,
        success=judged == 0 or (judged - unexpected) / judged >= mostly_of(rule),
        missing_count=said["element_count"] - judged if told else None,
        unexpected_count=unexpected,
        unexpected_percent=unexpected / judged * 100 if judged else None,
    )


def _on_aggregate(index: int, said: dict[str, Any], counts: Counts) -> CheckResult:
    observed = counts.get(f"value_{index}")
    return CheckResult(**said, success=_number(counts, f"holds_{index}") == 1, observed_value=observed)


def _on_schema(rule: AnyRule, said: dict[str, Any], schema: StructType) -> CheckResult:
    verdict = judge_schema(rule, schema)
    return CheckResult(**said, success=verdict.success, observed_value=verdict.observed)


def _number(counts: Counts, metric: str) -> int:
    """A count; a sum over no rows is NULL in Spark and 0 here."""
    if metric not in counts:
        raise RunError(f"the count '{metric}' did not come back from the run.")
    return int(counts[metric] or 0)
