"""The ops tables: their columns as Spark DDL, the same for writers and readers.

Rows are plain appends keyed by product, flow, generation and batch; readers take the last (by `at`).
"""

from __future__ import annotations

from lakemesh.observe.ledger import TERMS

_KEY = "product string, flow string, generation string, batch bigint, run_id string, at timestamp"
RUNS = (
    "run_id string, product string, version string, environment string, state string, at timestamp,"
    " clock timestamp, drained boolean, message string, before string"
)
BATCHES = (
    f"{_KEY}, state string, clock timestamp, pins string, offsets string,"
    " files array<struct<path: string, size: bigint, modified: timestamp>>"
)
LEDGER = f"{_KEY}, kind string, name string, " + ", ".join(f"{term} bigint" for term in TERMS)
CHECKS = (
    f"{_KEY}, output string, rule string, expectation string, columns array<string>, arguments string,"
    " severity string, on_failure string, success boolean, element_count bigint, missing_count bigint,"
    " unexpected_count bigint, unexpected_percent double, observed_value string"
)
OPS = {"runs": RUNS, "batches": BATCHES, "ledger": LEDGER, "checks": CHECKS}
"""Columns of each ops table.

`state` of runs: running, succeeded, failed, restoring, restored; of batches: open, done, failed, restored.
`before` of a run's first row is JSON: where its tables and flows stood when it began (see runner/standing).
"""
