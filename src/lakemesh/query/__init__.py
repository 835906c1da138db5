"""SQL over the tables without Spark: sqlglot reads it, DuckDB answers it, deltalake opens the tables."""

from lakemesh.query.answer import Answer
from lakemesh.query.ask import read_sql
from lakemesh.query.tables import KnownTable, list_tables, read_ops

__all__ = ["Answer", "KnownTable", "list_tables", "read_ops", "read_sql"]
