from typing import Any

import pytest
from pydantic import TypeAdapter

from lakemesh.cli.render.steps import step_words
from lakemesh.spec.steps import Step

STEPS: TypeAdapter[Any] = TypeAdapter(Step)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"sql": "transforms/a.sql"}, "SQL of b/transforms/a.sql over v"),
        ({"sql": "select 1 as x from v"}, "SQL of the spec over v"),
        ({"python": "t.py:f", "from": "v"}, "Python t.py:f over v"),
        ({"python": "def x(v): return v", "from": "v"}, "Python of the spec over v"),
        ({"kind": "select", "from": "v", "columns": ["a", "b"]}, "select a, b from v"),
        ({"kind": "rename", "from": "v", "columns": {"a": "b"}}, "rename a to b of v"),
        ({"kind": "cast", "from": "v", "columns": {"a": "int"}}, "cast a to int of v"),
        ({"kind": "derive", "from": "v", "columns": {"a": "b + 1"}}, "derive a = b + 1 on v"),
        ({"kind": "drop", "from": "v", "columns": ["a"]}, "drop a of v"),
        ({"kind": "filter", "from": "v", "where": "a > 1"}, "filter v where a > 1"),
        ({"kind": "flatten", "from": "v"}, "flatten every struct of v"),
        ({"kind": "explode", "from": "v", "column": "a"}, "explode a of v"),
        (
            {"kind": "deduplicate", "from": "v", "keys": ["a"], "orderBy": ["b desc"]},
            "deduplicate v by a, first by b desc",
        ),
        ({"kind": "join", "from": ["v", "w"], "on": ["a"], "how": "left"}, "left join of v, w on a"),
        ({"kind": "join", "from": ["v", "w"], "how": "cross"}, "cross join of v, w"),
        ({"kind": "union", "from": ["v", "w"]}, "union of v, w"),
        (
            {"kind": "aggregate", "from": "v", "columns": {"n": "count(*)"}},
            "aggregate v by nothing: n = count(*)",
        ),
        (
            {"kind": "pseudonymise", "from": "v", "columns": ["a"], "salt": {"secret": "s/k"}},
            "pseudonymise a of v with s/k",
        ),
        (
            {"kind": "window", "from": "v", "partitionBy": ["a"], "columns": {"n": "row_number()"}},
            "window over a of v: n = row_number()",
        ),
    ],
)
def test_a_step_in_a_line(step: dict[str, Any], words: str) -> None:
    said = step.get("from", "v")
    reads = said if isinstance(said, list) else [said]
    file = "b/transforms/a.sql" if step.get("sql") == "transforms/a.sql" else None
    assert step_words(STEPS.validate_python(step), reads, file) == words
