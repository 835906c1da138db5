"""SQL read against the columns of its views: what it gives, and what it reads that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

from lakemesh.plan.queries import start_of
from lakemesh.plan.validate.castable import why_not_castable
from lakemesh.plan.validate.frames import UNKNOWN, Field, Frame
from lakemesh.plan.validate.grouping import folds_within, windows_grouped_by
from lakemesh.plan.validate.infer import INT, common, infer, type_in
from lakemesh.plan.validate.operands import columns_apart, misfits
from lakemesh.plan.validate.patterns import broken_texts
from lakemesh.plan.validate.scopes import Part, Problem, Scope, Source, resolve, walk
from lakemesh.plan.validate.ungrouped import ungrouped
from lakemesh.spec.types import Array, DataType, Map, Struct

Views = Callable[[str], Frame | None]
_AFTER = ("group", "having", "qualify", "order", "sort", "cluster", "distribute", "windows", "distinct")
# Functions whose lambda takes an item of their first argument.
_OF_ITEMS = frozenset(("transform", "arrayfilter", "exists", "forall", "arrayany", "arrayall", "arraysort"))
# Functions that are nothing without a window, by the names of sqlglot's classes.
_RANKS = frozenset("RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead NthValue".split())


class Reader:
    """One reading of a SQL text; it gathers problems and goes on."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self.problems: list[Problem] = []

    # Queries

    def query(self, node: Any, above: Scope) -> Frame:
        """The frame that a query gives inside a scope."""
        from sqlglot import exp

        above = above.within(ctes=self._ctes(node, above))
        match node:
            case exp.Select():
                return self._select(node, above)
            case exp.SetOperation():
                return self._set(node, above)
            case exp.Subquery() | exp.Paren():
                return self.query(node.this, above)
            case exp.Table() | exp.Values():
                return self._sources(node, above)[0].frame
            case _:
                return UNKNOWN

    def _ctes(self, node: Any, above: Scope) -> dict[str, Frame]:
        ctes, with_ = dict(above.ctes), node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            itself = {cte.alias.lower(): UNKNOWN} if with_.args.get("recursive") else {}
            frame = self.query(cte.this, above.within(ctes={**ctes, **itself}))
            ctes[cte.alias.lower()] = _renamed(frame, cte)
        return ctes

    def _set(self, node: Any, above: Scope) -> Frame:
        left, right = self.query(node.left, above), self.query(node.right, above)
        if node.args.get("by_name"):
            message = "Spark has no BY NAME: write the columns of both sides in one order"
            self.problems.append(Problem(start_of(node.right) or 0, message, "syntax"))
        if not (left.known and right.known):
            return UNKNOWN
        if len(left.fields) != len(right.fields):
            word, sizes = type(node).__name__.upper(), (len(left.fields), len(right.fields))
            message = f"{word} of {sizes[0]} columns and {sizes[1]}: both sides need the same number"
            self.problems.append(Problem(start_of(node.right) or 0, message, "columns-differ"))
            return left
        self._tell(columns_apart(node, left, right), "columns-differ")
        pairs = zip(left.fields, right.fields, strict=True)
        frame = Frame(tuple((name, common([kind, other])) for (name, kind), (_, other) in pairs))
        self._clauses(node, ("order",), above.within(sources=[Source("", frame)]))
        return frame

    def _select(self, node: Any, above: Scope) -> Frame:
        scope = Scope(outer=above, ctes=above.ctes)
        if (from_ := node.args.get("from_")) is not None:
            self._add(from_.this, scope)
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for lateral in node.args.get("laterals") or ():
            scope.sources.append(self._lateral(lateral, scope))
        scope.sources.extend(Source("", frame) for frame in windows_grouped_by(node))
        self._clauses(node, ("where",), scope)
        frame = self.columns(node.expressions, scope)
        aliases = {name.lower(): kind for name, kind in frame.fields}
        before = len(self.problems)
        self._clauses(node, _AFTER, scope.within(aliases=aliases))
        if len(self.problems) == before:  # else the groups are not what was meant
            self._tell(ungrouped(node), "not-grouped")
        return frame

    def _clauses(self, node: Any, names: Iterable[str], scope: Scope) -> None:
        for name in names:
            said = node.args.get(name)
            for clause in said if isinstance(said, list) else [said] if said is not None else []:
                if hasattr(clause, "args"):
                    self._judged(clause, scope)

    # What FROM names

    def _add(self, node: Any, scope: Scope) -> None:
        scope.sources.extend(self._sources(node, scope))
        for join in node.args.get("joins") or ():
            self._join(join, scope)

    def _sources(self, node: Any, scope: Scope) -> list[Source]:
        from sqlglot import exp

        frame, name = UNKNOWN, node.alias_or_name
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier) and not node.args.get("db"):
                frame = scope.ctes.get(node.name.lower()) or self.views(node.name) or UNKNOWN
            case exp.Subquery() if isinstance(node.this, exp.Table):
                inner = Scope(outer=scope.outer, ctes=scope.ctes)
                self._add(node.this, inner)
                return inner.sources
            case exp.Subquery():
                frame = self.query(node, scope.outer or scope)
            case exp.Lateral():
                return [self._lateral(node, scope)]
            case exp.Values():
                rows = [row.expressions for row in node.expressions if isinstance(row, exp.Tuple)]
                frame = Frame(tuple((f"col{i + 1}", None) for i in range(len(rows[0]) if rows else 1)))
            case exp.Table():
                # A table function's arguments may name columns of the sources before it.
                self._below(node, scope)
            case _:
                pass
        if node.args.get("pivots"):
            frame, name = UNKNOWN, node.args["pivots"][-1].alias or name
        return [Source(name, _renamed(frame, node))]

    def _lateral(self, node: Any, scope: Scope) -> Source:
        from sqlglot import exp

        if isinstance(node.this, exp.Subquery):
            frame = self.query(node.this.this, scope)
        else:
            frame = self._generated(node.this, scope) or UNKNOWN
        alias = node.args.get("alias")
        return Source(alias.name if alias else "", _renamed(frame, node))

    def _join(self, node: Any, scope: Scope) -> None:
        added = self._sources(node.this, scope)
        both = scope.within(sources=[*scope.sources, *added])
        shared = frozenset(name.name.lower() for name in node.args.get("using") or ())
        for name in node.args.get("using") or ():
            for side in (scope.sources, added):
                part = (name.name, name.meta.get("start", 0))
                self._take(resolve([part], Scope(list(side))))
        if node.method.upper() == "NATURAL" and both.known:
            left = {name.lower() for source in scope.sources for name in source.frame.names}
            shared = frozenset(name.lower() for source in added for name in source.frame.names) & left
        if node.args.get("on") is not None:
            self.read(node.args["on"], both)
        if node.kind.upper() in ("SEMI", "ANTI") or node.side.upper() in ("SEMI", "ANTI"):
            return
        scope.sources.extend(Source(one.name, one.frame, one.merged | shared) for one in added)
        for join in node.this.args.get("joins") or ():
            self._join(join, scope)

    # What SELECT lists

    def columns(self, expressions: Iterable[Any], scope: Scope) -> Frame:
        """The frame that a list of expressions makes."""
        fields: list[Field] = []
        known = True
        for node in expressions:
            given = self._listed(node, scope)
            known = known and given is not None
            fields.extend(given or ())
            scope.aliases.update((name.lower(), kind) for name, kind in given or ())
        return Frame(tuple(fields), known)

    def _listed(self, node: Any, scope: Scope) -> Sequence[Field] | None:
        """The columns that one item of the list gives; None where they cannot be known."""
        from sqlglot import exp

        if isinstance(node, exp.Star):
            return self._star(node, scope.sources)
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            return self._star_of(node, scope)
        inner = node.this if isinstance(node, exp.Alias | exp.Aliases) else node
        generated = self._generated(inner, scope)
        if generated is not None:
            names = [name.name for name in node.expressions] if isinstance(node, exp.Aliases) else []
            names = names or ([node.alias] if isinstance(node, exp.Alias) else [])
            frame = _with_names(generated, names)
            return frame.fields if frame.known else None
        before = len(self.problems)
        kind = self.read(node, scope)
        # A column that is not there has its finding; what it was to be called is not known.
        new = [problem for problem in self.problems[before:] if problem.code != "ambiguous"]
        misspelt = isinstance(node, exp.Column | exp.Dot) and new
        return None if misspelt else [(_name_of(node), kind)]

    def _star(self, star: Any, sources: Iterable[Source]) -> Sequence[Field] | None:
        sources = list(sources)
        fields = [
            field for one in sources for field in one.frame.fields if field[0].lower() not in one.merged
        ]
        known = all(source.frame.known for source in sources)
        without = star.args.get("except_") or ()
        for name in without:
            if known and not any(source.frame.has(name.name) for source in sources):
                self._take(resolve(_parts(name), Scope(sources)))
        left_out = {name.name.lower() for name in without}
        kept = [field for field in fields if field[0].lower() not in left_out]
        return kept if known else None

    def _star_of(self, node: Any, scope: Scope) -> Sequence[Field] | None:
        parts = [part for part in _parts(node) if part[0] != "*"]
        source = scope.source(parts[0][0]) if len(parts) == 1 else None
        if source is not None:
            return self._star(node.this, [Source(source.name, source.frame)])
        kind = self._take(resolve(parts, scope))
        if not isinstance(kind, Struct):
            return None
        return self._star(node.this, [Source(parts[-1][0], Frame(kind.fields))])

    def _generated(self, node: Any, scope: Scope) -> Frame | None:
        """The columns of a function that makes rows; None where the node is no such function."""
        name = type(node).__name__.strip("_").lower()
        name = str(node.this).lower() if name == "anonymous" else name
        family = name.replace("_", "").removesuffix("outer")
        if family not in ("explode", "posexplode", "inline", "stack", "jsontuple", "variantexplode"):
            return None
        if family not in ("explode", "posexplode", "inline"):
            self._below(node, scope)
            return UNKNOWN
        kind = self.read(node.expressions[0] if name == "inline_outer" else node.this, scope)
        return _made_rows(family, kind)

    # Expressions

    def read(self, node: Any, scope: Scope) -> DataType | None:
        """The type of an expression; every column below it is looked up."""
        from sqlglot import exp

        match node:
            case exp.Column() if isinstance(node.this, exp.Star):
                return None
            case exp.Column():
                return self._take(resolve(_parts(node), scope))
            case exp.Identifier() if node.name.lower() in scope.variables:
                return scope.variables[node.name.lower()]
            case exp.Dot():
                return self._dot(node, scope)
            case exp.Query() | exp.Subquery():
                frame = self.query(node, scope)
                return frame.fields[0][1] if frame.known and frame.fields else None
            case exp.Lambda():
                return self._lambda(node, scope, ())
            case exp.Hint() | exp.DataType() | exp.Identifier() | exp.Table():
                return None
            case _:
                pass
        kinds = self._judged(node, scope)
        if type(node).__name__ in _RANKS and not node.find_ancestor(exp.Window):
            name = node.sql_name().lower()
            message = f"{name} needs a window: {name}(...) over (partition by ... order by ...)"
            self.problems.append(Problem(start_of(node) or 0, message, "no-window"))
        if isinstance(node, exp.AggFunc):
            self._tell(folds_within(node), "no-aggregate")
        if isinstance(node, exp.Cast):
            self._check_cast(node, kinds.get(id(node.this)))
        return infer(node, lambda below: kinds.get(id(below)))

    def _judged(self, node: Any, scope: Scope) -> dict[int, DataType | None]:
        """The types of what stands directly below a node; what cannot stand there becomes a problem."""
        kinds = self._below(node, scope)
        self._tell(misfits(node, lambda below: kinds.get(id(below))), "wrong-type")
        self._tell(broken_texts(node), "sql")
        return kinds

    def _tell(self, found: Iterable[tuple[Any, str]], code: str) -> None:
        self.problems.extend(Problem(start_of(node) or 0, why, code) for node, why in found)

    def _check_cast(self, node: Any, found: DataType | None) -> None:
        wanted = type_in(node.args["to"])
        why = why_not_castable(found, wanted, named=False) if found is not None and wanted is not None else ""
        if why:
            message = f"this cannot be cast: {why}"
            self.problems.append(Problem(start_of(node.this) or 0, message, "uncastable"))

    def _below(self, node: Any, scope: Scope) -> dict[int, DataType | None]:
        """The types of what stands directly below a node."""
        from sqlglot import exp

        kinds: dict[int, DataType | None] = {}
        items = _items_of(node)
        for child in node.iter_expressions():
            if isinstance(child, exp.Lambda):
                given = _given(node, child, kinds.get(id(items)))
                kinds[id(child)] = self._lambda(child, scope, given)
            elif isinstance(node, exp.PropertyEQ) and child is node.this:
                continue
            else:
                kinds[id(child)] = self.read(child, scope)
                if isinstance(child, exp.PropertyEQ):
                    kinds[id(child.expression)] = kinds[id(child)]
        if isinstance(node, exp.Case):
            kinds.update({id(one.args["true"]): kinds.get(id(one)) for one in node.args["ifs"]})
        return kinds

    def _dot(self, node: Any, scope: Scope) -> DataType | None:
        from sqlglot import exp

        parts: list[Part] = []
        while isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
            parts.insert(0, (node.expression.name, node.expression.meta.get("start", 0)))
            node = node.this
        if isinstance(node, exp.Column):
            return self._take(resolve([*_parts(node), *parts], scope))
        if isinstance(node, exp.Dot):
            self._below(node, scope)
            return None
        kind = self.read(node, scope)
        return self._take(walk(kind, parts, node.name or node.sql("databricks")))

    def _lambda(self, node: Any, scope: Scope, given: Sequence[DataType | None]) -> DataType | None:
        names = [name.name.lower() for name in node.expressions]
        said = dict(zip_longest(names, given[: len(names)]))
        return self.read(node.this, scope.within(variables={**scope.variables, **said}))

    def _take(self, resolved: Any) -> DataType | None:
        if resolved.problem is not None:
            self.problems.append(resolved.problem)
        return resolved.kind  # type: ignore[no-any-return]


