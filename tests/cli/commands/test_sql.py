from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call

QUERY = "select id, amount from shop.orders.orders order by id"


def test_a_table(in_mesh: Call) -> None:
    assert in_mesh("sql", QUERY).out == "id  amount\n--  ------\n1      1.5\n2      2.5\n"


def test_csv(in_mesh: Call) -> None:
    assert in_mesh("sql", QUERY, "--format", "csv").out == "id,amount\n1,1.5\n2,2.5\n"
    assert in_mesh("sql", QUERY, "-o", "csv").out == "id,amount\n1,1.5\n2,2.5\n"


@pytest.mark.parametrize("words", [("--format", "json"), ("-o", "json")])
def test_json(in_mesh: Call, words: tuple[str, ...]) -> None:
    assert in_mesh("sql", QUERY, *words).json == [{"id": "1", "amount": 1.5}, {"id": "2", "amount": 2.5}]


def test_the_query_may_come_in(in_mesh: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 1 as one"))
    assert in_mesh("sql", "-", "--format", "csv").out == "one\n1\n"


def test_a_limit(in_mesh: Call) -> None:
    said = in_mesh("sql", QUERY, "--limit", "1")
    assert said.out.splitlines()[2:] == ["1      1.5"]
    assert said.err == ""


def test_a_table_that_was_cut_says_so(in_mesh: Call) -> None:
    said = in_mesh("sql", "select * from range(1001)")
    assert len(said.out.splitlines()) == 1002
    assert said.err == "The first 1000 rows; --limit N shows more.\n"


def test_a_query_that_fails_is_1(in_mesh: Call) -> None:
    said = in_mesh("sql", "drop table shop.orders.orders")
    assert said.code == 1
    assert said.err == "lakemesh: only queries are answered here: DROP is none. Nothing was done.\n"


def test_other_products_mistakes_do_not_matter(in_mesh: Call, root: Path) -> None:
    broken = root / "bundles/shop/other/product.yml"
    broken.parent.mkdir()
    broken.write_text("nope: 1\n", encoding="utf-8")
    assert in_mesh("sql", QUERY).code == 0
