from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def broken(root: Path) -> Path:
    file = root / "bundles/shop/orders/product.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("from: cleaned", "from: cleaner"), encoding="utf-8"
    )
    return file


def test_no_findings(in_mesh: Call) -> None:
    assert in_mesh("validate").out == "1 product, no findings\n"
    document = in_mesh("validate", "-o", "json").json
    assert (document["products"], document["findings"]) == (1, [])


def test_a_finding_is_a_line_on_stderr(in_mesh: Call, broken: Path) -> None:
    said = in_mesh("validate", "shop.*")
    assert said.code == 1
    assert said.err.startswith("bundles/shop/orders/product.yml:")
    assert "Did you mean 'cleaned'?" in said.err
    assert said.out == "1 product, 1 finding\n"


def test_a_finding_as_json(in_mesh: Call, broken: Path) -> None:
    said = in_mesh("validate", "-o", "json")
    assert said.code == 1
    (finding,) = said.json["findings"]
    assert finding["line"] == said.errors[0]["line"] > 1
    assert finding["message"] == said.errors[0]["message"]


def test_what_cannot_even_be_read_is_found_by_its_name(in_mesh: Call, broken: Path) -> None:
    broken.write_text("a: [", encoding="utf-8")
    assert in_mesh("validate", "shop.orders").code == 1
    assert in_mesh("plan", "shop.orders").code == 1


def test_a_broken_conf_is_found(in_mesh: Call, root: Path) -> None:
    (root / "conf/mesh.yml").write_text("tenant: 1\n", encoding="utf-8")
    said = in_mesh("validate")
    assert said.code == 1
    assert said.err.startswith("conf/mesh.yml:")


def test_with_what_it_reads_and_what_reads_it(in_mesh: Call, broken: Path) -> None:
    assert in_mesh("validate", "+shop.orders+").out == "1 product, 1 finding\n"
