"""DataFrame in, DataFrame out: what each step of a product does to rows.

The metadata columns (`_source`, `_rescued_data`, `_cast_errors`) travel along through every step that keeps
rows; an aggregate has none, a join keeps the left side's, SQL and Python keep what they select.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from pyspark.sql import functions as F

from lakemesh.spec import steps
from lakemesh.transform import cast, code, columns, combine, rows
from lakemesh.transform.failures import Unfit, told

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import Transform
    from lakemesh.run import Run

__all__ = ["keep", "transform"]


def transform(stage: Transform, frames: Mapping[str, DataFrame], run: Run) -> DataFrame:
    """The view that a step makes of the views it reads.

    Raises StepFailed, with the step and the place of its code, where Spark refuses it or where it cannot do
    what it says with these columns.
    """
    with told(stage):
        frame = _step(stage, [frames[name] for name in stage.reads], run)
        # Over Connect nothing is analysed before somebody asks; asking here gives the error its step.
        twice = [name for name, count in Counter(map(str.lower, frame.columns)).items() if count > 1]
        if twice:
            raise Unfit(
                f"it gives the column '{twice[0]}' twice: a name can stand only once, whatever its case"
            )
    return frame


def keep(stage: Transform, frames: Mapping[str, DataFrame], run: Run) -> tuple[DataFrame, Column]:
    """All rows that a filter or a deduplicate takes, and the condition, never NULL, of those that it keeps.

    For a run that counts what is left out; the condition is the frame's column `__kept`. Raises as
    `transform` does.
    """
    step = stage.step
    if not isinstance(step, steps.Filter | steps.Deduplicate):
        raise TypeError(f"step '{stage.name}' keeps all rows or makes new ones")
    with told(stage):
        frame = rows.judge(frames[stage.reads[0]], step, run)
        _ = frame.columns
    return frame, F.col(rows.KEPT)


def _step(stage: Transform, reads: list[DataFrame], run: Run) -> DataFrame:
    match stage.step:
        case steps.Sql():
            return code.query(stage, reads, run)
        case steps.Python():
            return code.call(stage, reads, run)
        case steps.Select() as step:
            return columns.select(reads[0], step, run)
        case steps.Rename() as step:
            return columns.rename(reads[0], step)
        case steps.Cast() as step:
            return cast.cast(reads[0], step, stage.name)
        case steps.Derive() as step:
            return columns.derive(reads[0], step, run)
        case steps.Drop() as step:
            return columns.drop(reads[0], step)
        case steps.Filter() as step:
            return rows.keep(reads[0], step, run)
        case steps.Flatten() as step:
            return columns.flatten(reads[0], step)
        case steps.Explode() as step:
            return rows.explode(reads[0], step)
        case steps.Deduplicate() as step:
            return rows.deduplicate(reads[0], step, run)
        case steps.Join() as step:
            return combine.join(reads[0], reads[1], step, run)
        case steps.Union() as step:
            return combine.union(reads, step)
        case steps.Aggregate() as step:
            return combine.aggregate(reads[0], step, run)
        case steps.Pseudonymise() as step:
            return columns.pseudonymise(reads[0], step, run)
        case steps.Window() as step:
            return rows.window(reads[0], step, run)
        case _:
            assert_never(stage.step)
