"""Names: parsed and compared, and quoted so that nothing in them can break out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lakemesh.errors import CallError
from lakemesh.names import (
    RESERVED,
    ProductName,
    TableName,
    is_own,
    parse_product,
    quote,
    quote_path,
    quote_text,
    why_unusable,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# How Spark's lexer takes them (SqlBaseLexer.g4): a quoted identifier, and a string in single quotes.
IDENTIFIER = re.compile(r"`(?:[^`]|``)*`")
STRING = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
# What Spark cannot hold at all: half a surrogate pair; and the NUL that closes a C string.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NASTY = st.lists(
    st.sampled_from(["'", "\\", "`", "\n", "\r", ";", "--", "/*", "a", "\\'", "''", "\\u0027", "${"])
).map("".join)


def test_a_product_name_has_two_parts() -> None:
    name = parse_product("checkout.orders")
    assert (name, str(name)) == (ProductName("checkout", "orders"), "checkout.orders")
    assert ProductName("a", "z") < ProductName("b", "a")
    assert str(TableName("checkout", "orders", "lines")) == "checkout.orders.lines"


@pytest.mark.parametrize("text", ["", "orders", "a.b.c", ".orders", "checkout.", "."])
def test_anything_else_is_no_product_name(text: str) -> None:
    with pytest.raises(CallError, match=r"is no product name: write domain\.product"):
        parse_product(text)


@pytest.mark.parametrize("name", ["orders", "a", "order_lines2", "x" * 63])
def test_usable_names(name: str) -> None:
    assert why_unusable(name) is None


@pytest.mark.parametrize(
    "name", ["", "Orders", "1st", "_x", "order-lines", "a b", "a.b", "a/b", "ä", "x" * 64, "orders\n"]
)
def test_unusable_names_are_told(name: str) -> None:
    assert "is not usable as a catalog, schema or table name" in (why_unusable(name) or "")


@pytest.mark.parametrize("name", ["select", "default", "information_schema", "order"])
def test_reserved_names_are_told(name: str) -> None:
    assert name in RESERVED
    assert "is a reserved word" in (why_unusable(name) or "")


@given(TEXTS | NASTY)
def test_a_quoted_identifier_is_one_token_and_nothing_more(name: str) -> None:
    quoted = quote(name)
    assert IDENTIFIER.fullmatch(quoted)
    assert quoted[1:-1].replace("``", "`") == name


@given(st.lists(st.text("ab`- ", min_size=1), min_size=1))
def test_a_quoted_path_has_a_token_for_each_part(parts: list[str]) -> None:
    assert IDENTIFIER.findall(quote_path(".".join(parts))) == [quote(part) for part in parts]


@given(TEXTS | NASTY)
@example("\\")
@example("\\'")
@example("'; drop table x --")
def test_a_quoted_text_is_one_token_on_one_line(text: str) -> None:
    quoted = quote_text(text)
    assert STRING.fullmatch(quoted)
    assert STRING.match(quoted + "'x'") is not None
    assert "\n" not in quoted
    assert "\r" not in quoted
    assert "${" not in quoted


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS | NASTY, min_size=1, max_size=30))
@example(["\\", "'", "\\'", "''", "\\n", "\\u0027", "\\047", "\\%", "a\nb\rc", "${spark.app.name}", "😀", ""])
def test_spark_reads_back_what_was_quoted(spark: SparkSession, texts: list[str]) -> None:
    row = spark.sql(f"select {', '.join(map(quote_text, texts))}").first()
    assert row is not None
    assert list(row) == texts


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1).filter(str.isprintable) | NASTY.filter(bool), min_size=1, max_size=20))
@example(["`", "``", "a`b", "a.b", "a b", "1", "'", "\\", "select"])
def test_spark_takes_a_quoted_identifier_for_the_name(spark: SparkSession, names: list[str]) -> None:
    said = spark.sql(f"select {', '.join(f'1 as {quote(name)}' for name in names)}")
    assert said.columns == names


@pytest.mark.parametrize("name", ["_source", "_Rescued_data", "__delete", "__rank", "__failed_12", "__by_0"])
def test_own_columns_are_known_by_their_exact_names(name: str) -> None:
    assert is_own(name)


@pytest.mark.parametrize("name", ["__v", "__typename", "_id", "source", "__failed_x", "delete"])
def test_columns_of_records_are_no_own_ones(name: str) -> None:
    assert not is_own(name)
