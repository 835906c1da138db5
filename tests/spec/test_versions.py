"""The columns that a history adds."""

from __future__ import annotations

from lakemesh.spec.outputs import History
from lakemesh.spec.types import Primitive
from lakemesh.spec.versions import VERSION, instant_of, version_columns


def test_their_type_is_the_sequences_or_a_timestamp() -> None:
    said = {"write": "history", "from": "step", "keys": ["k"]}
    changes = History.model_validate({**said, "sequenceBy": ["seq"]})
    snapshots = History.model_validate({**said, "source": "snapshot"})
    assert instant_of(changes, Primitive("bigint")) == Primitive("bigint")
    assert instant_of(changes, None) is None
    assert instant_of(snapshots, None) == Primitive("timestamp")


def test_each_is_described() -> None:
    columns = version_columns(Primitive("date"))
    assert tuple(column.name for column in columns) == VERSION
    assert [column.data_type.ddl for column in columns] == ["date", "date", "boolean"]
    assert all(column.description for column in columns)
