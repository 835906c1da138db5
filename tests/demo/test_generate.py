"""The generator: the same bytes for the same seed, and a manifest whose sums agree with each other."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import fastavro
import pytest

from lakemesh.demo import Manifest, generate, read_manifest
from lakemesh.demo.dirt import KINDS
from lakemesh.demo.manifest import FOLDER
from lakemesh.demo.truth.rows import digest
from lakemesh.errors import CallError

ORDERS, ACTIVITY, CARTS = "checkout.orders", "cart.activity", "cart.carts"
LINES, CUSTOMERS, FEATURES = "checkout.order_lines", "marketing.customers", "marketing.features"
PRODUCT_OF = {
    "order_events": ORDERS,
    "order_exports": ORDERS,
    "cart_events": ACTIVITY,
    "cart_exports": CARTS,
}


def bytes_of(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "data").rglob("*"))
        if path.is_file()
    }


def records_in(root: Path, files: list[str]) -> Counter[str]:
    """Records in source files, by the folder of their port."""
    found: Counter[str] = Counter()
    for name in files:
        if name.endswith(".avro"):
            with (root / name).open("rb") as file:
                found["order_events" if "checkout" in name else "cart_events"] += len(
                    list(fastavro.reader(file))
                )
        elif ".json" in name:
            text = (root / name).read_bytes()
            lines = (gzip.decompress(text) if name.endswith(".gz") else text).count(b"\n")
            found["order_exports" if "checkout" in name else "cart_exports"] += lines
    return found


def test_the_same_seed_gives_the_same_bytes(mesh: Path) -> None:
    generate(mesh, orders=60)
    first = bytes_of(mesh)
    generate(mesh, orders=60)
    assert bytes_of(mesh) == first
    generate(mesh, orders=60, seed=8)
    assert bytes_of(mesh) != first


def test_without_its_writer_nothing_is_lost(
    first_wave: tuple[Path, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = first_wave
    before = bytes_of(root)
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(CallError, match=r"fastavro: pip install 'lakemesh\[spark\]'"):
        generate(root, orders=60)
    assert bytes_of(root) == before


def test_the_manifest_counts_what_the_files_hold(first_wave: tuple[Path, Manifest]) -> None:
    root, manifest = first_wave
    assert records_in(root, manifest.files) == manifest.records
    assert read_manifest(root) == manifest


def test_every_kind_of_dirt_is_there(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    assert {port: set(kinds) for port, kinds in manifest.dirt.items()} == {
        port: set(kinds) for port, kinds in KINDS.items()
    }


def test_what_is_garbled_is_rejected_for_its_reason(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    for port, product in PRODUCT_OF.items():
        dirt, said = manifest.dirt[port], manifest.products[product]["inputs"][port]
        empty = dirt.get("empty", 0) + dirt.get("tombstone", 0)
        wanted = {
            "not valid JSON": dirt["truncated"] + dirt["two_objects"] + dirt["plain_text"],
            "a JSON array, not a JSON object": dirt["array"],
            "not valid UTF-8": dirt["invalid_utf8"],
            **({"empty record": empty} if empty else {}),
        }
        assert said["rejected"] == wanted
        assert said["read"] == manifest.records[port]


def test_what_is_dirty_is_set_aside_by_its_rule(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    dirt = Counter(manifest.dirt["order_events"]) + Counter(manifest.dirt["order_exports"])
    said = manifest.products[ORDERS]["outputs"]["orders"]["quarantined_by"]
    # A test order is filtered out, its dirt with it: then a rule counts one or two less than was dealt.
    for rule, kinds in (
        ("key_not_null.order_id", ("null_key", "missing_key")),
        ("sequence_not_null.updated_at", ("null_time",)),
        ("cast.parsed.total", ("comma_amount",)),
        ("currency_known", ("unknown_currency",)),
        ("total_not_negative", ("negative_amount",)),
    ):
        dealt = sum(dirt[kind] for kind in kinds)
        assert dealt - 2 <= said[rule] <= dealt


def test_every_row_is_accounted_for(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    for product, said in manifest.products.items():
        if "inputs" not in said or product == LINES:  # an order makes several lines
            continue
        read = sum(counts["read"] for counts in said["inputs"].values())
        rejected = sum(sum(counts.get("rejected", {}).values()) for counts in said["inputs"].values())
        checked = sum(counts["checked"] for counts in said["outputs"].values())
        assert read == rejected + sum(said.get("filtered", {}).values()) + checked


def test_an_append_keeps_what_passes(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    said = manifest.products[ACTIVITY]
    counts = said["outputs"]["activity"]
    left = counts["checked"] - counts.get("quarantined", 0) - counts.get("dropped", 0)
    assert said["tables"]["activity"]["rows"] == left


def test_customers_come_back_move_and_are_forgotten(mesh: Path) -> None:
    first = generate(mesh, orders=400)
    names = ("customers", "features")
    customers, features = (dict(first.tables())[f"marketing.{name}.{name}"] for name in names)
    assert first.products[FEATURES]["snapshots"]["customers"] == features["rows"]
    assert 100 < features["rows"] < customers["rows"] / 2
    second = generate(mesh, orders=400, wave=2)
    versions = [
        json.loads(line)
        for line in (mesh / FOLDER / "truth/marketing.customers.customers.jsonl").read_text().splitlines()
    ]
    deleted = [one for one in versions if one["valid_from"] == one["valid_to"]]
    assert len(deleted) >= 3
    assert {one["email_pseudonym"] for one in deleted} == {None}
    assert second.products[CUSTOMERS]["inputs"]["orders"]["read"] < customers["rows"] / 2
    cities: dict[str, set[str]] = {}
    for one in versions:
        cities.setdefault(one["customer_id"], set()).add(one["city"] or "")
    assert sum(len(found - {""}) > 1 for found in cities.values()) > 10


def test_snapshots_are_the_tables_that_they_read(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    tables = dict(manifest.tables())
    assert manifest.products[CARTS]["inputs"]["activity"]["read"] == tables["cart.activity.activity"]["rows"]
    conversion = manifest.products["marketing.conversion"]["snapshots"]
    assert conversion["carts"] == tables["cart.carts.carts"]["rows"]
    assert conversion["orders"] == manifest.products[LINES]["inputs"]["orders"]["read"]


def test_the_truth_is_as_long_as_it_says(first_wave: tuple[Path, Manifest]) -> None:
    root, manifest = first_wave
    for _, said in manifest.tables():
        lines = (root / FOLDER / said["content"]).read_text(encoding="utf-8").split("\n")[:-1]
        assert (len(lines), digest(lines)) == (said["rows"], said["digest"])


def test_abandoned_carts_and_conversion_hold_something(first_wave: tuple[Path, Manifest]) -> None:
    _, manifest = first_wave
    rows = {table: said["rows"] for table, said in manifest.tables()}
    assert rows["marketing.abandoned_carts.abandoned_carts"] > 50
    assert rows["marketing.conversion.conversion"] > 30


def test_a_second_wave_adds_files_and_changes_the_truth(mesh: Path) -> None:
    first = generate(mesh, orders=100)
    before = bytes_of(mesh)
    second = generate(mesh, orders=100, wave=2)
    after = bytes_of(mesh)
    assert {name: after[name] for name in first.files} == {name: before[name] for name in first.files}
    new = [name for name in second.files if name not in first.files]
    assert records_in(mesh, new) == second.records
    assert second.products[ORDERS]["tables"]["orders"]["rows"] > 100 - 5
    changed = [table for table, said in second.tables() if dict(first.tables())[table] != said]
    assert len(changed) == 8


def test_a_first_wave_takes_the_place_of_all_others(mesh: Path) -> None:
    generate(mesh, orders=50)
    before = bytes_of(mesh)
    generate(mesh, orders=50, wave=2)
    generate(mesh, orders=50)
    assert bytes_of(mesh) == before


def test_files_of_others_stay(mesh: Path) -> None:
    mine = mesh / "data/landing/checkout/orders/2026/mine.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("{}\n", encoding="utf-8")
    generate(mesh, orders=20)
    generate(mesh, orders=20)
    assert mine.is_file()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"wave": 2}, "generate that first"),
        ({"wave": 9}, "there is no wave 9"),
        ({"orders": 0}, "at least 1"),
        ({"environment": "prod"}, "needs a landing folder"),
    ],
)
def test_what_cannot_be_generated_is_refused(mesh: Path, said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CallError, match=sentence):
        generate(mesh, **{"orders": 10, **said})
