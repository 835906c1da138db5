from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakemesh.plan.validate.references import is_zone


def test_zones_are_those_of_the_iana_database() -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone("Europe")
    assert not is_zone("../etc/passwd")
    assert not is_zone("")


def test_a_product_that_cannot_be_read_is_not_called_unknown(base: Path, find: Any) -> None:
    file = base / "bundles" / "crm" / "customers" / "product.yml"
    file.write_text("kind: [", encoding="utf-8")
    assert [one.file for one in find()] == ["bundles/crm/customers/product.yml"]


def test_a_product_that_reads_itself(find: Any) -> None:
    (one,) = find(
        ("daily", "product: shop.orders, port: orders, where: amount > 0", "product: shop.daily, port: daily")
    )[:1]
    assert one.message == "products read each other in a circle: shop.daily -> shop.daily"


@pytest.mark.parametrize(
    ("read", "write", "codes"),
    [
        ("appends", "append", ["flow", "flow"]),
        ("appends", "overwrite", ["wrong-way", "flow", "flow"]),
        ("snapshot", "overwrite", []),
    ],
)
def test_appends_need_a_port_that_appends(find: Any, read: str, write: str, codes: list[str]) -> None:
    port = "    from: exports\n    write: append\n    schema: {customer_id"
    join = (
        "    kind: join\n    from: [flat, customers]\n    condition: left.customer_id = right.customer_id\n"
        "    how: semi\n"
    )
    found = find(
        ("customers", port, port.replace("append", write)),
        ("product", "    port: customers\n", f"    port: changes\n    read: {read}\n"),
        ("product", join, "    kind: filter\n    from: flat\n    where: pieces > 0\n"),
    )
    assert [one.code for one in found if one.file.startswith("bundles/shop")] == codes


def test_files_that_start_a_run(find: Any) -> None:
    assert find(("product", "{onUpdate: {of: [customers]}}", "{onFileArrival: exports}")) == []
    (one,) = find(("product", "{onFileArrival: exports}", "{onFileArrival: export}"))
    assert (one.line, one.column, one.code) == (8, 27, "unknown-reference")


def test_a_compute_profile_in_a_block(find: Any) -> None:
    (one,) = find(("product", "compute: small", "compute: {profile: smal, retries: 1}"))
    assert (one.line, one.column) == (9, 20)
