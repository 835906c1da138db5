"""Views of products in place: a statement that names one reads the view's own query over its tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.names import TableName
from lakemesh.query.statement import Statement, TableRef, read_statement
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakemesh.spec.loader import Mesh


def views_of(mesh: Mesh) -> dict[str, str]:
    """The query of each view port of the mesh, under domain.product.port."""
    return {
        str(TableName(name.domain, name.name, port)): spec.sql
        for name in mesh.names
        for port, spec in mesh.products[name].spec.output_ports.items()
        if isinstance(spec, View)
    }


def expand(statement: Statement, views: dict[str, str]) -> Statement:
    """The statement with each view that it names replaced by its query, and the tables behind."""
    if statement.describes or not views:
        return statement
    tables = [table for ref in statement.tables for table in _tables_behind(ref, views)]
    return replace(statement, tables=tuple(tables))


def _tables_behind(ref: TableRef, views: dict[str, str]) -> Iterator[TableRef]:
    name = ".".join(ref.parts).lower()
    if name not in views:
        yield ref
        return
    if ref.version is not None:
        raise QueryError(f"{name} is a view, which keeps no versions: ask for those of the tables behind it.")
    view = read_statement(views[name])
    alias = ref.node.alias or ref.parts[-1]
    domain, product = ref.parts[:2]
    inside = exp.Subquery(this=view.tree, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    ref.node.replace(inside)
    for below in view.tables:
        yield replace(below, parts=(domain, product, *below.parts))
