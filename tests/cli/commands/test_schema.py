from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.mark.parametrize("kind", ["product", "mesh", "environment", "tests"])
def test_the_schema_is_json(call: Call, kind: str) -> None:
    said = call("schema", "--kind", kind)
    assert said.code == 0
    assert "$schema" in said.json
