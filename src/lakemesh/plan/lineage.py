"""Which of a SQL text's columns are made of marked columns of its views; in doubt, all of them.

Marks are paths of lower-case names: (customer, email) marks a field, (customer,) the column with all that is
in it, () everything. Qualifiers of columns are not resolved: a column counts as marked where any view that
the query reads has a marked one of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakemesh.plan.queries import parse_expression, parse_query

Path = tuple[str, ...]
Paths = frozenset[Path]
NOTHING: Paths = frozenset()
WHOLE: Paths = frozenset([()])
# What Spark calls the columns of explode, posexplode and their kin where nobody names them.
_GENERATED = ("col", "key", "value")


def split(name: str) -> Path:
    """The parts of a dotted name, in lower case."""
    return tuple(name.lower().split("."))


def below(paths: Paths, at: Path) -> Paths:
    """The marks of a value that stands at a path, as they are from there on."""
    if any(at[: len(path)] == path for path in paths):
        return WHOLE
    return frozenset(path[len(at) :] for path in paths if path[: len(at)] == at)


def of_expression(sql: str, paths: Paths) -> Paths:
    """The marks of what an expression gives, by the marks of the columns that it may read."""
    tree = parse_expression(sql).tree
    if tree is None:
        return below(paths, split(sql)) or (WHOLE if paths else NOTHING)
    try:
        return _value(tree, paths)
    except RecursionError:
        return WHOLE


def of_item(sql: str, paths: Paths) -> Paths:
    """The marks of the columns that an item of a list gives, such as `email`, `a.b as c` or `customer.*`."""
    named = split(sql)
    # A column of exactly that name comes first, whatever it holds; it keeps the whole of it.
    plain = frozenset((*at, *path) for path in below(paths, named) for at in (named, named[-1:]))
    tree = parse_expression(sql).tree
    if tree is None:
        return plain
    try:
        return plain | _listed([tree], paths).all
    except RecursionError:
        return WHOLE


def of_query(sql: str, views: Mapping[str, Paths]) -> Paths:
    """The marks of a query's columns, by the marks of the views that it reads (in lower case)."""
    tree = parse_query(sql).tree
    if tree is None:
        return WHOLE
    try:
        return _query(tree, dict(views)).all
    except RecursionError:
        return WHOLE


@dataclass
class _Given:
    """The columns that a query gives, in order, each with its marks; and the marks of what stars give."""

    columns: list[tuple[str, Paths]] = field(default_factory=list)
    starred: Paths = NOTHING
    has_star: bool = False

    @property
    def all(self) -> Paths:
        """The marks of the whole."""
        named = {(*split(name), *path) if name else () for name, paths in self.columns for path in paths}
        return self.starred | frozenset(named)


def _query(node: Any, views: Mapping[str, Paths]) -> _Given:
    from sqlglot import exp

    views = _with(node, views)
    match node:
        case exp.Select():
            return _select(node, views)
        case exp.SetOperation():
            return _both(_query(node.left, views), _query(node.right, views))
        case exp.Subquery() | exp.Paren():
            return _query(node.this, views)
        case exp.Values():
            return _Given()
        case exp.Table():
            return _Given(starred=_source(node, views), has_star=True)
        case _:
            return _Given(starred=WHOLE)


def _with(node: Any, views: Mapping[str, Paths]) -> Mapping[str, Paths]:
    with_ = node.args.get("with_")
    known = dict(views)
    for cte in with_.expressions if with_ is not None else ():
        marks = NOTHING.union(*known.values()) if with_.args.get("recursive") else NOTHING
        given = WHOLE if marks else _query(cte.this, known).all
        known[cte.alias.lower()] = _renamed(given, cte)
    return known


def _both(left: _Given, right: _Given) -> _Given:
    """The columns of two queries one below the other: they meet by place, and are called as on the left."""
    if left.has_star or right.has_star or len(left.columns) != len(right.columns):
        return _Given(starred=WHOLE if left.all | right.all else NOTHING, has_star=True)
    pairs = zip(left.columns, right.columns, strict=True)
    return _Given([(name, marks | other) for (name, marks), (_, other) in pairs])


def _select(node: Any, views: Mapping[str, Paths]) -> _Given:
    from sqlglot import exp

    paths = NOTHING
    from_ = node.args.get("from_")
    joins = node.args.get("joins") or ()
    for source in [*([from_.this] if from_ is not None else []), *(join.this for join in joins)]:
        paths |= _source(source, views, paths)
    for lateral in node.args.get("laterals") or ():
        paths |= _lateral(lateral, views, paths)
    if any(one.find(exp.Query) for one in node.expressions):
        paths = paths.union(*views.values())
    return _listed(node.expressions, paths)


