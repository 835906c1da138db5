"""Frames that are computed once: persisted where the session can, else written to a staging table.

Over Connect a plan is sent anew with every action: what has no seed in it, such as a bare `select uuid()`, is
another plan each time, which the server does not find in what it keeps. So nothing is persisted there. Nor is
what asks for the present, as Python may: a MERGE puts a literal in its place, and finds nothing that is kept.

A staging table is a folder of Parquet files beside the checkpoints, which no consumer reads. It lasts as long
as its batch; what a killed run leaves is removed by the next run of the product.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakemesh.names import quote
from lakemesh.runner.connect import is_connect

if TYPE_CHECKING:
    from lakemesh.plan.stages import Plan


@dataclass
class Staging:
    """The frames that one pass over a batch keeps, by name, and where those stand that are written."""

    folder: str
    persists: bool
    kept: dict[str, DataFrame] = field(default_factory=dict)
    persisted: list[DataFrame] = field(default_factory=list)

    def keep(self, name: str, frame: DataFrame) -> DataFrame:
        """The frame that is kept under a name; at first this one, which is computed here, once."""
        if name not in self.kept:
            kept = None if _asks_for_now(frame) else self._persist(frame)
            self.kept[name] = self._store(name, frame) if kept is None else kept
            if kept is not None:
                run_through(kept)
                self.kept[name] = _as_leaf(kept)
        return self.kept[name]

    def lend(self, frame: DataFrame) -> DataFrame:
        """The frame, to be kept by whatever comes to it first; as it is where nothing is persisted."""
        return self._persist(frame) or frame

    def lend_bare(self, frame: DataFrame) -> DataFrame:
        """The same without the plan that the frame is made by, in which nothing may be counted."""
        kept = self._persist(frame)
        return frame if kept is None else _as_leaf(kept)

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *raised: object) -> None:
        """Let go of all that is kept."""
        for frame in self.persisted:
            frame.unpersist()
        self.persisted.clear()
        self.kept.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _persist(self, frame: DataFrame) -> DataFrame | None:
        """The frame in Spark's memory; None where it cannot be there."""
        if not self.persists:
            return None
        try:
            kept = frame.persist()
        except Exception:
            # Serverless compute refuses by an error of its own; of a plan that is wrong, the write tells.
            self.persists = False
            return None
        self.persisted.append(kept)
        return kept

    def _store(self, name: str, frame: DataFrame) -> DataFrame:
        """The frame in a table of its own. Parquet has no type for what is always NULL: that is left out."""
        path = f"{self.folder}/{len(self.kept)}-{name}"  # a name alone may begin as hidden files do
        void = {one.name: F.lit(None) for one in frame.schema if isinstance(one.dataType, T.NullType)}
        stored = frame.drop(*void)  # taken as names, not parsed
        stored.write.parquet(path)
        # Told what it wrote, Spark does not open the files to find out.
        read = frame.sparkSession.read.schema(stored.schema).parquet(path)
        return read.withColumns(void).select(*map(quote, frame.columns)) if void else read


def _asks_for_now(frame: DataFrame) -> bool:
    """Whether a frame's plan has current_timestamp() or the like; over Connect, where none is kept, no."""
    session: Any = frame.sparkSession
    if is_connect(session):
        return False
    patterns = getattr(session._jvm.org.apache.spark.sql.catalyst.trees, "TreePattern$")
    plan = frame._jdf.queryExecution().analyzed()
    return bool(plan.containsPattern(getattr(patterns, "MODULE$").CURRENT_LIKE()))


def _as_leaf(kept: DataFrame) -> DataFrame:
    """A frame that is kept, without the plan that it is made by, which Spark would look over with each step.

    What is observed in that plan is told to nobody any more. As it is where Spark keeps it in another way.
    """
    session: Any = kept.sparkSession
    with suppress(Exception):  # a Spark that has other classes
        plan = kept._jdf.queryExecution().withCachedData()
        if plan.getClass().getSimpleName() == "InMemoryRelation":
            dataset = session._jvm.org.apache.spark.sql.classic.Dataset
            return DataFrame(dataset.ofRows(session._jsparkSession, plan), session)
    return kept


def run_through(frame: DataFrame) -> None:
    """Run the frame for what it counts, and let go of its rows."""
    frame.write.format("noop").mode("overwrite").save()


def clear_staging(plan: Plan) -> None:
    """Remove what killed runs of the product have left; whoever calls holds its lock."""
    shutil.rmtree(Path(plan.places.staging(plan.name)), ignore_errors=True)
