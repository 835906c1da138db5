"""A session at its leanest, for frames of ten rows: what makes large ones quick costs small ones seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LEAN = {
    # Compiling a query of ten rows takes longer than interpreting it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Each stage that is planned anew is a job of its own.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


@contextmanager
def lean(session: SparkSession) -> Iterator[None]:
    """The session set up for tiny frames, and afterwards as it was. A setting that it refuses stays."""
    before = {key: session.conf.get(key, None) for key in _LEAN}
    try:
        for key, value in _LEAN.items():
            with suppress(Exception):  # serverless takes few settings
                session.conf.set(key, value)
        yield
    finally:
        for key, said in before.items():
            with suppress(Exception):
                session.conf.unset(key) if said is None else session.conf.set(key, said)
