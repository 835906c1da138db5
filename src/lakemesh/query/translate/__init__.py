"""Databricks SQL into DuckDB's: a closed language, in which what is not known to mean the same is refused."""

from lakemesh.query.translate.queries import translate
from lakemesh.query.translate.scope import Query
from lakemesh.query.translate.sources import Table

__all__ = ["Query", "Table", "translate"]
