from __future__ import annotations

from typing import Any


def test_domains_and_zones_are_said_in_the_meshs_own_file(find: Any) -> None:
    found = find(
        ("mesh", "  crm: {owner", "  select: {owner: x}\n  crm: {owner"), ("mesh", "Europe/Berlin", "Berlin")
    )
    assert [(one.file, one.line, one.column, one.code) for one in found] == [
        ("conf/mesh.yml", 2, 11, "unknown-zone"),
        ("conf/mesh.yml", 5, 3, "unusable-name"),
    ]
