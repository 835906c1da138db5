"""Checks: a frame's rows marked with the rules they break, and the verdicts over the whole batch.

`mark` puts bit masks beside the data and counts in the pass that writes it; `verdicts` turns the counts into
results; `failed_names` and `failed_values` are for the rows that are set aside.
"""

from lakemesh.check.builtin import AnyRule, BuiltIn, cast_rule, not_null_rule, required_rule, slice_rule
from lakemesh.check.grouped import grouped
from lakemesh.check.marks import Marked, failed_names, failed_values, mark
from lakemesh.check.results import failing, verdicts

__all__ = [
    "AnyRule",
    "BuiltIn",
    "Marked",
    "cast_rule",
    "failed_names",
    "failed_values",
    "failing",
    "grouped",
    "mark",
    "not_null_rule",
    "required_rule",
    "slice_rule",
    "verdicts",
]
