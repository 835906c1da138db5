"""The whole of it: every finding at once, for all products or some, quickly."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lakemesh.errors import Finding
from lakemesh.names import parse_product
from lakemesh.plan.validate import examine, validate
from lakemesh.spec.loader import load_mesh

ROOT = Path(__file__).parent.parent.parent.parent


def test_shipped_specs_are_without_a_finding() -> None:
    for environment in ("local", "dev", "prod"):
        if not (ROOT / "conf" / "environments" / f"{environment}.yml").is_file():
            continue
        loaded = load_mesh(ROOT, environment)
        assert loaded.findings == ()
        found = validate(loaded.require())
        if environment == "local":
            assert found == ()
        # What runs on the platform comes with a later version, and that is all that is wrong with it.
        assert {one.code for one in found} <= {"not-yet"}


def test_mistakes_of_every_kind_are_said_at_once(find: Any) -> None:
    found = find(
        ("product", "status: active", "stauts: active"),
        ("product", "compute: small", "compute: large"),
        ("product", "sequenceBy: [updated_at]", "sequenceBy: [updated]"),
        ("product", "{name: email, logicalType: string}", "{name: email, logicalType: string, unique: true}"),
        ("flat", "customer.email as", "customer.mail as"),
        ("rank", "return orders", "return orders +"),
        ("tests", "amount: 5}", "amuont: 5}"),
        ("daily", "write: overwrite", "write: append"),
        ("mesh", "Europe/Berlin", "Berlin"),
    )
    assert sorted(one.code for one in found) == [
        *("flow", "not-yet", "python", "unknown-column", "unknown-column", "unknown-field", "unknown-key"),
        *("unknown-reference", "unknown-zone"),
    ]
    assert found == sorted(found)


def test_a_selection_is_judged_alone_with_what_it_reads(base: Path) -> None:
    file = base / "bundles" / "shop" / "orders" / "product.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("compute: small", "compute: large"), encoding="utf-8"
    )
    daily = base / "bundles" / "shop" / "daily" / "product.yml"
    daily.write_text(daily.read_text(encoding="utf-8").replace("amount > 0", "total > 0"), encoding="utf-8")
    mesh = load_mesh(base).require()
    assert [one.file for one in validate(mesh, [parse_product("shop.daily")])] == [
        "bundles/shop/daily/product.yml"
    ]
    assert [one.code for one in validate(mesh, [parse_product("shop.orders")])] == ["unknown-reference"]
    assert validate(mesh, [parse_product("crm.customers")]) == ()
    assert len(validate(mesh)) == 2


def test_notes_are_apart(base: Path) -> None:
    mesh = load_mesh(base).require()
    assert validate(mesh) == ()
    assert [one.severity for one in examine(mesh)] == ["note"]
    assert all(isinstance(one, Finding) for one in examine(mesh))


def test_a_product_takes_some_milliseconds(base: Path) -> None:
    mesh = load_mesh(base).require()
    validate(mesh)
    started = time.process_time()
    for _ in range(10):
        validate(mesh)
    assert (time.process_time() - started) / 30 < 0.05
