"""The doors of the room: which kind of input goes where, and what each refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakemesh.plan.stages import Read
from lakemesh.read import empty_frame, judge_records
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob, ProductInput

if TYPE_CHECKING:
    from lakemesh.run import Run

COLUMNS = (
    Column.model_validate({"name": "a", "physicalType": "bigint"}),
    Column.model_validate({"name": "b c", "physicalType": "struct<d: string>"}),
)


def test_the_empty_frame_of_records_is_that_of_judged_ones(run: Run) -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"a": "bigint"}})
    read = Read(name="in", mode="empty", port=port, columns=COLUMNS)
    empty = empty_frame(read, run)
    assert empty.columns == ["a", "b c", "_source", "_rescued_data"]
    raw = run.session.createDataFrame([], "value string").join(empty.select("_source"))
    batch = judge_records(read, raw, run)
    assert batch.accepted().schema.simpleString() == empty.schema.simpleString()
    assert batch.rejected().columns == ["_raw", "_reason", "_source"]


def test_a_table_has_no_records_to_parse(run: Run) -> None:
    port = ProductInput.model_validate({"kind": "product", "product": "shop.orders", "port": "out"})
    with pytest.raises(TypeError, match="no records to parse"):
        judge_records(Read(name="in", mode="batch", port=port), run.session.range(1), run)
