"""What there is to ask about: SHOW TABLES and DESCRIBE, answered from the specs and the tables' logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lakemesh.names import ProductName
from lakemesh.query.answer import Answer
from lakemesh.query.statement import read_statement
from lakemesh.query.tables import open_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deltalake import DeltaTable

    from lakemesh.query.tables import KnownTable
    from lakemesh.query.translate import Query
    from lakemesh.spec.loader import Mesh

_TEXT = "VARCHAR"
_DESCRIBED = ("col_name", "data_type", "comment")


def show_tables(tables: Sequence[KnownTable], views: Mapping[str, str]) -> Answer:
    """A row for each table and view that the specs promise, and whether it can be read yet."""
    written = {table.name: open_table(table.place) is not None for table in tables}
    for view, query in views.items():
        product = view.rpartition(".")[0]
        behind = (".".join((product, *ref.parts)).lower() for ref in read_statement(query).tables)
        written[view] = all(written.get(name, False) for name in behind)
    rows = tuple((*name.split("."), is_there) for name, is_there in written.items())
    return Answer(("domain", "product", "port", "written"), rows, (_TEXT, _TEXT, _TEXT, "BOOLEAN"))


def describe_view(mesh: Mesh, name: str, query: Query) -> Answer:
    """A row for each column that a view gives: its name, Spark's type, and what its schema says of it."""
    domain, product, port = name.split(".")
    spec = mesh.get(ProductName(domain, product))
    columns = spec.columns(spec.spec.output_ports[port].schema_) or ()
    said = {column.name.lower(): column.description or None for column in columns}
    rows = tuple((column, str(kind), said.get(column.lower())) for column, kind in query.columns)
    return Answer(_DESCRIBED, rows, (_TEXT, _TEXT, _TEXT))


def describe(table: DeltaTable) -> Answer:
    """A row for each column of a table: its name, Spark's type and its comment."""
    fields = json.loads(table.schema().to_json())["fields"]
    rows = tuple((field["name"], ddl_of(field["type"]), field["metadata"].get("comment")) for field in fields)
    return Answer(_DESCRIBED, rows, (_TEXT, _TEXT, _TEXT))


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
