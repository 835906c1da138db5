"""Random records of random types, read as a plain Python model reads them."""

from __future__ import annotations

import datetime as dt
import json
from random import Random
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from tests.anything import Kind, Row, as_text, as_values, ddl, examples, read_as, some_kind, some_value, told
from tests.read.test_misfits import raw, reading

from lakemesh.read import judge_records
from lakemesh.run import Run
from lakemesh.write.content import content

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RECORDS = 150


@examples()
@given(seed=st.integers(0, 2**32))
@example(seed=16)
@example(seed=28)
def test_any_records_are_read_as_the_model_reads_them(spark: SparkSession, seed: int) -> None:
    random, run = Random(seed), Run(spark, "run-1", dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    says = random.choice(("ignore", "discard_value"))
    fields: dict[str, Kind] = {f"f{at}": some_kind(random, 3) for at in range(random.randint(1, 4))}
    records: list[Row] = []
    for _ in range(RECORDS):
        record = some_value(random, fields, 0.1)
        records.append(record if isinstance(record, dict) else {})
    texts = [told(record, random.random() < 0.5, random.choice(("", " ", "\t "))) for record in records]
    columns = {name: ddl(kind) for name, kind in fields.items()}
    frame = judge_records(reading(says, columns), raw(spark, texts), run).frame
    found = frame.select(content(fields), "_rescued_data", "__reason").collect()
    for said, record, (held, rescued, reason) in zip(texts, records, found, strict=True):
        wanted = read_as(fields, record)
        assert (reason, held) == (None, as_text(fields, wanted.row)), said
        kept = {**wanted.misfits, **(wanted.unknown if says == "discard_value" else {})}
        assert as_values(json.loads(rescued or "{}")) == as_values(kept), said
