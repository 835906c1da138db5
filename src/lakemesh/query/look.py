"""What there is to ask about: SHOW TABLES and DESCRIBE, answered from the specs and the tables' logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lakemesh.query.answer import Answer
from lakemesh.query.tables import open_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deltalake import DeltaTable

    from lakemesh.query.tables import KnownTable

_TEXT = "VARCHAR"


def show_tables(tables: Iterable[KnownTable]) -> Answer:
    """A row for each table that the specs promise, and whether it is written yet."""
    rows = tuple((*table.parts, open_table(table.place) is not None) for table in tables)
    return Answer(("domain", "product", "port", "written"), rows, (_TEXT, _TEXT, _TEXT, "BOOLEAN"))


def describe(table: DeltaTable) -> Answer:
    """A row for each column of a table: its name, Spark's type and its comment."""
    fields = json.loads(table.schema().to_json())["fields"]
    rows = tuple((field["name"], ddl_of(field["type"]), field["metadata"].get("comment")) for field in fields)
    return Answer(("col_name", "data_type", "comment"), rows, (_TEXT, _TEXT, _TEXT))


def ddl_of(kind: Any) -> str:
    """Spark's DDL for a type as Delta's log writes it (Delta protocol, "Schema Serialization Format")."""
    if isinstance(kind, str):
        return {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}.get(kind, kind)
    match kind["type"]:
        case "array":
            return f"array<{ddl_of(kind['elementType'])}>"
        case "map":
            return f"map<{ddl_of(kind['keyType'])},{ddl_of(kind['valueType'])}>"
        case _:
            fields = (f"{field['name']}:{ddl_of(field['type'])}" for field in kind["fields"])
            return f"struct<{','.join(fields)}>"
