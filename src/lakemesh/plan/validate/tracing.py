"""Where the rows of a query come from, and what it asks of an incremental input that a batch cannot answer.

A query over one batch after another must give what it would give over the whole. Rows that are looked at one
by one do, and so do inner joins with snapshots. A join with what was made of the same input's rows does not:
nobody can say that it meets rows of one record only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from lakemesh.plan.queries import start_of
from lakemesh.plan.validate.grouping import (
    FOLDS,
    Groups,
    changed_columns,
    changed_of,
    folded_by,
    is_aggregate,
    joined_by,
    ungrouped_of,
)
from lakemesh.plan.validate.scopes import Problem

Sources = frozenset[str]
"""The incremental inputs that rows come from."""
NOWHERE: Sources = frozenset()
Views = Mapping[str, Sources]
_WORD = re.compile(r"\w+")
_CLAUSES = frozenset(
    "any distinct except exists group having in intersect join limit minus offset over pivot qualify"
    " tablesample union".split()
)
# Spark's aggregates that sqlglot knows by other names.
_ALIASES = frozenset(
    "approx_percentile bit_and bit_or bit_xor collect_list collect_set listagg percentile percentile_approx"
    " string_agg".split()
)

_JOIN = (
    "joins {inputs}, and a flow sees a batch of one of them only: read one side as a"
    " snapshot, or write both to a merge output by the same keys"
)
_SELF = (
    "{what} meets rows of {inputs} with each other, and a flow sees a batch only: pairs from two batches"
    " would be lost. Make of a record what it holds in one chain of steps, or write the rows first and join"
    " them in a product that reads them as a snapshot"
)
_FOLD = (
    "{what} over {inputs} sees one batch only, not the whole: write the rows first and"
    " {verb} in a product that reads them as a snapshot, read {names} as a snapshot, or let the output say"
    " recompute: [the columns of its groups]"
)
_OUTER = (
    "{what} keeps every row of a snapshot in each batch of {names}, matched there or not: keep the rows of"
    " {names} instead, use an inner join, or read {names} as a snapshot"
)
_ABSENT = (
    "{what} asks what is not in {inputs}, and a flow sees a batch of it only: read {names} as a snapshot"
)
_LOOK_UP = (
    "this subquery looks into {inputs}, of which a flow sees a batch only: read {names}"
    " as a snapshot, or join it"
)
_PART = (
    "{what} over {inputs} takes a part of each batch, not of the whole: leave it out, or"
    " take the part in a product that reads the rows as a snapshot"
)
_SAMPLE = (
    "a sample of {inputs} is drawn anew from each batch, and otherwise when a batch is"
    " replayed: keep rows by a hash, as in pmod(xxhash64(key), 10) = 0"
)


def join_of(sources: Sources) -> str:
    """Why two incremental inputs cannot be joined."""
    return _JOIN.format(**_named(sources))


def self_join_of(what: str, sources: Sources) -> str:
    """Why rows of an incremental input cannot be joined with each other."""
    return _SELF.format(what=what, **_named(sources))


def fold_of(what: str, verb: str, sources: Sources) -> str:
    """Why rows of an incremental input cannot be folded."""
    return _FOLD.format(what=what, verb=verb, **_named(sources))


def why_not_kept(what: str, how: str, left: Sources, right: Sources) -> str:
    """Why a join of a kind cannot be where only one side is incremental; nothing where it can."""
    if bool(left) == bool(right):
        return ""
    if (how in ("left", "full") and right) or (how in ("right", "full") and left):
        return _OUTER.format(what=what, **_named(left | right))
    return _ABSENT.format(what=what, **_named(right)) if how == "anti" and right else ""


def _named(sources: Sources) -> dict[str, str]:
    names, many = listed(sources), "s" if len(sources) > 1 else ""
    return {"names": names, "inputs": f"the incremental input{many} {names}"}


def may_fold(text: str) -> bool:
    """Whether a query of one view may ask more of it than each row by itself: it has a word that does."""
    return not _folding_words().isdisjoint(_WORD.findall(text.lower()))


@cache
def _folding_words() -> frozenset[str]:
    from sqlglot import exp

    kinds = [kind for kind in exp.ALL_FUNCTIONS if issubclass(kind, exp.AggFunc)]
    found = frozenset(name.lower() for kind in kinds for name in kind.sql_names())
    return found | FOLDS | _ALIASES | _CLAUSES


def listed(sources: Sources) -> str:
    """The names of inputs as part of a sentence."""
    return " and ".join(f"'{name}'" for name in sorted(sources))


class Trace:
    """One look through a query for what it asks of incremental inputs."""

    def __init__(self, views: Views, groups: Groups = ()) -> None:
        self.views = views
        self.groups = groups
        """The columns by whose groups the rows are recomputed: each group is whole then."""
        self.problems: dict[tuple[int, str], Problem] = {}
        self.is_distinct = False
        """Whether equal rows of a batch become one."""
        self.repeats = False
        """Whether rows of no incremental input stand beside those of one: each batch has them again."""

    def query(self, node: Any, views: Views) -> Sources:
        """The incremental inputs that the rows of a query come from."""
        from sqlglot import exp

        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            views = {**views, cte.alias.lower(): self.query(cte.this, views)}
        match node:
            case exp.Select():
                rows = self._select(node, views)
            case exp.SetOperation():
                rows = self._set(node, views)
            case exp.Table():
                own = views.get(node.name.lower(), NOWHERE) if not node.args.get("db") else NOWHERE
                rows = own.union(*(self.query(join.this, views) for join in node.args.get("joins") or ()))
            case exp.Subquery() | exp.Lateral():
                rows = self.query(node.this, views)
            case _:
                return NOWHERE
        self._check_parts(node, rows)
        return rows

    def say(self, node: Any, message: str) -> None:
        """Note a problem at the beginning of a node."""
        problem = Problem(start_of(node) or 0, message, "flow")
        self.problems.setdefault((problem.offset, message), problem)

    def _check_parts(self, node: Any, rows: Sources) -> None:
        """Report what takes a part of the rows only."""
        if not rows:
            return
        for key, what in (("limit", "a LIMIT"), ("offset", "an OFFSET")):
            part = node.args.get(key)
            if part is not None:
                self.say(part, _PART.format(what=what, **_named(rows)))
        if node.args.get("sample") is not None:
            self.say(node, _SAMPLE.format(**_named(rows)))
        if any(not pivot.args.get("unpivot") for pivot in node.args.get("pivots") or ()):
            self.say(node, fold_of("a PIVOT", "aggregate", rows))

    def _set(self, node: Any, views: Views) -> Sources:
        from sqlglot import exp

        left, right = self.query(node.left, views), self.query(node.right, views)
        both = left | right
        if node.args.get("distinct") and both:
            self.is_distinct = True
        if isinstance(node, exp.Union) or not both:
            self.repeats = self.repeats or bool(left) != bool(right)
            return both
        word = type(node).__name__.upper()
        if left and right and left != right:
            self.say(node.args["expression"], f"this {join_of(both)}")
        elif right and (word == "EXCEPT" or left):
            self.say(node.args["expression"], _ABSENT.format(what=f"this {word}", **_named(right)))
        elif not node.args.get("distinct"):
            self.say(node.args["expression"], fold_of(f"{word} ALL", "compare", both))
        return both

    def _select(self, node: Any, views: Views) -> Sources:
        from sqlglot import exp

        rows = NOWHERE
        for below, join in _joined(node):
            found = self.query(below, views)
            if rows and found and rows != found:
                self.say(below, f"this {join_of(rows | found)}")
            elif rows and found and join is not None and self.groups:
                self._require_groups(below, "a join", joined_by(join))
            elif rows and found:
                self.say(below, self_join_of("this join", found))
            elif join is not None:
                self._check_join(join, rows, found)
            rows |= found
        for below in _inside(node):
            rows = self._look_up(below, rows, self.query(below, views))
        if rows:
            self.is_distinct = self.is_distinct or bool(node.args.get("distinct"))
            for fold in _folds(node, every=bool(self.groups)):
                word = "a window function" if isinstance(fold, exp.Window) else "an aggregate"
                verb = "rank" if isinstance(fold, exp.Window) else "aggregate"
                at = fold if start_of(fold) is not None else node
                if self.groups:
                    self._require_groups(at, word, folded_by(fold, node))
                else:
                    self.say(at, fold_of(word, verb, rows))
            for changed in changed_columns(node, self.groups):
                self.say(changed, changed_of(changed.alias_or_name))
        return rows

    def _require_groups(self, node: Any, what: str, by: Collection[str]) -> None:
        """Report what puts rows of several groups together."""
        lacking = [name for name in self.groups if name.lower() not in by]
        if lacking:
            self.say(node, ungrouped_of(what, lacking))

    def _check_join(self, join: Any, left: Sources, right: Sources) -> None:
        side, kind = str(join.side).lower(), str(join.kind).lower()
        how = next((word for word in ("anti", "semi") if word in (side, kind)), side)
        why = why_not_kept(f"this {how.upper()} JOIN", how, left, right)
        if why:
            self.say(join.this, why)
        elif how == "semi" and right and not left:
            self.is_distinct = True

    def _look_up(self, below: Any, rows: Sources, found: Sources) -> Sources:
        """What a query inside an expression adds to the sources of the rows around it."""
        if rows and found and rows != found:
            self.say(below, f"this {join_of(rows | found)}")
        elif found and self.groups:
            self._require_groups(below, "a subquery", ())
        elif rows and found:
            self.say(below, self_join_of("this subquery", found))
        elif found and not rows:
            test = _test_of(below)
            if test is None:
                self.say(below, _LOOK_UP.format(**_named(found)))
            elif test.startswith("NOT"):
                self.say(below, _ABSENT.format(what=f"this {test}", **_named(found)))
            else:
                self.is_distinct = True
        return rows | found


def _joined(node: Any) -> Iterator[tuple[Any, Any]]:
    """What the FROM of a SELECT names, each with the join that brings it; None with the first."""
    from_ = node.args.get("from_")
    if from_ is not None:
        yield from_.this, None
        yield from ((join.this, join) for join in from_.this.args.get("joins") or ())
    for join in node.args.get("joins") or ():
        yield join.this, join
        yield from ((inner.this, inner) for inner in join.this.args.get("joins") or ())


def _inside(node: Any) -> Iterator[Any]:
    """The queries inside the expressions of a SELECT."""
    from sqlglot import exp

    direct = {id(below) for below, _ in _joined(node)}
    ends = (exp.Query, exp.Column, exp.Literal)
    for below in node.walk(prune=lambda one: isinstance(one, ends) and one is not node):
        is_query = isinstance(below, exp.Query) and below is not node
        if is_query and not isinstance(below.parent, exp.CTE | exp.Lateral) and id(below) not in direct:
            yield below


def _test_of(query: Any) -> str | None:
    """The test that a query inside an expression is part of, such as NOT IN; None where it is a value."""
    from sqlglot import exp

    above = query.parent
    while isinstance(above, exp.Subquery | exp.Paren):
        above = above.parent
    if not isinstance(above, exp.In | exp.Exists):
        return None
    word, around = type(above).__name__.upper(), above.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    return f"NOT {word}" if isinstance(around, exp.Not) else word


def _folds(node: Any, every: bool) -> Iterator[Any]:
    """The first aggregate and the first (or every) window of a SELECT itself; not those of queries inside."""
    from sqlglot import exp

    seen: set[str] = set()
    ends = (exp.Query, exp.Pivot, exp.Column, exp.Literal)
    for below in node.walk(prune=lambda one: isinstance(one, ends) and one is not node):
        if isinstance(below, exp.Window) and below.args.get("over") and (every or "window" not in seen):
            seen.add("window")
            yield below
        elif isinstance(below, exp.Func | exp.Any) and "aggregate" not in seen and is_aggregate(below):
            seen.add("aggregate")
            yield below
    if node.args.get("group") is not None and "aggregate" not in seen:
        yield node.args["group"]
