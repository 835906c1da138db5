"""Facts into the ops tables: plain appends, one small set of tables a domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lakemesh.observe.ops import OPS
from lakemesh.write.tables import save

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place


def append_facts(session: SparkSession, table: Place, kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to one of the ops tables; `kind` names its columns (runs, batches, ledger, checks)."""
    if not rows:
        return
    columns = OPS[kind]
    names = _names(columns)
    frame = session.createDataFrame(
        [tuple(_listed(row.get(name)) for name in names) for row in rows], columns
    )
    save(frame.coalesce(1).write.format("delta").mode("append"), table)


def _listed(value: Any) -> Any:
    """A tuple as a list: Connect takes nothing else for an array."""
    return list(value) if isinstance(value, tuple) else value


def _names(ddl: str) -> list[str]:
    from lakemesh.spec.types import parse_type

    kind = parse_type(f"struct<{ddl}>")
    return list(getattr(kind, "names", ()))
