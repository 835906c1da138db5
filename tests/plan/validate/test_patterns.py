"""Regular expressions and parameters in SQL: what is refused, and what is not."""

from __future__ import annotations

import pytest

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.patterns import broken_texts, why_no_pattern

TAKEN = (
    *("^a+$", r"\p{L}+", r"(?<name>x)(?<=y)(?<!z)", r"[a&&b]", r"\Q(\E", r"a++", "(?i)x", r"\h\R"),
    *(r"(?<x>a)\k<x>", r"^\h+\z", r"(?<=a{1,3})b", r"(?i)abc(?-i)D", r"\G\X\x{1F600}"),
    *(r"[{,3}]", r"\{,3}", r"x\(\?P<"),
    *(r"^[\w-.]+@[\w-]+\.\w+$", r"[\d-z]", "^*", "$+", r"\b+", "a+{2}", "a?+{1}", r"\Q(", "a*+", "a*?"),
)


NONE = (
    *("(", "[a", "*a", "(*a)", "a|?", "[z-a]", "a{2,1}", "a{99999999999}", "x**", "a)"),
    *("(?P<", "(?P<x>a)", "a{,3}"),
)


@pytest.mark.parametrize("regex", TAKEN)
def test_patterns_that_java_takes(regex: str) -> None:
    assert why_no_pattern(regex) == ""


@pytest.mark.parametrize("regex", NONE)
def test_patterns_that_are_none(regex: str) -> None:
    assert why_no_pattern(regex)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select s rlike 'a(b' from t", "'a(b' is no regular expression: missing )"),
        ("select regexp_extract(s, '[a', 0) from t", "'[a' is no regular expression: unterminated"),
        ("select split(s, '*') from t", "'*' is no regular expression: nothing to repeat"),
        ("select regexp_replace(s, r'a\\(b)', '') from t", "'a\\(b)' is no regular expression: unbalanced"),
        ("select from_json(s, 'a int, b text') from t", "'a int, b text' is no schema: 'text' is no type"),
        ("select from_json(s, 'array<strin>') from t", "'array<strin>' is no schema: "),
        ("select n from t qualify rank() over (order by n) = 1", "Spark has no QUALIFY"),
    ],
)
def test_texts_that_mean_nothing(sql: str, why: str) -> None:
    ((_, said),) = [one for node in parse_query(sql).tree.walk() for one in broken_texts(node)]
    assert said.startswith(why)


@pytest.mark.parametrize(
    "sql",
    [
        "select s rlike 'a\\\\(b', s like 'a(b', split(s, '[|]'), s rlike pattern, ':x' from t",
        "select from_json(s, 'a int, b: array<string>'), from_json(s, 'map<string, int>') from t",
        "select from_json(s, '{\"type\": \"struct\"}'), from_json(s, 'a varchar(3)'), from_json(s, d) from t",
    ],
)
def test_texts_that_mean_something(sql: str) -> None:
    assert [one for node in parse_query(sql).tree.walk() for one in broken_texts(node)] == []
