"""What a user asks, read by sqlglot: one statement that reads tables by name and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp, parse
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.parsers.databricks import DatabricksParser

from lakemesh.errors import QueryError
from lakemesh.plan.queries import called_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import Token
    from sqlglot.dialects.dialect import DialectType

# sqlglot logs what it cannot type; such statements are refused here anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
_DEEDS = (exp.DDL, exp.DML, exp.Command, exp.Into, exp.Copy, exp.Set, exp.Pragma, exp.Attach, exp.Detach,
          exp.Use, exp.Drop, exp.Alter, exp.Transaction, exp.Cache, exp.Lock)  # fmt: skip
# Functions that may stand where a table does: they make rows of their arguments alone.
_ROW_MAKERS = frozenset(
    "range generate_series unnest explode explode_outer posexplode posexplode_outer inline".split()
)
# DuckDB is locked besides (ask.py): these make a refusal a sentence, and keep out what the lock lets through.
_PRYING = tuple(
    "read_ pg_ duckdb_ pragma_ sniff_ parquet_ arrow_ pandas_ python_ icu_ json_execute json_ser".split()
)
_FORBIDDEN = frozenset(
    "ai_query checkpoint currval current_setting disable_logging enable_logging enable_profiling glob reflect"
    " force_checkpoint getenv getvariable http_request identifier index_scan java_method nextval query"
    " query_table json_deserialize_sql repeat_row secret seq_scan set_config setvariable sleep sleep_ms"
    " summary test_all_types try_secret txid_current which_secret write_log".split()
)
# What Databricks describes besides the columns of a table.
_NO_COLUMNS = frozenset("CATALOG DATABASE DETAIL FUNCTION QUERY SCHEMA VOLUME".split())


class Spelled(Databricks):
    """Databricks SQL with every function under the name that the user wrote, not under a synonym."""

    def tokenize(self, sql: str, dialect: DialectType = None) -> list[Token]:
        """The tokens of a text."""
        return called_windows(list(super().tokenize(sql, dialect)))

    class Parser(DatabricksParser):
        """The parser of Databricks SQL that knows the functions of a grammar of their own alone."""

        FUNCTIONS = {"ARRAY": exp.Array.from_arg_list}
        FUNCTION_PARSERS = {
            name: rule
            for name, rule in DatabricksParser.FUNCTION_PARSERS.items()
            if name in ("CAST", "TRY_CAST", "EXTRACT", "TRIM")
        }
        NO_PAREN_FUNCTIONS = {}
        DESCRIBE_STYLES = DatabricksParser.DESCRIBE_STYLES | _NO_COLUMNS


@dataclass(frozen=True)
class TableRef:
    """A table as a statement names it, at a version where it asks for one."""

    node: exp.Table
    parts: tuple[str, ...]
    version: int | str | None = None


@dataclass(frozen=True)
class Statement:
    """One query and the tables that it names; or DESCRIBE of the one table that it names."""

    tree: exp.Expr
    tables: tuple[TableRef, ...]
    describes: bool = False


def read_statement(sql: str) -> Statement:
    """The query in a text of Databricks SQL.

    Raises QueryError where the text is no single query, or would do more than read the mesh's tables.
    """
    trees = [tree for tree in _parse(sql) if tree is not None and not isinstance(tree, exp.Semicolon)]
    if not trees:
        raise QueryError("there is no statement: write a SELECT.")
    if len(trees) > 1:
        raise QueryError(f"one statement at a time: these are {len(trees)}.")
    tree = trees[0]
    if isinstance(tree, exp.Describe) and isinstance(tree.this, exp.Table):
        _refuse_styles(tree)
        return Statement(tree, tuple(_tables(tree)), describes=True)
    _refuse_deeds(tree)
    _refuse_functions(tree)
    return Statement(tree, tuple(_tables(tree)))


def _parse(sql: str) -> list[exp.Expr | None]:
    try:
        return list(parse(sql, read=Spelled))
    except ParseError as error:
        raise QueryError(_explain(error)) from error
    except (SqlglotError, RecursionError) as error:
        raise QueryError(f"this is no SQL that can be read: {str(error).partition(chr(10))[0]}") from error
    except TypeError as error:
        if "inherit from compiled" not in str(error):
            raise
        raise QueryError(
            "the package sqlglotc is installed, whose compiled parser cannot be extended, as is done here:"
            " pip uninstall sqlglotc."
        ) from error


def _explain(error: ParseError) -> str:
    if not error.errors:
        return f"SQL syntax: {str(error).partition(chr(10))[0]}"
    first = error.errors[0]
    said = str(first["description"]).rstrip(".").lower()
    what = "something is missing" if "<class" in said else said
    token = str(first.get("highlight") or "")
    near = f" near '{token}'" if token else ""
    # sqlglot counts a token's column at its end.
    column = max(1, int(first["col"] or 1) - max(0, len(token) - 1))
    return f"SQL syntax at line {first['line']}, column {column}: {what}{near}."


def _refuse_styles(tree: exp.Describe) -> None:
    kind = str(tree.args.get("kind") or "TABLE").upper()
    style = tree.args.get("style") or (kind if kind != "TABLE" else "")
    asked = style or ("... PARTITION" if tree.args.get("partition") else "")
    if asked or tree.args.get("as_json"):
        raise QueryError(
            f"DESCRIBE {asked or '... AS JSON'} is not answered here: DESCRIBE domain.product.port is,"
            " with the columns. What runs did to a table stands in domain._ops.batches."
        )


def _refuse_deeds(tree: exp.Expr) -> None:
    deed = tree if not isinstance(tree, _QUERIES) else next(tree.find_all(*_DEEDS), None)
    if deed is not None:
        word = "INTO" if isinstance(deed, exp.Into) else deed.sql("databricks").split(" ")[0].upper()[:20]
        raise QueryError(f"only queries are answered here: {word} is none. Nothing was done.")
    if next(tree.find_all(exp.Parameter, exp.Placeholder), None) is not None:
        raise QueryError("a query here takes no parameters: write the values themselves.")


def _refuse_functions(tree: exp.Expr) -> None:
    for function in tree.find_all(exp.Func):
        name = _name_of(function)
        if name in _FORBIDDEN or name.startswith(_PRYING):
            raise QueryError(f"the function {name}() is not answered here: SQL sees the mesh's tables only.")
    for table in tree.find_all(exp.Table):
        maker = table.this
        if isinstance(maker, exp.Func) and _name_of(maker) not in _ROW_MAKERS:
            raise QueryError(f"{_name_of(maker)}() is no table here: write domain.product.port.")


def _name_of(function: exp.Func) -> str:
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    return str(name).lower()


def _tables(tree: exp.Expr) -> Iterator[TableRef]:
    views = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            continue
        parts = tuple(part.name for part in table.parts)
        if len(parts) == 1 and parts[0].lower() in views:
            continue
        yield TableRef(table, parts, _version_of(table))


def _version_of(table: exp.Table) -> int | str | None:
    asked = table.args.get("version")
    if asked is None:
        return None
    said = asked.args.get("expression")
    if not isinstance(said, exp.Literal):
        raise QueryError(
            "a version is a number, and a timestamp a text: VERSION AS OF 3, TIMESTAMP AS OF '2026-01-01'."
        )
    return str(said.this) if said.is_string else int(said.this)
