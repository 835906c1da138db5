"""A small mesh on disk, with Delta tables that deltalake wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakemesh.errors import QueryError
from lakemesh.query.statement import read_statement
from lakemesh.query.translate import translate
from lakemesh.spec.loader import Mesh, load_mesh

PRODUCT = """\
apiVersion: lakemesh/v1
kind: DataProduct
name: {name}
domain: {domain}
version: {version}
inputPorts:
  events:
    kind: blob
    path: ${{landing.{domain}}}/{name}/
    schema: {{order_id: string, amount: "decimal(12,2)", updated_at: timestamp}}
outputPorts:
  {name}:
    from: events
    write: merge
    keys: [order_id]
    slaProperties: [{{property: latency, value: 15, unit: m}}, {{property: latency, value: 1, unit: h}}]
"""
AT = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
ORDERS = pa.table(
    {
        "order_id": pa.array(["a", "b", "c"]),
        "amount": pa.array([Decimal("1.10"), Decimal("20.00"), None], pa.decimal128(12, 2)),
        "updated_at": pa.array([AT, AT, None], pa.timestamp("us", "UTC")),
        "customer": pa.array([{"email": "x@example.com"}, None, {"email": None}]),
        "lines": pa.array([["p", "q"], [], ["r"]]),
        "at": pa.array([1, 2, 3]),
    }
)


def write(file: Path, text: str) -> None:
    """Write a text, its folders made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def make_mesh(root: Path, zone: str = "UTC") -> Path:
    """checkout.orders, written in two commits, and cart.carts 2.0.0, which never ran."""
    write(
        root / "conf/mesh.yml",
        f"tenant: t\ntimeZone: {zone}\ndomains:\n  checkout: {{owner: C}}\n  cart: {{owner: K}}\n",
    )
    landing = "landing: {checkout: data/checkout, cart: data/cart}\n"
    write(root / "conf/environments/local.yml", f"platform: local\nlakehouse: lakehouse\n{landing}")
    write(root / "conf/environments/prod.yml", f"platform: databricks\n{landing}")
    for domain, name, version in (("checkout", "orders", "1.0.0"), ("cart", "carts", "2.0.0")):
        text = PRODUCT.format(domain=domain, name=name, version=version)
        write(root / f"bundles/{domain}/{name}/product.yml", text)
    folder = str(root / "lakehouse/checkout/orders/orders")
    write_deltalake(folder, ORDERS.slice(0, 1))
    write_deltalake(folder, ORDERS.slice(1), mode="append")
    return root


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mesh(tmp_path_factory.mktemp("mesh"))


@pytest.fixture(scope="session")
def mesh(root: Path) -> Mesh:
    return load_mesh(root).require()


@pytest.fixture
def open_mesh(tmp_path: Path) -> Callable[[str], Mesh]:
    """A mesh of one's own in a time zone."""
    return lambda zone: load_mesh(make_mesh(tmp_path, zone)).require()


@pytest.fixture(scope="session")
def ask() -> Callable[[str], list[Any]]:
    """What a query without tables gives: its values, row after row, in one list."""

    def asked(sql: str, zone: str = "UTC") -> list[Any]:
        query = translate(read_statement(sql).tree, {}, zone)
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"set TimeZone = '{zone}'")
            return [value for row in connection.execute(query.sql).fetchall() for value in row]

    return asked


@pytest.fixture(scope="session")
def refusal() -> Callable[[str], str]:
    """Why a query without tables is refused before DuckDB sees it."""

    def refused(sql: str) -> str:
        with pytest.raises(QueryError) as caught:
            translate(read_statement(sql).tree, {}, "UTC")
        return str(caught.value)

    return refused
