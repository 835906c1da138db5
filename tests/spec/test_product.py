from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from lakemesh.names import ProductName
from lakemesh.spec.product import DataProduct

LEAST: dict[str, Any] = {
    "apiVersion": "lakemesh/v1",
    "kind": "DataProduct",
    "name": "orders",
    "domain": "shop",
    "inputPorts": {"files": {"kind": "blob", "path": "in/", "schema": {"id": "string"}}},
    "outputPorts": {"orders": {"from": "files", "write": "append"}},
}


def test_the_least_that_a_product_says() -> None:
    product = DataProduct.model_validate(LEAST)
    assert product.full_name == ProductName("shop", "orders")
    assert (product.version, product.major, product.status) == ("1.0.0", 1, "active")


def test_an_empty_block_is_as_good_as_none() -> None:
    assert DataProduct.model_validate({**LEAST, "transformations": None, "tags": None}).transformations == {}


@pytest.mark.parametrize(
    "said",
    [
        {"version": "1"},
        {"status": "new"},
        {"inputPorts": {}},
        {"outputPorts": None},
        {"kind": "Product"},
        {"x": 1},
    ],
)
def test_what_is_no_product(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DataProduct.model_validate({**LEAST, **said})
