"""How a function is written down: how many arguments it takes and what it becomes in DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.query.translate.casts import cast
from lakemesh.query.translate.values import Value

if TYPE_CHECKING:
    from lakemesh.query.translate.types import Type

Rule = Callable[..., Value]


@dataclass(frozen=True)
class Function:
    """A function of Databricks SQL: fewest and most arguments, and the rule that translates it."""

    fewest: int
    most: int
    rule: Rule

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return self.fewest <= count <= self.most

    @property
    def counts(self) -> str:
        """How many arguments it takes, in words."""
        if self.fewest == self.most:
            return f"{self.fewest} argument{'' if self.fewest == 1 else 's'}"
        return (
            f"{self.fewest} or more arguments"
            if self.most == MANY
            else f"{self.fewest} to {self.most} arguments"
        )


MANY = 1000


def plain(template: str, takes: Iterable[Type | None], gives: Type | None) -> Function:
    """A function whose text is a template over its arguments, each cast to its type (None: as it is).

    `gives` None: what the first argument is.
    """
    kinds = tuple(takes)

    def rule(*values: Value) -> Value:
        sqls = [v.sql if kind is None else cast(v, kind).sql for v, kind in zip(values, kinds, strict=True)]
        return Value(template.format(*sqls), values[0].type if gives is None else gives)

    return Function(len(kinds), len(kinds), rule)


def function(fewest: int, most: int) -> Callable[[Rule], Function]:
    """A decorator that makes a rule a function of so many arguments."""
    return lambda rule: Function(fewest, most, rule)
