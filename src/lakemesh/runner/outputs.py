"""One output of one batch: its rows marked, settled, written, and what did not pass set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.check import (
    AnyRule,
    Marked,
    cast_rule,
    failed_names,
    failed_values,
    grouped,
    mark,
    not_null_rule,
    required_rule,
    slice_rule,
    verdicts,
)
from lakemesh.errors import StepFailed
from lakemesh.names import COMMIT_VERSION, METADATA, UPSTREAM_VERSION, quote
from lakemesh.plan.clock import pin_clock
from lakemesh.read.records import SOURCE
from lakemesh.spec.outputs import Merge, Overwrite, spelled, told_by
from lakemesh.spec.steps import Cast, Join, Python
from lakemesh.write import settle
from lakemesh.write.content import DELETE
from lakemesh.write.groups import RECORD
from lakemesh.write.shape import fit, shape_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.stages import Flow, Land
    from lakemesh.run import Observe, Run
    from lakemesh.runner.staging import Staging
    from lakemesh.runner.tally import Tally
    from lakemesh.spec.types import Struct

RULE_FAILED, END_OF_RULES = "lakemesh-rule-failed:", ":end-of-rules"
_SOURCE, _, _CAST_ERRORS = METADATA


@dataclass(frozen=True)
class Checked:
    """An output's rows with the rules that they break marked beside them."""

    land: Land
    shape: Struct
    schema: StructType
    marked: Marked

    @property
    def deletes(self) -> bool:
        """Whether its rows say which of them are deletes."""
        return DELETE in self.schema.names


def check_output(land: Land, view: DataFrame, observe: Observe, run: Run) -> Checked:
    """The view in the output's shape, every row marked, and counted as `check.<output>` when it is run.

    Raises SchemaConflict where the view does not fit the contract.
    """
    shape = shape_of(view, land)
    land = _pinned(land, run)
    land = land.model_copy(update={"port": spelled(land.port, shape.names)})
    told = _tell_deletes(land, view)
    extra = [name for name in (*METADATA, RECORD, DELETE) if name in told.columns]
    fitted = fit(told, land, extra)
    exempt = F.col(DELETE) if DELETE in extra else None
    marked = mark(fitted, tuple(_rules(land, extra)), observe, f"check.{land.name}", exempt)
    return Checked(land, shape, fitted.schema, marked)


def goes_by_record(land: Land) -> bool:
    """Whether each group of an output is what one record says, so that rows have to say of which they are."""
    port, told = land.port, ((), (COMMIT_VERSION,), (UPSTREAM_VERSION,))
    return isinstance(port, Overwrite) and bool(port.by) and port.sequence_by not in told


def tells_records(flow: Flow) -> bool:
    """Whether the records of a flow's batch are numbered for one of its outputs."""
    return any(map(goes_by_record, flow.outputs))


def require_origin(land: Land, view: DataFrame) -> None:
    """Nothing where rows of a batch say of which record they are, or nobody asks.

    Raises StepFailed where a Python step left `_source` behind: a record that comes twice would double its
    group. Of all other steps `validate` knows it.
    """
    if goes_by_record(land) and _SOURCE not in view.columns:
        raise StepFailed(
            f"'{land.port.from_}' gives no {_SOURCE}, by which '{land.name}' tells that a record came twice,"
            f" which would double its group: pass {_SOURCE} on in the Python steps that lead to it"
        )


def require_marks(land: Land, view: DataFrame, flow: Flow) -> None:
    """Nothing where rows tell of the values that could not be cast, or no cast sets them aside.

    Raises StepFailed where a Python step left `_cast_errors` behind: they would pass as NULL. Of all other
    steps `validate` knows it.
    """
    if not land.cast_rules or _CAST_ERRORS in view.columns:
        return
    casts = ", ".join(f"'{name}'" for name in sorted(_casts_behind_python(land.port.from_, flow)))
    if casts:
        raise StepFailed(
            f"'{land.port.from_}' gives no {_CAST_ERRORS}, by which '{land.name}' tells the values that"
            f" {casts} could not cast: pass {_CAST_ERRORS} on in the Python steps between, or say"
            ' onError: "null"'
        )


def _casts_behind_python(view: str, flow: Flow, behind: bool = False) -> set[str]:
    """The casts that set values aside and reach a view by way of a Python step."""
    stage = next((one for one in flow.all_steps if one.name == view), None)
    if stage is None:
        return set()
    step = stage.step
    found = {view} if behind and isinstance(step, Cast) and step.on_error != "null" else set()
    # A join that only looks for matches passes nothing of its right side on.
    reads = stage.reads[:1] if isinstance(step, Join) and step.how in ("semi", "anti") else stage.reads
    behind = behind or isinstance(step, Python)
    return found.union(*(_casts_behind_python(read, flow, behind) for read in reads))


