"""What a later version builds is refused; the words of product.yml are in wrong.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_policies_and_adopted_contracts(base: Path, find: Any) -> None:
    policies, contracts = base / "conf" / "policies", base / "bundles" / "shop" / "orders" / "contracts"
    policies.mkdir()
    contracts.mkdir()
    assert find() == []
    (policies / "pii.yml").write_text("x: 1\n", encoding="utf-8")
    (contracts / "crm.customers.yml").write_text("x: 1\n", encoding="utf-8")
    assert [(one.file, one.code) for one in find()] == [
        ("bundles/shop/orders/contracts", "not-yet"),
        ("conf/policies/pii.yml", "not-yet"),
    ]


def test_transports_are_refused_wherever_they_stand(find: Any) -> None:
    hubs = "hubs: {shop: {transport: capture, path: data/capture/shop}, crm: {transport: amqp}}"
    (one,) = find(("local", "hubs: {shop: {transport: capture, path: data/capture/shop}}", hubs))
    assert one.message == "transport amqp is not built yet: it comes with a later version"


def test_a_unique_column_is_said_by_a_rule(find: Any) -> None:
    (one,) = find(
        ("product", "{name: email, logicalType: string}", "{name: email, logicalType: string, unique: true}")
    )
    assert (one.line, one.code) == (91, "not-yet")
    assert one.message.startswith("unique: true (expect_column_values_to_be_unique is) is not built yet")


def test_the_platform_may_be_databricks(find: Any) -> None:
    assert find(("local", "platform: local\n", "platform: databricks\n")) == []
