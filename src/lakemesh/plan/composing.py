"""A query as Spark is given it: in parentheses behind a WITH that holds the views it reads."""

from __future__ import annotations

from collections.abc import Sequence

from lakemesh.names import quote


def query_over(text: str, views: Sequence[str]) -> str:
    """The query over views of these names; Spark's formatter fills in {view0}, {view1}, ..., where there are.

    The text's own lines keep their numbers: all that stands before it stands on its first line.
    """
    body = _without_end(text)
    if not views:
        return f"({body}\n)"
    heads = [f"{_escaped(quote(name))} as (select * from {{view{n}}})" for n, name in enumerate(views)]
    return f"with {', '.join(heads)} ({_escaped(body)}\n)"


def _escaped(text: str) -> str:
    """The text as Spark's own formatter gives it back."""
    return text.replace("{", "{{").replace("}", "}}")


def _without_end(text: str) -> str:
    """The query without the semicolon that may end it; comments behind it stay."""
    from sqlglot.dialects.databricks import Databricks
    from sqlglot.errors import TokenError

    try:
        tokens = Databricks().tokenize(text)
    except TokenError:
        return text
    while tokens and text[tokens[-1].start] == ";":
        end = tokens.pop().start
        text = f"{text[:end]} {text[end + 1 :]}"
    return text
