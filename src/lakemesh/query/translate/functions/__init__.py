"""Every function of Databricks SQL that is answered here: what is in no table is refused."""

from __future__ import annotations

from lakemesh.query.translate.functions import arrays, json, numbers, texts, times
from lakemesh.query.translate.functions.aggregates import AGGREGATES, Aggregate, Group
from lakemesh.query.translate.functions.lambdas import LAMBDAS, Inside
from lakemesh.query.translate.functions.signature import Function

FUNCTIONS: dict[str, Function] = {
    **texts.FUNCTIONS,
    **numbers.FUNCTIONS,
    **times.FUNCTIONS,
    **arrays.FUNCTIONS,
    **json.FUNCTIONS,
}

__all__ = ["AGGREGATES", "FUNCTIONS", "LAMBDAS", "Aggregate", "Function", "Group", "Inside"]
