"""Versions of Delta tables: where one stands, how far back it can go, and back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place


def is_there(session: SparkSession, table: Place) -> bool:
    """Whether there is a Delta table."""
    if table.folder is not None:
        from deltalake import DeltaTable

        return bool(DeltaTable.is_deltatable(table.folder))
    return bool(session.catalog.tableExists(table.sql))


def version_of(session: SparkSession, table: Place) -> int | None:
    """The version at which a table stands; None where there is none."""
    if table.folder is not None:
        from deltalake import DeltaTable

        return DeltaTable(table.folder).version() if DeltaTable.is_deltatable(table.folder) else None
    if not session.catalog.tableExists(table.sql):
        return None
    latest = session.sql(f"DESCRIBE HISTORY {table.sql} LIMIT 1").first()
    return int(latest["version"]) if latest else None


def holds_files(session: SparkSession, table: Place, version: int | None = None) -> bool:
    """Whether a table has any file of data, or had any at a version."""
    if table.folder is not None:
        from deltalake import DeltaTable

        return bool(DeltaTable(table.folder, version=version).file_uris())
    at = "" if version is None else f" VERSION AS OF {version}"
    rows = session.sql(f"SELECT 1 FROM {table.sql}{at} LIMIT 1")
    return rows.first() is not None


def can_go_back(session: SparkSession, table: Place, version: int) -> bool:
    """Whether all files of a version are still there: a vacuum takes them away."""
    try:
        session.sql(f"SELECT * FROM {table.sql} VERSION AS OF {version}").write.format("noop").mode(
            "overwrite"
        ).save()
    except Exception:  # whatever is wrong with it, it cannot be gone back to
        return False
    return True


def go_back(session: SparkSession, table: Place, version: int | None) -> None:
    """Put the table back to a version; one that was not there then is emptied, never dropped."""
    if version is None:
        session.sql(f"DELETE FROM {table.sql}")
    else:
        session.sql(f"RESTORE TABLE {table.sql} TO VERSION AS OF {version}")
