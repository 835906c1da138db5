"""Commits of a Delta table that know which batch they are: written once, and found again by what they say.

A write with a txnAppId and txnVersion that the table has seen is skipped by Delta in silence. So the pair
stands in the commit's userMetadata, too: there a replay finds it, with the counts that the commit reports.
Source: https://docs.delta.io/latest/delta-streaming.html#idempotent-table-writes-in-foreachbatch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakemesh.errors import RunError

if TYPE_CHECKING:
    from pyspark.sql import DataFrameWriter, SparkSession

    from lakemesh.plan.places import Place

_TXN_APP = "spark.databricks.delta.write.txnAppId"
_TXN_VERSION = "spark.databricks.delta.write.txnVersion"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_RECENT = 5


@dataclass(frozen=True)
class Txn:
    """The identity of one write: <product>/<flow>/<generation>/<output> and the batch."""

    app_id: str
    version: int

    @property
    def metadata(self) -> str:
        """The identity as a commit carries it in its userMetadata."""
        return json.dumps({"txnAppId": self.app_id, "txnVersion": self.version})


@dataclass(frozen=True)
class Commit:
    """A commit of a table, with the row counts that it reports: absent ones are 0."""

    version: int
    rows: dict[str, int]

    def count(self, metric: str) -> int:
        """One of its counts, such as numOutputRows."""
        return self.rows.get(metric, 0)

    @property
    def added(self) -> int:
        """The rows that an append added, as Spark or delta-rs names them."""
        return self.count("numOutputRows") or self.count("num_added_rows")


def mark(writer: DataFrameWriter, txn: Txn) -> DataFrameWriter:
    """The writer, so that what it commits carries the identity."""
    return (
        writer.option("txnAppId", txn.app_id)
        .option("txnVersion", txn.version)
        .option("userMetadata", txn.metadata)
    )


@contextmanager
def marked_session(session: SparkSession, txn: Txn) -> Iterator[None]:
    """A session whose MERGE carries the identity."""
    settings = {_TXN_APP: txn.app_id, _TXN_VERSION: str(txn.version), _METADATA: txn.metadata}
    for key, value in settings.items():
        session.conf.set(key, value)
    try:
        yield
    finally:
        for key in settings:
            session.conf.unset(key)


def find_commit(session: SparkSession, table: Place, txn: Txn, replayed: bool) -> Commit | None:
    """The commit that carries the identity; None where there is none.

    A replay looks through the whole history that the table still has, any other batch at its last commits.
    """
    commits = history(session, table, None if replayed else _RECENT)
    found = next((commit for commit in commits if commit["userMetadata"] == txn.metadata), None)
    if found is None:
        return None
    metrics = {name: str(value) for name, value in (found["operationMetrics"] or {}).items()}
    return Commit(found["version"], {name: int(value) for name, value in metrics.items() if value.isdigit()})


def history(session: SparkSession, table: Place, limit: int | None = None) -> list[dict[str, Any]]:
    """The table's commits, the latest first: version, timestamp, userMetadata, operationMetrics.

    Those of a folder come from its log: DESCRIBE HISTORY takes Spark two jobs.
    """
    if table.folder is not None:
        from deltalake import DeltaTable

        commits = DeltaTable(table.folder).history(limit)
        return [{"userMetadata": None, "operationMetrics": None, **commit} for commit in commits]
    some = f" LIMIT {limit}" if limit else ""
    told = session.sql(f"DESCRIBE HISTORY {table.sql}{some}").select(
        "version", "timestamp", "userMetadata", "operationMetrics"
    )
    return [row.asDict() for row in told.collect()]


def require_commit(session: SparkSession, table: Place, txn: Txn) -> Commit:
    """The commit that was just made. Raises RunError where the table does not have it."""
    commit = find_commit(session, table, txn, replayed=False)
    if commit is None:
        raise RunError(
            f"{table.name} does not hold the commit of {txn.app_id}, batch {txn.version}: another writer has"
            " changed the table, or the transaction id was used before. Nothing of the batch was recorded;"
            " run again."
        )
    return commit