def _pinned(land: Land, run: Run) -> Land:
    """The output with the clock of the batch in the conditions that its port states."""
    said = {key: getattr(land.port, key, None) for key in ("delete_when", "where")}
    pinned = {key: pin_clock(text, run.clock, run.time_zone) for key, text in said.items() if text}
    return land.model_copy(update={"port": land.port.model_copy(update=pinned)}) if pinned else land


def _tell_deletes(land: Land, view: DataFrame) -> DataFrame:
    condition = getattr(land.port, "delete_when", None)
    if condition is None:
        return view
    return view.withColumn(DELETE, F.coalesce(F.expr(condition), F.lit(False)))


def _rules(land: Land, extra: list[str]) -> Iterator[AnyRule]:
    """The output's rules, lakemesh's own before the spec's."""
    port = land.port
    keys = told_by(port) if isinstance(port, Merge) else port.recompute or told_by(port)
    sequence = getattr(port, "sequence_by", ())
    yield from (not_null_rule(key, "key_not_null") for key in keys)
    yield from (not_null_rule(column, "sequence_not_null") for column in sequence)
    if isinstance(port, Overwrite) and port.where is not None:
        yield slice_rule(port.where)
    required = [column.name for column in land.columns or () if column.required]
    yield from (required_rule(name) for name in required if name not in (*keys, *sequence))
    if _CAST_ERRORS in extra:
        yield from (cast_rule(*cast) for cast in land.cast_rules)
    yield from land.rules


def offered(
    checked: Checked, observe: Observe, deletes: bool = False, tombstones: DataFrame | None = None
) -> DataFrame:
    """The rows that are offered to the table, one a key for a merge, in the output's columns.

    Where there are deletes among them, `__delete` tells which. A row that breaks a rule which one row
    decides, with onFailure fail, stops the write that runs it.
    """
    marked = checked.marked
    bad = marked.acts("quarantine", "drop")
    broken = marked.acts("fail", outright=True)
    names = F.array_join(failed_names(marked, marked.slots("fail", outright=True)), ", ")
    stop = F.raise_error(F.concat(F.lit(RULE_FAILED), names, F.lit(END_OF_RULES))).cast("boolean")
    passing = marked.frame.where(F.when(broken, stop).otherwise(~bad))
    columns = [F.col(quote(name)) for name in checked.shape.names]
    arrival = [one for one in (_SOURCE, RECORD) if one in passing.columns and one not in checked.shape.names]
    told = passing.select(*columns, *arrival, *([DELETE] if deletes else []))
    name = f"settle.{checked.land.name}"
    return settle(told, checked.land, observe, name, tombstones).drop(*arrival)


def acted(checked: Checked, tally: Tally, act: str) -> int:
    """How many rows are `quarantined` or `dropped`."""
    counts = tally.under(f"check.{checked.land.name}.").values()
    return sum(one.get(act) or 0 for one in counts)


def settled(checked: Checked, tally: Tally, rows: int) -> dict[str, int]:
    """How many of the rows that were checked are `superseded` by others, and the `conflicts` among them."""
    passed = rows - acted(checked, tally, "quarantined") - acted(checked, tally, "dropped")
    counts = tally.lost(f"settle.{checked.land.name}.", passed, "superseded")
    return {term: sum(one.get(term) or 0 for one in counts) for term in ("superseded", "conflicts")}


def deletes_of(checked: Checked, tally: Tally) -> int:
    """How many of the rows are deletes."""
    return tally.get(f"check.{checked.land.name}.0")["exempt"] or 0 if checked.deletes else 0


def quarantined(checked: Checked) -> DataFrame:
    """The rows that are set aside: the output's columns, the rules that each broke, the values, `_source`."""
    marked = checked.marked
    frame = marked.frame.where(marked.acts("quarantine"))
    known = _SOURCE in frame.columns
    source = F.col(_SOURCE) if known else F.lit(None).cast(SOURCE).alias(_SOURCE)
    return frame.select(
        *(F.col(quote(name)) for name in checked.shape.names if name != _SOURCE),
        failed_names(marked).alias("_failed_rules"),
        failed_values(marked).alias("_failed_values"),
        source,
    )


def judge(checked: Checked, tally: Tally) -> tuple[CheckResult, ...]:
    """The results of an output's rules; those that need grouping take one more pass over the staged rows."""
    frame = checked.marked.frame
    groups = grouped(frame.where(~F.col(DELETE)) if checked.deletes else frame, checked.marked.rules)
    counts = tally.under(f"check.{checked.land.name}.")
    return verdicts(checked.marked.rules, counts, checked.schema, checked.land.name, groups)


def keep(checked: Checked, staging: Staging) -> Checked:
    """The output with its rows computed once, so that they are counted before anything is written."""
    if not checked.land.staged:
        return checked
    kept = staging.keep(f"check.{checked.land.name}", checked.marked.frame)
    return replace(checked, marked=replace(checked.marked, frame=kept))