def _source(node: Any, views: Mapping[str, Paths], before: Paths = NOTHING) -> Paths:
    """The marks of what a FROM names, its own joins included."""
    from sqlglot import exp

    match node:
        case exp.Lateral():
            found = _lateral(node, views, before)
        case exp.Table() if isinstance(node.this, exp.Identifier) and not node.args.get("db"):
            found = views.get(node.name.lower(), NOTHING)
        case exp.Table():
            found = WHOLE if before else NOTHING
        case exp.Values():
            found = NOTHING
        case _:
            found = _query(node, views).all
    for join in node.args.get("joins") or ():
        found |= _source(join.this, views, found | before)
    if node.args.get("pivots") and found:
        return WHOLE
    return found if isinstance(node, exp.Lateral) else _renamed(found, node)


def _renamed(paths: Paths, node: Any) -> Paths:
    """The marks under the names that an alias such as `t(a, b)` lists: which is which is not known."""
    alias = node.args.get("alias")
    names = alias.args.get("columns") if hasattr(alias, "args") else None
    return frozenset(split(name.name) for name in names) if names and paths else paths


def _lateral(node: Any, views: Mapping[str, Paths], before: Paths) -> Paths:
    from sqlglot import exp

    if isinstance(node.this, exp.Subquery):
        return _renamed(_query(node.this, {**views, "": before}).all | (WHOLE if before else NOTHING), node)
    alias = node.args.get("alias")
    names = [name.name for name in (alias.args.get("columns") if alias is not None else None) or ()]
    return _generated(node.this, names, before)


def _generated(node: Any, names: Sequence[str], paths: Paths) -> Paths:
    """The marks of what a function that makes rows gives, under the names that it is given."""
    from sqlglot import exp

    inner = _value(node, paths)
    if inner and not names and not isinstance(node, exp.Explode | exp.Inline):
        return WHOLE
    named = frozenset((*split(name), *path) for name in names or _GENERATED for path in inner)
    return named | inner if "inline" in type(node).__name__.lower() else named


def _listed(nodes: Iterable[Any], paths: Paths) -> _Given:
    from sqlglot import exp

    given = _Given()
    for node in nodes:
        # A later item may read an earlier one by its alias.
        known = paths | given.all
        inner = node.this if isinstance(node, exp.Alias | exp.Aliases) else node
        if isinstance(node, exp.Star):
            given.has_star, given.starred = True, given.starred | paths
        elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            above = tuple(part.name.lower() for part in node.parts[:-1])
            given.has_star, given.starred = True, given.starred | paths | _at(paths, above)
        elif isinstance(inner, exp.UDTF):
            names = [one.name for one in node.expressions] if isinstance(node, exp.Aliases) else []
            names = names or ([node.alias] if isinstance(node, exp.Alias) else [])
            given.has_star, given.starred = True, given.starred | _generated(inner, names, known)
        else:
            given.columns.append((_name(node), _value(node, known)))
    return given


def _name(node: Any) -> str:
    """The name of an item; none where Spark makes one up."""
    from sqlglot import exp

    if isinstance(node, exp.Alias | exp.Column):
        return str(node.alias_or_name)
    return str(node.expression.name) if isinstance(node, exp.Dot) else ""


def _value(node: Any, paths: Paths) -> Paths:
    """The marks within a value: those of a column where it is one, else all or nothing."""
    reference = _reference(node)
    if reference is not None:
        return _at(paths, reference)
    return WHOLE if any(_at(paths, one) for one in _references(node)) else NOTHING


def _at(paths: Paths, reference: Path) -> Paths:
    """The marks at a name that may begin with a view's."""
    return below(paths, reference) | (below(paths, reference[1:]) if len(reference) > 1 else NOTHING)


def _reference(node: Any) -> Path | None:
    """The parts of the name that a node is, through brackets and functions that make rows; None if none."""
    from sqlglot import exp

    match node:
        case exp.Column():
            return tuple(part for one in node.parts for part in split(one.name))
        case exp.Dot() if isinstance(node.expression, exp.Identifier):
            above = _reference(node.this)
            return None if above is None else (*above, *split(node.expression.name))
        case exp.Alias() | exp.Aliases() | exp.Bracket() | exp.Paren() | exp.Explode() | exp.Inline():
            return _reference(node.this)
        case _:
            return None


def _references(node: Any) -> Iterator[Path]:
    """The names of the columns that an expression reads for more than how many there are, or whether."""
    from sqlglot import exp

    match node:
        case exp.Column() if not isinstance(node.this, exp.Star):
            yield tuple(part for one in node.parts for part in split(one.name))
        case exp.Star() | exp.Column():
            yield ()
        case exp.Count() | exp.Is(args={"expression": exp.Null()}):
            return
        case _:
            for inner in node.iter_expressions():
                yield from _references(inner)
