"""What a step does, in a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from lakemesh.spec.steps import (
    Aggregate,
    AnyStep,
    Cast,
    Deduplicate,
    Derive,
    Drop,
    Explode,
    Filter,
    Flatten,
    Join,
    Pseudonymise,
    Python,
    Rename,
    Select,
    Sql,
    Union,
    Window,
)


def step_words(step: AnyStep, reads: Sequence[str], file: str | None) -> str:
    """The step on one line: its kind, what it reads and what it does."""
    of = ", ".join(reads)
    match step:
        case Sql():
            return f"SQL of {(step.path and file) or 'the spec'} over {of}"
        case Python():
            return f"Python {step.python if step.path else 'of the spec'} over {of}"
        case Select():
            return f"select {', '.join(step.columns)} from {of}"
        case Rename():
            return f"rename {_pairs(step.columns)} of {of}"
        case Cast():
            return f"cast {_pairs(step.columns)} of {of}"
        case Derive():
            return f"derive {_pairs(step.columns, ' = ')} on {of}"
        case Drop():
            return f"drop {', '.join(step.columns)} of {of}"
        case Filter():
            return f"filter {of} where {step.where}"
        case Flatten():
            return f"flatten {', '.join(step.columns) or 'every struct'} of {of}"
        case Explode():
            return f"explode {step.column} of {of}"
        case Deduplicate():
            order = f", first by {', '.join(step.order_by)}" if step.order_by else ""
            return f"deduplicate {of} by {', '.join(step.keys)}{order}"
        case Join():
            on = f" on {', '.join(step.on) or step.condition}" if step.on or step.condition else ""
            return f"{step.how} join of {of}{on}"
        case Union():
            return f"union of {of}"
        case Aggregate():
            return f"aggregate {of} by {', '.join(step.by) or 'nothing'}: {_pairs(step.columns, ' = ')}"
        case Pseudonymise():
            return f"pseudonymise {', '.join(step.columns)} of {of} with {step.salt.secret}"
        case Window():
            return f"window over {', '.join(step.partition_by)} of {of}: {_pairs(step.columns, ' = ')}"
        case _:
            assert_never(step)


def _pairs(columns: Mapping[str, str], between: str = " to ") -> str:
    return ", ".join(f"{name}{between}{what}" for name, what in columns.items())
