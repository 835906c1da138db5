import re

import pytest

from lakemesh.errors import QueryError
from lakemesh.query.statement import read_statement


def names(sql: str) -> list[str]:
    return [".".join(ref.parts) for ref in read_statement(sql).tables]


def test_the_tables_that_a_query_names() -> None:
    assert names("select * from a.b.c join d.e.f using (x)") == ["a.b.c", "d.e.f"]
    assert names("with w as (select * from a.b.c) select * from w") == ["a.b.c"]
    assert names("select * from range(3)") == []


def test_versions() -> None:
    number, text = read_statement(
        "select * from a.b.c version as of 3, a.b.c timestamp as of '2026-01-01'"
    ).tables
    assert (number.version, text.version) == (3, "2026-01-01")


def test_a_version_is_a_literal() -> None:
    with pytest.raises(QueryError, match="a version is a number"):
        read_statement("select * from a.b.c timestamp as of current_timestamp()")


def test_describe_is_known() -> None:
    assert read_statement("describe a.b.c").describes
    assert read_statement("desc table history.b.detail").describes
    assert not read_statement("select 1").describes


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("describe history a.b.c", "HISTORY"),
        ("desc extended a.b.c", "EXTENDED"),
        ("describe table formatted a.b.c", "FORMATTED"),
        ("/* size? */ describe detail a.b.c", "DETAIL"),
        ("describe schema a", "SCHEMA"),
        ("describe function upper", "FUNCTION"),
        ("describe a.b.c partition (x = 1)", "... PARTITION"),
        ("describe a.b.c as json", "... AS JSON"),
    ],
)
def test_a_describe_that_asks_for_more_than_columns_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(QueryError, match=f"DESCRIBE {re.escape(named)} is not answered here"):
        read_statement(sql)


@pytest.mark.parametrize(
    "deed", ["drop table a.b.c", "insert into a.b.c select 1", "set x = 1", "select 1 into x"]
)
def test_a_deed_is_named_in_its_refusal(deed: str) -> None:
    with pytest.raises(QueryError, match=r"only queries are answered here: (DROP|INSERT|SET|INTO)"):
        read_statement(deed)


def test_a_compiled_parser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("interpreted classes cannot inherit from compiled")

    monkeypatch.setattr("lakemesh.query.statement.parse", refuse)
    with pytest.raises(QueryError, match="pip uninstall sqlglotc"):
        read_statement("select 1")
