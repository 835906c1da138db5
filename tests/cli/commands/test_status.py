from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_before_the_first_run(in_mesh: Call) -> None:
    said = in_mesh("status", "shop.*")
    assert said.code == 0
    assert said.out.splitlines()[2].startswith("shop.orders  never")


def test_as_json(in_mesh: Call) -> None:
    (product,) = in_mesh("status", "-o", "json").json["products"]
    assert product["lastRun"] is None
    assert product["rows"] == {"orders": 2}
    assert product["freshness"] == {"state": "stale", "ageSeconds": None, "latencySeconds": 86400.0}
