from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import types as T

from lakemesh.errors import RunError, SecretMissing
from lakemesh.names import ProductName
from lakemesh.plan.excerpts import cut_to
from lakemesh.plan.validate import validate
from lakemesh.runner.preview import MASK, Looked, Preview, plain, preview_view

if TYPE_CHECKING:
    from tests.runner.conftest import Mini

SHOP = """
    inputPorts:
      events:
        kind: eventhub
        hub: h
        schema:
          - {name: id, logicalType: string}
          - {name: amount, physicalType: "decimal(12,2)"}
          - {name: at, logicalType: timestamp}
          - name: customer
            logicalType: object
            properties:
              - {name: city, logicalType: string}
              - {name: email, logicalType: string, tags: [pii]}
          - name: visits
            logicalType: array
            items:
              logicalType: object
              properties: [{name: ip, logicalType: string, classification: restricted}]
      files:
        kind: blob
        path: data/in
        schema:
          - {name: id, logicalType: string}
          - {name: amount, physicalType: "decimal(12,2)"}
          - {name: at, logicalType: timestamp}
          - {name: customer, physicalType: "struct<city:string,email:string>"}
          - {name: visits, physicalType: "array<struct<ip:string>>"}
      rates: {kind: product, product: shop.rates, port: rates}
    transformations:
      both: {kind: union, from: [events, files]}
      better:
        kind: derive
        from: both
        columns: {domain: "split_part(customer.email, '@', 2)", twice: amount * 2}
      priced: {sql: "select b.id, b.twice * r.rate as price, domain from better b cross join rates r"}
      coded:
        python: "def coded(frame): return frame.selectExpr('id', 'amount', 'customer.email as mail')"
        from: both
      hidden: {kind: pseudonymise, from: events, columns: [id], salt: {secret: a/b}}
      wrong: {sql: "select cast(id as int) as n from both"}
      unfinished: {kind: select, from: both, columns: [nothing]}
    outputPorts:
      out: {kind: delta, from: priced, write: append}
"""
RATES = """
    inputPorts:
      files: {kind: blob, path: data/rates, schema: {rate: int}}
    outputPorts:
      rates: {kind: delta, from: files, write: append}
"""
ORDER: dict[str, Any] = {
    "id": "a", "amount": 1.5, "at": "2026-01-05T10:00:00Z",
    "customer": {"city": "Ulm", "email": "a@example.com"}, "visits": [{"ip": "127.0.0.1"}],
}  # fmt: skip
AT = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)


@pytest.fixture
def shop(mini: Mini) -> Mini:
    """Two events, one file with a broken record, and a table of rates."""
    from lakemesh.plan.excerpts import plan_for
    from lakemesh.runner.givens import give_files

    mini.product("orders", SHOP)
    mini.product("rates", RATES)
    mini.put("rates/rates", "select 2 as rate")
    mini.land("in/1.json", {**ORDER, "id": "c", "amount": "much"}, "{broken")
    name = ProductName("shop", "orders")
    (read,) = plan_for(cut_to(mini.mesh(), name, "hidden"), name, "hidden").flows[0].reads
    moved = read.model_copy(update={"paths": (read.paths[0].replace("*", "ns"),)})
    give_files(moved, [ORDER, {**ORDER, "id": "b", "customer": None}])
    return mini


def preview(mini: Mini, view: str, limit: int = 20) -> Preview:
    name = ProductName("shop", "orders")
    cut = cut_to(mini.mesh(), name, view)
    assert validate(cut, [name]) == ()
    return preview_view(cut, name, view, mini.spark, limit)


def test_all_inputs_at_once_nothing_written_and_classified_values_masked(shop: Mini) -> None:
    before = sorted(shop.root.rglob("*"))
    found = preview(shop, "both")
    assert found.columns == ("id", "amount", "at", "customer", "visits", "_rescued_data")
    rows = {row[0]: row for row in found.rows}
    masked = {"city": "Ulm", "email": MASK}
    assert rows["a"] == ("a", Decimal("1.50"), AT, masked, [{"ip": MASK}], None)
    assert rows["b"] == ("b", Decimal("1.50"), AT, None, [{"ip": MASK}], None)
    assert rows["c"] == ("c", None, AT, masked, [{"ip": MASK}], MASK)
    assert found.masked == ("customer.email", "visits.ip", "_rescued_data")
    assert found.inputs == (Looked("events", files=1, of=1), Looked("files", files=1, of=1))
    assert sorted(shop.root.rglob("*")) == before


def test_what_is_made_of_classified_values_is_masked_too(shop: Mini) -> None:
    found = preview(shop, "priced", limit=1)
    assert (found.columns, len(found.rows), found.more) == (("id", "price", "domain"), 1, True)
    assert found.rows[0][2] in (MASK, None)
    assert found.masked == ("domain",)
    assert found.inputs[-1] == Looked("rates", version=0)
    coded = preview(shop, "coded")
    assert (coded.masked, coded.columns) == (("mail",), ("id", "amount", "mail"))


def test_a_step_that_no_output_needs(shop: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_B", raising=False)
    with pytest.raises(SecretMissing, match="A_B"):
        preview(shop, "hidden")
    monkeypatch.setenv("A_B", "salt")
    found = preview(shop, "hidden", limit=1)
    assert (len(found.rows[0][0]), found.more, found.inputs) == (64, True, (Looked("events", files=1, of=1),))


def test_errors_name_the_step(shop: Mini) -> None:
    with pytest.raises(RunError, match=r"shop\.orders: .*step 'wrong'.*CAST_INVALID_INPUT"):
        preview(shop, "wrong")


def test_no_row_says_what_was_rejected(shop: Mini) -> None:
    shop.land("rates/1.json", "{broken", "[1]", "[2]")
    name = ProductName("shop", "rates")
    found = preview_view(cut_to(shop.mesh(), name, "files"), name, "files", shop.spark, 5)
    assert (found.rows, found.columns) == ((), ("rate",))
    assert found.rejected == {"files": {"not valid JSON": 1, "a JSON array, not a JSON object": 2}}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('"2026-01-05T10:00:00.000001Z"', T.TimestampType(), AT.replace(microsecond=1)),
        ('"2026-01-05"', T.DateType(), dt.date(2026, 1, 5)),
        ("1.10", T.DecimalType(4, 2), Decimal("1.10")),
        ("0.1", T.DoubleType(), 0.1),
        ('"Infinity"', T.DoubleType(), float("inf")),
        ('{"k": 1}', T.MapType(T.StringType(), T.IntegerType()), {"k": 1}),
        ("null", T.DateType(), None),
    ],
)
def test_values_as_python_has_them(text: str, kind: T.DataType, value: Any) -> None:
    assert plain(json.loads(text, parse_float=Decimal), kind, frozenset()) == value
    assert plain(json.loads(text, parse_float=Decimal), kind, frozenset({()})) == (value and MASK)
