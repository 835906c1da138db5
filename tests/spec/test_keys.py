from __future__ import annotations

import pytest

from lakemesh.spec.cases import Cases
from lakemesh.spec.keys import known_keys
from lakemesh.spec.product import DataProduct


@pytest.mark.parametrize(
    ("loc", "keys"),
    [
        (("transformations", "x", "step-sql"), {"sql", "description"}),
        (("transformations", "x", "step-kind", "filter"), {"from", "where", "kind", "description"}),
        (("inputPorts", "x", "product"), {"product", "port", "version", "read", "where"}),
        (("outputPorts", "x", "port-delta", "merge"), {"keys", "sequenceBy", "deleteWhen", "from"}),
        (("outputPorts", "x", "port-delta", "append", "quality", 0), {"name", "severity", "onFailure"}),
        (("schemas", "x", 0), {"name", "logicalType", "renamedFrom"}),
        (("team", "members", 0), {"username", "role"}),
    ],
)
def test_the_keys_at_a_place(loc: tuple[str | int, ...], keys: set[str]) -> None:
    assert keys <= known_keys(DataProduct, loc)


def test_a_kind_that_is_the_name_of_a_key_is_the_kind() -> None:
    keys = known_keys(DataProduct, ("inputPorts", "x", "product"))
    assert not keys & {"hub", "path", "schema"}


def test_an_expectations_kind_is_no_key_of_its_arguments() -> None:
    loc = ("outputPorts", "x", "port-delta", "append", "quality", 0, "expectation", "expect_column_to_exist")
    assert known_keys(DataProduct, loc) == {"column", "column_index"}
    assert "expectation" not in known_keys(DataProduct, loc[:-2])


def test_the_keys_of_a_list_of_cases() -> None:
    assert known_keys(Cases, (0,)) == {"name", "clock", "tables", "given", "expect", "expectFailure"}
