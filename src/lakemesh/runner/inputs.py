"""One input of one batch: its rows judged by the rules of its port, rejected or let through, and told of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.check import Marked, failed_names, failing, grouped, mark, verdicts
from lakemesh.check.marks import labels_of
from lakemesh.errors import RuleFailed
from lakemesh.names import CHANGE_TYPE
from lakemesh.observe.checks import CheckResult
from lakemesh.plan.staging import decided_by_row
from lakemesh.read.records import REASON, unknown_names
from lakemesh.runner.outputs import END_OF_RULES, RULE_FAILED
from lakemesh.spec.inputs import Blob, EventHub

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    from lakemesh.plan.stages import Flow, Read
    from lakemesh.read import Batch
    from lakemesh.run import Observe
    from lakemesh.runner.pins import Pins
    from lakemesh.runner.tally import Tally
    from lakemesh.spec.expectations import OnFailure

_REJECTS: tuple[OnFailure, ...] = ("drop", "quarantine")


@dataclass(frozen=True)
class Judged:
    """The rows that an input lets through, and the schema that its rules were judged by."""

    view: DataFrame
    schema: StructType


def judge_batch(read: Read, batch: Batch, observe: Observe) -> Batch:
    """The batch with the records rejected that break a rule of the port; one with onFailure fail stops it.

    What did not parse is judged by no rule.
    """
    if not read.rules:
        return batch
    # A record that did not parse has no values, and a delete of a change feed is judged by its keys.
    exempt = batch.reason.isNotNull()
    if CHANGE_TYPE in batch.frame.columns:
        exempt = exempt | (F.col(CHANGE_TYPE) == "delete")
    marked = mark(batch.frame, read.rules, observe, _name(read), exempt)
    reason = F.coalesce(batch.reason, _stop(marked), _broken(marked))
    frame = marked.frame.withColumn(REASON, reason)
    return replace(batch, frame=frame, hidden=(*batch.hidden, *marked.masks))


def _name(read: Read) -> str:
    return f"rules.{read.name}"


def _broken(marked: Marked) -> Column:
    """Why a rule rejects a row: the names of those that it breaks and that reject; NULL where none does."""
    return F.when(marked.acts(*_REJECTS), F.concat(F.lit("rule "), _names(marked, *_REJECTS)))


def _stop(marked: Marked) -> Column:
    names = _names(marked, "fail")
    stop = F.raise_error(F.concat(F.lit(RULE_FAILED), names, F.lit(END_OF_RULES)))
    return F.when(marked.acts("fail", outright=True), stop.cast("string"))


def _names(marked: Marked, *on_failures: OnFailure) -> Column:
    """The names of the rules with these onFailure that a row breaks, as text."""
    acting = [
        label
        for label, rule in zip(labels_of(marked.rules), marked.rules, strict=True)
        if rule.on_failure in on_failures
    ]
    among = F.array(*map(F.lit, acting)).cast("array<string>")
    return F.array_join(F.array_intersect(failed_names(marked), among), ", ")


def require_inputs(flow: Flow, judged: Mapping[str, Judged], tally: Tally) -> None:
    """Nothing. Raises RuleFailed where a rule of an input fails that more than one row decides."""
    for read in flow.reads:
        if any(rule.on_failure == "fail" and not decided_by_row(rule) for rule in read.rules):
            _require(read, _verdicts(read, judged, tally))


def _require(read: Read, results: tuple[CheckResult, ...]) -> None:
    names = ", ".join(f"'{result.rule}'" for result in failing(results))
    if names:
        raise RuleFailed(
            f"{names} of input '{read.name}' did not hold, and onFailure is fail: nothing of the batch was"
            " written."
        )


def input_results(
    flow: Flow, judged: Mapping[str, Judged], tally: Tally, pins: Pins
) -> Iterator[CheckResult]:
    """What is to be told of a batch's inputs: rules, fields that nobody declared, records that are gone."""
    for read in flow.reads:
        if read.rules and read.name in judged:
            yield from _verdicts(read, judged, tally)
        if read.mode == "batch" and isinstance(read.port, Blob | EventHub):
            counts = tally.get(f"input.{read.name}")
            yield _unknown_fields(read, read.port, counts)
            if counts["misfits"]:
                yield _wrong_types(read, counts)
        if read.mode == "batch" and pins.gaps:
            yield data_loss(read, pins.gaps)


def _verdicts(read: Read, judged: Mapping[str, Judged], tally: Tally) -> tuple[CheckResult, ...]:
    one = judged[read.name]
    counts: Mapping[str, Any] = tally.under(f"{_name(read)}.")
    if read.mode == "snapshot":
        counts = _counted(read, one)
    groups = grouped(one.view, read.rules)
    return verdicts(read.rules, counts, one.schema, read.name, groups)


def _counted(read: Read, judged: Judged) -> dict[str, dict[str, Any]]:
    """The counts of a snapshot, taken at once: it may be joined away before an observation sees its rows."""
    counts: dict[str, dict[str, Any]] = {}

    def count(frame: DataFrame, name: str, metrics: Mapping[str, Column]) -> DataFrame:
        row = frame.agg(*(column.alias(key) for key, column in metrics.items())).first()
        counts[name] = row.asDict() if row else {}
        return frame

    mark(judged.view, read.rules, count, _name(read))
    return counts


def _unknown_fields(read: Read, port: Blob | EventHub, counts: Mapping[str, Any]) -> CheckResult:
    """Fields that the records have and the port does not declare; with `ignore` those of a sample."""
    unknown = unknown_names(counts["unknown"])
    said = {} if port.on_schema_change == "ignore" else {"fields": unknown, "says": port.on_schema_change}
    return fact(read, "no_unknown_fields", said, counts["read"] or 0, ", ".join(unknown))


def _wrong_types(read: Read, counts: Mapping[str, Any]) -> CheckResult:
    """Values that are not of their field's type, which the rows do not have."""
    told = fact(read, "no_wrong_types", {}, counts["read"], "values of the wrong type")
    return replace(told, unexpected_count=counts["misfits"])


def data_loss(read: Read, gaps: tuple[str, ...]) -> CheckResult:
    """Records that were gone before they were read, at a port that says to go on without them."""
    return fact(read, "no_data_loss", {"gone": gaps}, 0, ", ".join(gaps[:3]))


def fact(read: Read, name: str, said: dict[str, Any], rows: int, found: str) -> CheckResult:
    """A result that no rule of the spec gives: something found about an input, or nothing."""
    return CheckResult(
        output=read.name,
        rule=name,
        expectation=name,
        columns=(),
        arguments=json.dumps(said, ensure_ascii=False),
        severity="info",
        on_failure="warn",
        success=not found,
        element_count=rows,
        observed_value=found or None,
    )
