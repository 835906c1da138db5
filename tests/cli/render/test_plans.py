import re
from pathlib import Path

import pytest

from lakemesh.cli.render.plans import plan_lines
from lakemesh.names import parse_product
from lakemesh.plan.compiler import compile_plan
from lakemesh.spec.loader import Mesh, load_mesh

HERE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def reference() -> Mesh:
    return load_mesh(HERE).require()


def text_of(mesh: Mesh, name: str) -> str:
    return "\n".join(plan_lines(compile_plan(mesh, parse_product(name))))


def test_the_plan_of_a_new_product(root: Path) -> None:
    lines = list(plan_lines(compile_plan(load_mesh(root).require(), parse_product("shop.orders"))))
    assert lines == [
        "shop.orders 0.1.0 in environment local (time zone UTC)",
        "",
        "flow files: each batch of files",
        "  read   files: new records, of json files in data/landing/shop/orders (*.jsonl);"
        " what does not parse goes to shop.orders.files__rejected",
        "  step   cleaned: SQL of bundles/shop/orders/transforms/cleaned.sql over files",
        "  check  orders: 1 rule",
        "           amount_not_negative: expect_column_values_to_be_between (column amount, min_value 0)"
        " -> quarantine",
        "  write  orders: merge cleaned, by id, newest updated_at wins,"
        " bad rows to shop.orders.orders__quarantine",
        "           into lakehouse/shop/orders/orders",
    ]


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        ("{secret: shop/hub}", "secret shop/hub"),
        ("{entra: {tenant: t, clientId: app, secret: shop/app}}", "the application app, secret shop/app"),
        ("{serviceCredential: reader}", "service credential reader"),
    ],
)
def test_a_hub_and_who_signs_in(root: Path, credential: str, said: str) -> None:
    local = root / "conf/environments/local.yml"
    text = local.read_text(encoding="utf-8")
    hubs = f"{{shop: {{transport: kafka, namespace: shop, credential: {credential}}}}}"
    local.write_text(f"{text}\nhubs: {hubs}\n", encoding="utf-8")
    product = root / "bundles/shop/orders/product.yml"
    files = r"kind: blob.*\n +path: .*\n +pattern: .*\n"
    told = re.sub(files, "kind: eventhub\n    hub: orders\n", product.read_text(encoding="utf-8"))
    product.write_text(told, encoding="utf-8")
    text = text_of(load_mesh(root).require(), "shop.orders")
    assert f"of Event Hub orders, from shop.servicebus.windows.net:9093 ({said}); what does not" in text


def test_each_incremental_input_has_its_flow(reference: Mesh) -> None:
    text = text_of(reference, "checkout.orders")
    assert "flow order_events: each batch of order_events" in text
    assert "flow order_exports: each batch of order_exports" in text
    assert "read   order_exports: empty here; it has its own flow" in text
    assert "clock fixed at 2026-11-01T00:00:00+00:00" in text


def test_snapshots_and_why_a_frame_is_staged(reference: Mesh) -> None:
    text = text_of(reference, "marketing.conversion")
    assert "flow snapshot: one batch of snapshots" in text
    assert "orders: the whole table, pinned, of checkout.orders.orders" in text
    assert "staged: Python or an expression that is not deterministic" in text
    assert "staged: every rule that may fail is decided before anything becomes visible" in text


def test_every_shipped_product_has_a_plan_to_print(reference: Mesh) -> None:
    for name in reference.names:
        assert text_of(reference, str(name)).startswith(f"{name} ")


WAYS = """apiVersion: lakemesh/v1
kind: DataProduct
name: ways
domain: shop
inputPorts:
  files: {kind: blob, path: "${landing.shop}/ways", schema: {id: string, at: bigint, gone: boolean}}
outputPorts:
  now: {from: files, write: merge, keys: [id], sequenceBy: [at], deleteWhen: gone}
  then: {from: files, write: history, keys: [id], sequenceBy: [at], deleteWhen: gone}
  groups: {from: files, write: overwrite, by: [id], sequenceBy: [at]}
  few: {kind: view, sql: select id from now where at > 3}
"""


def test_ways_of_writing_and_views(root: Path) -> None:
    file = root / "bundles" / "shop" / "ways" / "product.yml"
    file.parent.mkdir()
    file.write_text(WAYS.replace("  then:", "  versions:"), encoding="utf-8")
    text = text_of(load_mesh(root).require(), "shop.ways")
    for line in (
        "merge files, by id, newest at wins, delete when gone, tombstones in shop.ways.now__tombstones",
        "history files, by id, a version for each at, delete when gone",
        "overwrite files, the groups by id, only by a newer at",
        "staged: the write reads its rows more than once",
        "view shop.ways.few: SQL over shop.ways.now",
    ):
        assert line in text


def test_what_an_input_judges_and_answers(root: Path) -> None:
    file = root / "bundles/shop/orders/product.yml"
    rules = (
        "    onSchemaChange: evolve\n    onDataLoss: continue\n    quality:\n"
        "      - {expect_column_values_to_not_be_null: {column: id}, name: has_id, onFailure: drop}\n"
        "      - {expect_table_row_count_to_be_between: {max_value: 9}, name: few, onFailure: fail}\n"
    )
    ref = "    schema: {ref: record}\n"
    text = file.read_text(encoding="utf-8")
    assert text.count(ref) == 1
    file.write_text(text.replace(ref, ref + rules), encoding="utf-8")
    lines = text_of(load_mesh(root).require(), "shop.orders").splitlines()
    assert lines[4:9] == [
        "           has_id: expect_column_values_to_not_be_null (column id) -> reject",
        "           few: expect_table_row_count_to_be_between (max_value 9) -> fail",
        "           onSchemaChange: evolve",
        "           onDataLoss: continue",
        "           staged: a rule of its own is decided by all its rows",
    ]
