"""Under which names columns of a step stand in the views that it reads, where they come through unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lakemesh.plan.graph import code_of, step_reads
from lakemesh.plan.queries import parse_expression, parse_query
from lakemesh.spec.steps import Aggregate, Cast, Derive, Explode, Pseudonymise, Rename, Select, Sql, Window

if TYPE_CHECKING:
    from lakemesh.spec.loader import Product

Names = Mapping[str, str]
"""A column of an output, in lower case, and its name in a view."""


def above(product: Product, step: str, names: Names) -> Iterator[tuple[str, Names]]:
    """Each view that a step reads, with those of the names that it passes on, and what they are called there.

    A Python step is taken to leave a column what it is, as long as it keeps its name.
    """
    said = product.spec.transformations[step]
    reads = step_reads(product, step)
    match said:
        case Sql():
            yield from _queried(code_of(product, step) or "", reads, names)
            return
        case Rename(columns=columns):
            old = {new.lower(): name.lower() for name, new in columns.items()}
            gone = set(map(str.lower, columns)) - set(old)
            names = {key: old.get(name, name) for key, name in names.items() if name not in gone}
        case Select(columns=items):
            names = _taken(names, dict(filter(None, map(_plain, map(_tree, items)))))
        case Derive(columns=columns) | Cast(columns=columns) | Window(columns=columns):
            names = _without(names, columns)
        case Pseudonymise(columns=columns):
            names = _without(names, (column.split(".")[0] for column in columns))
        case Explode(column=column, as_=name, position=position):
            names = _without(names, (column, name or column, position or ""))
        case Aggregate():
            names = {}
    for view in reads:
        yield view, names


def _without(names: Names, made: Iterable[str]) -> Names:
    lost = set(map(str.lower, made))
    return {key: name for key, name in names.items() if name not in lost}


def _taken(names: Names, plain: Names) -> Names:
    return {key: plain[name] for key, name in names.items() if name in plain}


def _tree(text: str) -> Any:
    return parse_expression(text).tree


def _plain(node: Any) -> tuple[str, str] | None:
    """The name that an item of a list gives, and the column that it is; None where it is an expression."""
    from sqlglot import exp

    column = node.this if isinstance(node, exp.Alias) else node
    if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star) or column.table:
        return None
    return str(node.alias_or_name).lower(), str(column.name).lower()


def _queried(text: str, reads: Iterable[str], names: Names) -> Iterator[tuple[str, Names]]:
    """What a plain SELECT over views passes on; of any other query nothing is known."""
    from sqlglot import exp

    tree = parse_query(text).tree
    sources = list(_sources(tree)) if isinstance(tree, exp.Select) else []
    for view in reads:
        aliases = {alias for alias, of in sources if of == view.lower()}
        yield view, _selected(tree, aliases, names) if len(aliases) == 1 else {}


def _sources(tree: Any) -> Iterator[tuple[str, str]]:
    """The aliases and views of a query that reads nothing but views; nothing for any other."""
    from sqlglot import exp

    said = tree.args
    if any(said.get(word) for word in ("with_", "group", "laterals", "pivots")) or not said.get("from_"):
        return
    tables = [said["from_"].this, *(join.this for join in said.get("joins") or ())]
    if all(isinstance(table, exp.Table) and not table.args.get("joins") for table in tables):
        yield from ((table.alias_or_name.lower(), table.name.lower()) for table in tables)


def _selected(tree: Any, aliases: set[str], names: Names) -> Names:
    """The names that a query takes from the view of an alias as they are."""
    from sqlglot import exp

    plain = dict[str, str]()
    for node in tree.expressions:
        column = node.this if isinstance(node, exp.Alias) else node
        star = column if isinstance(column, exp.Star) else column.this
        if isinstance(star, exp.Star):
            # What it leaves out or renames is not followed.
            if _is_of(column, aliases) and not any(star.args.values()):
                plain.update((name, name) for name in names.values())
        elif isinstance(column, exp.Column) and _is_of(column, aliases):
            plain[node.alias_or_name.lower()] = column.name.lower()
        else:
            plain.pop(node.alias_or_name.lower(), None)
    return _taken(names, plain)


def _is_of(column: Any, aliases: set[str]) -> bool:
    """Whether a column may be of a view: its qualifier says so, or it has none."""
    table = str(getattr(column, "table", "")).lower()
    return not table or table in aliases