def _parts(column: Any) -> list[Part]:
    return [(part.name or "*", part.meta.get("start", 0)) for part in column.parts]


def _name_of(node: Any) -> str:
    """The name that Spark gives a column: its alias, its last part, or its text."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Alias):
        return str(node.alias)
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    return str(node.sql("databricks")).lower()


def _items_of(node: Any) -> Any:
    """The array whose items a function's lambda takes; None where the function is another one."""
    name = type(node).__name__.lower()
    if name == "anonymous" and str(node.this).lower() in _OF_ITEMS:
        return node.expressions[0]
    return node.this if name in _OF_ITEMS or name == "reduce" else None


def _given(node: Any, function: Any, items: DataType | None) -> Sequence[DataType | None]:
    """The types of what a function hands to its lambda; fewer than it takes where the rest is unknown."""
    item = items.item if isinstance(items, Array) else None
    if type(node).__name__ == "Reduce":
        return (None, item) if function is node.args.get("merge") else ()
    return (item,)


def _made_rows(family: str, kind: DataType | None) -> Frame:
    """The columns of explode, posexplode and inline by the type of what they take apart."""
    place: tuple[Field, ...] = (("pos", INT),) if family == "posexplode" else ()
    match kind:
        case Array(Struct(fields)) if family == "inline":
            return Frame(fields)
        case Array(item) if family != "inline":
            return Frame((*place, ("col", item)))
        case Map(key, value) if family != "inline":
            return Frame((*place, ("key", key), ("value", value)))
        case _:
            return UNKNOWN


def _with_names(frame: Frame, names: Sequence[str]) -> Frame:
    """The frame under other names; an unknown one has as many columns as there are names."""
    if not names:
        return frame
    if not frame.known:
        return Frame(tuple((name, None) for name in names))
    if len(names) != len(frame.fields):
        return UNKNOWN
    return Frame(tuple((name, kind) for name, (_, kind) in zip(names, frame.fields, strict=True)))


def _renamed(frame: Frame, node: Any) -> Frame:
    """The frame under the names that an alias such as `t(a, b)` or `t as a, b` lists."""
    alias = node.args.get("alias")
    names = [name.name for name in alias.args.get("columns") or ()] if hasattr(alias, "args") else []
    return _with_names(frame, names)
