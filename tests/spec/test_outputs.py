from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lakemesh.spec.outputs import Append, History, Merge, OutputPort, Overwrite, View, spelled

PORT: TypeAdapter[Any] = TypeAdapter(OutputPort)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"from": "a", "write": "append"}, Append),
        ({"from": "a", "write": "overwrite", "kind": "delta"}, Overwrite),
        ({"from": "a", "write": "merge", "keys": "id"}, Merge),
        ({"from": "a", "write": "history", "keys": ["id"], "maxDeleted": "10 %"}, History),
        ({"kind": "view", "sql": "select 1"}, View),
    ],
)
def test_a_port_is_told_by_how_it_writes(said: Any, kind: type) -> None:
    assert type(PORT.validate_python(said)) is kind


@pytest.mark.parametrize(
    "said",
    [
        None,
        3,
        {"from": "a"},
        {"from": "a", "write": "merge"},
        {"from": "a", "write": "append", "keys": ["id"]},
        {"kind": "table", "from": "a", "write": "append"},
        {"from": "a", "write": "history", "keys": "id", "maxDeleted": "many"},
    ],
)
def test_what_is_no_port(said: Any) -> None:
    with pytest.raises(ValidationError):
        PORT.validate_python(said)


def test_a_port_spells_columns_as_they_are() -> None:
    said = {
        "from": "x",
        "write": "merge",
        "keys": ["ID", "other"],
        "sequenceBy": ["ts"],
        "clusterBy": ["DAY"],
    }
    port = spelled(Merge.model_validate(said), ["id", "TS", "day"])
    assert (port.keys, port.sequence_by, port.cluster_by) == (("id", "other"), ("TS",), ("day",))
